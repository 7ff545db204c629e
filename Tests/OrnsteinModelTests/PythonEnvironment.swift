import Foundation

/// A Python with NumPy and safetensors, the reference readers and writers of the formats.
///
/// `ORNSTEIN_PYTHON` names one; otherwise `Scripts/python-environment` makes a virtual environment
/// under `.build`, once. Where neither works, tests that need it fail and say why.
enum PythonEnvironment {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a program with arguments; what it printed.
  static func run(_ program: String, _ arguments: [String]) throws -> String {
    try output(of: try path.get(), ["-c", program] + arguments)
  }

  private static let path: Result<String, any Error> = Result {
    if let named = ProcessInfo.processInfo.environment["ORNSTEIN_PYTHON"] { return named }
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let script = root.appendingPathComponent("Scripts/python-environment").path
    return try output(of: "/bin/bash", [script]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(
        description: "\(program) failed (set ORNSTEIN_PYTHON to a Python with numpy and "
          + "safetensors): " + String(decoding: complaint, as: UTF8.self))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
