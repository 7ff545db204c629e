#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that could not be read or written: which, doing what, and why.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done.
  public enum Action: String, Sendable {
    /// Opening or reading the file.
    case read
    /// Making the file, or the temporary file beside it.
    case create
    /// Writing its bytes.
    case write
    /// Putting the finished file in the place of its name.
    case replace
  }

  /// The path as it was given; `-` is standard input or output.
  public var path: String
  /// What was being done.
  public var action: Action
  /// The error number of the system.
  public var code: Int32

  /// An error by its parts.
  public init(path: String, action: Action, code: Int32) {
    self.path = path
    self.action = action
    self.code = code
  }

  /// Whether the reader of a pipe went away, which ends `ornstein sample … | head` normally.
  public var isBrokenPipe: Bool { code == EPIPE }

  /// One sentence that says what failed, why, and what to do.
  public var description: String {
    let name =
      path == "-" ? (action == .read ? "standard input" : "standard output") : "\"\(path)\""
    return "Cannot \(action.rawValue) \(name): \(reason)"
  }

  private var reason: String {
    switch code {
    case ENOENT where path.isEmpty: return "the name is empty; give the name of a file."
    case ENOENT where action == .read: return "there is no such file."
    case ENOENT: return "its folder does not exist; create the folder first."
    case ENOTDIR: return "a part of the path is a file, not a folder."
    case EACCES, EPERM: return "permission denied; check the rights of the file and its folder."
    case EISDIR: return "it is a folder; give the name of a file."
    case ENOSPC, EDQUOT:
      return "the disk is full; free some space or choose another place. Nothing was left behind."
    case EFBIG: return "the file would be larger than the system allows."
    case EROFS: return "the file system is read-only; choose another place."
    case EPIPE: return "the program that reads it has stopped."
    case EMFILE, ENFILE: return "too many files are open."
    case ENAMETOOLONG: return "the name is too long."
    case ENOMEM: return "there is not enough memory to hold it."
    case ESPIPE: return "it cannot be rewound; write to a file instead."
    default:
      guard let text = strerror(code) else { return "system error \(code)." }
      return String(cString: text) + " (system error \(code))."
    }
  }
}
