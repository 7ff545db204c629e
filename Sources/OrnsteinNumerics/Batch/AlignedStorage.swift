/// A block of memory on a 64-byte boundary, freed with its last reference.
///
/// The boundary is a cache line and an AVX-512 register: kernels lose a quarter of their speed on
/// the 16-byte boundaries of `malloc`.
@usableFromInline
final class AlignedStorage<Element: BitwiseCopyable> {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  @usableFromInline let count: Int

  @usableFromInline
  init(count: Int) {
    precondition(count >= 0, "A block of \(count) elements was asked for.")
    let bytes = max(count * MemoryLayout<Element>.stride, 64)
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
