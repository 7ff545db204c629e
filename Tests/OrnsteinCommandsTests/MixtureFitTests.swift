import Foundation
import Ornstein
import Testing

/// `fit --learner mixture` as a process: interruption loses nothing.
@Suite struct MixtureFitTests {
  /// Three clusters in five columns, every ninth cell of two of them missing.
  static let table: String = {
    var state: UInt64 = 11
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 0x1p53
    }
    func near(_ centre: Double) -> String {
      let sum = centre + uniform() + uniform() + uniform()
      return "\((10_000 * sum).rounded() / 10_000)"
    }
    var lines = ["a,b,c,d,e"]
    for row in 0..<3000 {
      let kind = Double(Int(3 * uniform()))
      var cells = [near(3 * kind), near(-kind), near(kind * kind), near(0), near(kind)]
      if row % 9 == 2 { cells[1] = "" }
      if row % 9 == 5 { cells[4] = "" }
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  static let fit = [
    "fit", "table.csv", "-o", "model.safetensors", "--seed", "3", "--learner", "mixture",
    "--checkpoint-every", "0.02",
  ]

  static func folder() throws -> Scratch {
    let folder = try Scratch()
    try folder.write(table, to: "table.csv")
    return folder
  }

  static func mixture(_ folder: Scratch) throws -> GaussianMixtureDescription {
    try #require(TableModel(contentsOf: folder.path("model.safetensors")).learned.mixture)
      .description
  }

  static let uninterrupted = Result {
    let scratch = try folder()
    let outcome = try OrnsteinProcess.run(fit, in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try scratch.names == ["table.csv", "model.safetensors"])
    return try mixture(scratch)
  }

  /// Ends a running fit by a signal as soon as so many mixtures are learned.
  static func interrupt(
    _ folder: Scratch, with signal: Int32, after count: Int
  ) throws -> Int32 {
    let process = OrnsteinProcess.make(fit, in: folder)
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while process.isRunning, Date() < deadline {
      if case .mixture(let checkpoint)? = try? InterruptedFit(
        contentsOf: folder.path("model.safetensors.checkpoint")),
        checkpoint.learning.state.fitCount >= count
      {
        break
      }
      usleep(1_000)
    }
    #expect(process.isRunning, "the fit ended before it could be interrupted")
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test(arguments: [0, 5, 20]) func killedFitResumesToTheSameBits(after count: Int) throws {
    let folder = try Self.folder()
    _ = try Self.interrupt(folder, with: SIGKILL, after: count)
    #expect(!(try folder.names.contains("model.safetensors")))
    let outcome = try OrnsteinProcess.run(
      Self.fit + ["--resume", "--threads", "1"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("Going on after"))
    #expect(try Self.mixture(folder) == Self.uninterrupted.get())
    #expect(try folder.names == ["table.csv", "model.safetensors"])
  }

  @Test func interruptedFitKeepsItsCheckpointAndSaysSo() throws {
    let folder = try Self.folder()
    #expect(try Self.interrupt(folder, with: SIGINT, after: 3) == 130)
    #expect(try folder.names == ["table.csv", "model.safetensors.checkpoint"])
    let told = try OrnsteinProcess.run(["inspect", "model.safetensors.checkpoint"], in: folder)
    #expect(told.output.contains("an interrupted fit of a mixture"), "\(told.output)")
    for (options, status, words) in [
      ([], 2, "add --resume"), (["--resume", "--members", "2"], 2, "--members is not what"),
      (["--resume", "--components", "3"], 2, "--components is not what"),
      (["--resume", "--covariance", "full"], 2, "--covariance is not what"),
      (["--resume", "--start", "spectral"], 2, "--start is not what"),
      (["--resume", "--method", "descent", "--components", "2"], 2, "--method is not what"),
      (["--resume", "--process", "ve"], 2, "--process"),
      (["--resume", "--log", "log.jsonl"], 2, "--log is for a network"),
    ] as [([String], Int32, String)] {
      let outcome = try OrnsteinProcess.run(Self.fit + options, in: folder)
      #expect(outcome.status == status, "\(options): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(options): \(outcome.errors)")
    }
    let network = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors", "--resume"], in: folder)
    #expect(network.status == 3)
    #expect(network.errors.contains("--learner mixture --resume"), "\(network.errors)")
    try folder.write(Self.table + "1,2,3,4,5\n", to: "more.csv")
    var other = Self.fit
    other[1] = "more.csv"
    let rows = try OrnsteinProcess.run(other + ["--resume"], in: folder)
    #expect(rows.status == 3)
    #expect(rows.errors.contains("not those of the checkpoint"), "\(rows.errors)")
    let outcome = try OrnsteinProcess.run(Self.fit + ["--resume"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Self.mixture(folder) == Self.uninterrupted.get())
  }

  @Test func thereIsNothingToResume() throws {
    let folder = try FitTests.folder()
    let outcome = try OrnsteinProcess.run(
      [
        "fit", "table.csv", "-o", "model.safetensors", "--learner", "mixture", "--components", "2",
        "--resume",
      ], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("starting from the beginning"))
  }
}
