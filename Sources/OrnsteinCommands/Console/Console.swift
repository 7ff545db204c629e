import Ornstein

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where words go: notes and progress to standard error, results to standard output.
struct Console: Sendable {
  /// Whether notes are dropped.
  var isQuiet: Bool

  /// Whether a person watches standard error.
  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

  /// A note for the person at the terminal.
  func note(_ text: String) {
    if !isQuiet { Self.writeToStandardError(text + "\n") }
  }

  /// A note where an arithmetic is slower here than the usual one.
  func noteIfSlow(_ precision: NetworkPrecision?) {
    guard precision == .bfloat16, !HalfKernels.areFast else { return }
    note("This processor has no instruction for bfloat16: --precision single would be faster.")
  }

  /// A result.
  ///
  /// - Throws: `CommandFailure` when the reader of the pipe has gone or the disk is full.
  func print(_ text: String) throws(CommandFailure) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written > 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        let reason = String(cString: strerror(errno))
        throw CommandFailure(
          .failed, "Standard output takes no more (\(reason)); send it to a file with space left.")
      }
    }
  }

  static func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written > 0 { bytes = bytes.dropFirst(written) } else if errno != EINTR { return }
    }
  }
}
