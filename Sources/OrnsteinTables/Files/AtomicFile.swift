import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears whole or not at all.
///
/// Bytes go to a hidden temporary file in the same folder. `commit()` flushes it to the disk and
/// renames it over the target; until then, and on any failure, the target is left as it was. The
/// temporary file is removed when the value is discarded, released, or fails.
///
/// The path `-` is standard output, which is written directly; opening it makes the process ignore
/// SIGPIPE, so that a reader that stops is an error and not a kill. Devices and pipes named by a path
/// are written directly too. Not thread-safe.
public final class AtomicFile {
  /// The path that was asked for.
  public let path: String
  private let target: String
  private let temporary: String?
  private var descriptor: Int32
  private var isOpen = true

  private static let temporaries = Mutex<Set<String>>([])
  private static let serial = Atomic<Int>(0)

  /// Opens the temporary file of a target.
  public init(path: String) throws(FileError) {
    self.path = path
    if path.isEmpty { throw FileError(path: path, action: .create, code: ENOENT) }
    if path == "-" {
      signal(SIGPIPE, SIG_IGN)
      target = path
      temporary = nil
      descriptor = 1
      return
    }
    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    if exists, kind == S_IFDIR { throw FileError(path: path, action: .create, code: EISDIR) }
    if exists, kind != S_IFREG {
      target = path
      temporary = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, action: .create, code: errno) }
      return
    }
    if exists, access(path, W_OK) != 0 {
      throw FileError(path: path, action: .create, code: errno)
    }
    target = exists ? Self.resolved(path) : path
    Self.removeAbandoned(of: target)
    let name = Self.temporaryName(for: target)
    temporary = name
    descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, action: .create, code: errno) }
    _ = Self.temporaries.withLock { $0.insert(name) }
    if exists { fchmod(descriptor, status.st_mode & 0o777) }
  }

  deinit { discard() }

  /// Writes bytes after those written before; on failure, everything is discarded.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard isOpen else { throw FileError(path: path, action: .write, code: EBADF) }
    var offset = 0
    while offset < bytes.count {
      let taken = systemWrite(
        descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
      if taken < 0, errno == EINTR { continue }
      guard taken > 0 else { throw failed(.write, taken == 0 ? ENOSPC : errno) }
      offset += taken
    }
  }

  /// Writes bytes after those written before; on failure, everything is discarded.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    let result: Result<Void, FileError> = bytes.withUnsafeBytes { raw in
      do throws(FileError) { return .success(try write(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Replaces bytes that were written before, as a header that tells the final count.
  public func overwrite(at offset: Int, with bytes: [UInt8]) throws(FileError) {
    guard isOpen else { throw FileError(path: path, action: .write, code: EBADF) }
    var done = 0
    while done < bytes.count {
      let taken = bytes.withUnsafeBytes { raw in
        pwrite(
          descriptor, raw.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      }
      if taken < 0, errno == EINTR { continue }
      guard taken > 0 else { throw failed(.write, taken == 0 ? ENOSPC : errno) }
      done += taken
    }
  }

  /// Puts the finished file in the place of its name.
  public func commit() throws(FileError) {
    guard isOpen else { throw FileError(path: path, action: .replace, code: EBADF) }
    guard descriptor != 1 else {
      isOpen = false
      return
    }
    guard let temporary else {
      isOpen = false
      guard close(descriptor) == 0 else {
        throw FileError(path: path, action: .write, code: errno)
      }
      return
    }
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw failed(.write, errno)
    }
    isOpen = false
    guard close(descriptor) == 0 else { throw removed(temporary, .write, errno) }
    guard rename(temporary, target) == 0 else { throw removed(temporary, .replace, errno) }
    _ = Self.temporaries.withLock { $0.remove(temporary) }
    Self.synchronizeFolder(of: target)
  }

  /// Removes the temporary file and leaves the target as it was; does nothing after a commit.
  public func discard() {
    guard isOpen else { return }
    isOpen = false
    guard descriptor > 2 else { return }
    close(descriptor)
    if let temporary { remove(temporary) }
  }

  /// Removes the temporary files of all writers of this process.
  ///
  /// For the end of an interrupted process: call it from a dispatch signal source (it takes a lock,
  /// so not from a raw signal handler), then exit.
  public static func removeAllTemporary() {
    temporaries.withLock { names in
      for name in names { unlink(name) }
      names = []
    }
  }

  private func failed(_ action: FileError.Action, _ code: Int32) -> FileError {
    discard()
    return FileError(path: path, action: action, code: code)
  }

  private func removed(
    _ temporary: String, _ action: FileError.Action, _ code: Int32
  ) -> FileError {
    remove(temporary)
    return FileError(path: path, action: action, code: code)
  }

  private func remove(_ temporary: String) {
    unlink(temporary)
    _ = Self.temporaries.withLock { $0.remove(temporary) }
  }

  /// The target of symbolic links, so that a link is written through and not replaced.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static let ending = ".partial"

  private static func temporaryName(for target: String) -> String {
    let number = serial.wrappingAdd(1, ordering: .relaxed).oldValue
    let (folder, beginning) = temporaryBeginning(for: target)
    return "\(folder)\(beginning)\(getpid()).\(number)\(ending)"
  }

  private static func temporaryBeginning(
    for target: String
  ) -> (folder: Substring, beginning: String) {
    let folder = target.lastIndex(of: "/").map { target[...$0] } ?? ""
    // A name may have 255 bytes, and what stands before and behind it needs some.
    var name = target[folder.endIndex...].suffix(120)
    while name.utf8.count > 200 { name.removeFirst() }
    return (folder, ".\(name).")
  }

  /// Removes the temporary files of a target that processes left when they were killed.
  private static func removeAbandoned(of target: String) {
    let (folder, beginning) = temporaryBeginning(for: target)
    guard let directory = opendir(folder.isEmpty ? "." : String(folder)) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasPrefix(beginning), name.hasSuffix(ending) else { continue }
      let owner = name.dropFirst(beginning.count).prefix { $0 != "." }
      guard let process = pid_t(owner), kill(process, 0) != 0, errno == ESRCH else { continue }
      unlink("\(folder)\(name)")
    }
  }

  private static func synchronizeFolder(of target: String) {
    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
