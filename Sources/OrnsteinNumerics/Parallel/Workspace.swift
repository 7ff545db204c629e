/// Scratch memory of one worker: grows to what the first pass needs, then allocates nothing.
///
/// Buffers are 64-byte aligned, uninitialised, and released in the reverse order of their
/// allocation by the end of the closure, so a model made of models can nest. Not thread-safe: each
/// worker owns one.
public final class Workspace {
  private static let firstBlockBytes = 1 << 18
  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var block = 0
  private var offset = 0

  /// An empty workspace, which allocates at the first use.
  public init() {}

  deinit { for block in blocks { block.deallocate() } }

  /// Lends `count` uninitialised elements to `body`.
  ///
  /// - Parameters:
  ///   - type: The element type.
  ///   - count: The number of elements.
  ///   - body: Must not keep the buffer.
  public func withBuffer<Element: BitwiseCopyable, R>(
    of type: Element.Type, count: Int, _ body: (UnsafeMutableBufferPointer<Element>) throws -> R
  ) rethrows -> R {
    precondition(count >= 0, "A buffer of \(count) elements was asked for.")
    let bytes = (count * MemoryLayout<Element>.stride + 63) & ~63
    let mark = (block, offset)
    defer { (block, offset) = mark }
    while block < blocks.count, offset + bytes > blocks[block].count {
      block += 1
      offset = 0
    }
    if block == blocks.count {
      let size = max(bytes, blocks.last.map { 2 * $0.count } ?? Self.firstBlockBytes)
      blocks.append(.allocate(byteCount: size, alignment: 64))
    }
    let start = (blocks[block].baseAddress.unsafelyUnwrapped + offset)
      .bindMemory(to: Element.self, capacity: max(count, 1))
    offset += bytes
    return try body(UnsafeMutableBufferPointer(start: start, count: count))
  }
}
