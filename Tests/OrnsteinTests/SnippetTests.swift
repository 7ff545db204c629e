import Foundation
import Testing

/// Every program of `Snippets` runs to its end in a folder that holds the example tables.
@Suite struct SnippetTests {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let names = Result {
    try FileManager.default.contentsOfDirectory(
      atPath: repository.appendingPathComponent("Snippets").path
    ).filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(".swift".count)) }.sorted()
  }

  /// Where the package's programs lie: beside this test bundle.
  static let products: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/",
      !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("ornstein").path)
    {
      folder.deleteLastPathComponent()
    }
    return folder
  }()

  @Test func thereAreSnippets() throws {
    #expect(try Self.names.get().contains("FitAndSample"))
  }

  @Test func everySnippetRuns() throws {
    for name in try Self.names.get() {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("snippet-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try FileManager.default.copyItem(
        at: Self.repository.appendingPathComponent("Examples/OldFaithful/old_faithful.csv"),
        to: folder.appendingPathComponent("old_faithful.csv"))
      let process = Process()
      process.executableURL = Self.products.appendingPathComponent(name)
      process.currentDirectoryURL = folder
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0, "\(name)")
    }
  }

  /// The program in the README is the one that runs here.
  @Test func theReadmeShowsAProgramThatRuns() throws {
    let readme = try String(
      contentsOf: Self.repository.appendingPathComponent("README.md"), encoding: .utf8)
    let snippet = try String(
      contentsOf: Self.repository.appendingPathComponent("Snippets/FitAndSample.swift"),
      encoding: .utf8)
    let program = snippet.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("import") }.joined(separator: "\n")
    #expect(readme.contains(program.trimmingCharacters(in: .newlines)))
  }
}
