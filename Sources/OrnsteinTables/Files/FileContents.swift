#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Array where Element == UInt8 {
  /// All bytes of a file.
  ///
  /// - Parameter path: The file, or `-` for standard input.
  public init(contentsOfFile path: String) throws(FileError) {
    var descriptor: Int32 = 0
    if path != "-" {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, action: .read, code: errno) }
    }
    defer { if path != "-" { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, action: .read, code: errno)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw FileError(path: path, action: .read, code: EISDIR)
    }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    let expected = isRegular ? Int(status.st_size) : 0
    var failure: Int32 = 0
    self = Array(unsafeUninitializedCapacity: expected) { buffer, count in
      count = 0
      while count < expected {
        let taken = read(descriptor, buffer.baseAddress.map { $0 + count }, expected - count)
        if taken < 0, errno == EINTR { continue }
        if taken < 0 { failure = errno }
        guard taken > 0 else { return }
        count += taken
      }
    }
    while failure == 0 {
      let (taken, code) = appendBlock(from: descriptor)
      failure = code
      if taken == 0 { break }
    }
    guard failure == 0 else { throw FileError(path: path, action: .read, code: failure) }
  }

  /// Reads what a pipe or a growing file still holds, one block at a time.
  private mutating func appendBlock(from descriptor: Int32) -> (taken: Int, code: Int32) {
    let blockBytes = 1 << 18
    return withUnsafeTemporaryAllocation(byteCount: blockBytes, alignment: 64) { block in
      while true {
        let taken = read(descriptor, block.baseAddress, blockBytes)
        if taken < 0, errno == EINTR { continue }
        guard taken >= 0 else { return (0, errno) }
        append(contentsOf: block.prefix(taken))
        return (taken, 0)
      }
    }
  }
}
