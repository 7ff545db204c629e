/// Blocks of zeroed numbers on 64-byte boundaries that live as long as their owner.
package final class NumberBlocks<Scalar: BitwiseCopyable & ExpressibleByIntegerLiteral> {
  private var blocks: [UnsafeMutablePointer<Scalar>] = []

  package init() {}

  deinit { for block in blocks { UnsafeMutableRawPointer(block).deallocate() } }

  /// A new block.
  package func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let bytes = (max(count, 1) * MemoryLayout<Scalar>.stride + 63) / 64 * 64
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Scalar.self, capacity: max(count, 1))
    block.initialize(repeating: 0, count: count)
    blocks.append(block)
    return block
  }
}
