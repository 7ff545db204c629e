import Foundation
import Synchronization

/// The real command in a process of its own.
struct OrnsteinProcess {
  /// What a finished run left.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The last line on standard error, where the reason of a failure stands.
    var reason: String {
      errors.split(separator: "\n").last.map(String.init) ?? ""
    }
  }

  /// The binary that was built beside this test bundle.
  static let executable: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      let candidate = folder.appendingPathComponent("ornstein")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    preconditionFailure("No 'ornstein' lies beside the tests; build the whole package first.")
  }()

  /// Runs `ornstein` with these arguments and waits for its end.
  static func run(
    _ arguments: [String], in folder: Scratch, input: String? = nil
  ) throws -> Outcome {
    try finish(make(arguments, in: folder), input: input)
  }

  /// Runs a line of the shell, in which `$ORNSTEIN` is the command.
  static func shell(_ line: String, in folder: Scratch) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["ORNSTEIN": executable.path], uniquingKeysWith: { $1 })
    return try finish(process, input: nil)
  }

  /// A process that has not been started.
  static func make(_ arguments: [String], in folder: Scratch) -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    return process
  }

  private static func finish(_ process: Process, input: String?) throws -> Outcome {
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      try process.run()
      try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try pipe.fileHandleForWriting.close()
    } else {
      process.standardInput = FileHandle.nullDevice
      try process.run()
    }
    let collected = Mutex(Data())
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      let data = errors.fileHandleForReading.readDataToEndOfFile()
      collected.withLock { $0 = data }
      done.signal()
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    done.wait()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: collected.withLock { $0 }, as: UTF8.self))
  }
}

/// A folder of one test, removed with its last reference.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("ornstein-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file and returns its name.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: url.appendingPathComponent(name))
    return name
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: url.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: url.appendingPathComponent(name)))
  }

  /// All names in the folder, hidden ones too.
  var names: Set<String> {
    get throws { Set(try FileManager.default.contentsOfDirectory(atPath: url.path)) }
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
