import Foundation
import Ornstein
import Testing

/// `fit` as a process: what it writes, and that interruption loses nothing.
@Suite struct FitTests {
  /// Two clusters with a category, an integer and a gap.
  static let table: String = {
    var state: UInt64 = 7
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 0x1p53
    }
    var lines = ["length,count,colour,weight"]
    for row in 0..<300 {
      let isRed = uniform() < 0.4
      let length = (isRed ? 2.0 : 5.0) + uniform() + uniform()
      let count = Int(3 * uniform()) + (isRed ? 0 : 4)
      let weight = row % 9 == 0 ? "" : "\((100 * (length + uniform())).rounded() / 100)"
      lines.append(
        "\((1000 * length).rounded() / 1000),\(count),\(isRed ? "red" : "blue"),\(weight)")
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  static let fit = ["fit", "table.csv", "-o", "model.safetensors", "--seed", "3", "--width", "32"]

  static func folder() throws -> Scratch {
    let folder = try Scratch()
    try folder.write(table, to: "table.csv")
    return folder
  }

  static func weights(_ folder: Scratch, _ name: String = "model.safetensors") throws -> [Tensor] {
    try #require(TableModel(contentsOf: folder.path(name)).learned.network).score.tensors
  }

  @Test func writesAModelAndSaysWhatIsNext() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(Self.fit + ["--steps", "50"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("ornstein sample model.safetensors"))
    #expect(!outcome.errors.contains("\r"), "progress belongs on a terminal only")
    #expect(try folder.names == ["table.csv", "model.safetensors"])
    let model = try TableModel(contentsOf: folder.path("model.safetensors"))
    #expect(model.schema.columns.map(\.name) == ["length", "count", "colour", "weight"])
    #expect(
      model.schema.columns.map(\.kindName) == [.continuous, .integer, .boolean, .continuous])
    #expect(model.learned.network?.training.steps == 50)
  }

  @Test func sameSeedSameWeightsForAnyThreads() throws {
    var found: [[Tensor]] = []
    for threads in [1, 2, 3] {
      let folder = try Self.folder()
      let outcome = try OrnsteinProcess.run(
        Self.fit + ["--steps", "40", "--threads", "\(threads)"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      found.append(try Self.weights(folder))
    }
    #expect(found[0] == found[1])
    #expect(found[0] == found[2])
    let folder = try Self.folder()
    _ = try OrnsteinProcess.run(Self.fit + ["--steps", "40", "--seed", "4"], in: folder)
    #expect(try Self.weights(folder) != found[0])
  }

  @Test func bfloat16IsRecordedAndHasOtherBits() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      Self.fit + ["--steps", "40", "--precision", "bfloat16"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("in bfloat16"))
    let rounded = try Self.weights(folder)
    let inspected = try OrnsteinProcess.run(["inspect", "model.safetensors", "--json"], in: folder)
    #expect(inspected.output.contains(#""bfloat16""#))
    let single = try Self.folder()
    _ = try OrnsteinProcess.run(Self.fit + ["--steps", "40"], in: single)
    #expect(try Self.weights(single) != rounded)
  }

  @Test(arguments: [["--precision", "half"], ["--precision", "bfloat16", "--learner", "kernel"]])
  func precisionsOfNetworksOnly(options: [String]) throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors"] + options, in: folder)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("--precision"))
    #expect(try folder.names == ["table.csv"])
  }

  static let steps = ["--steps", "2500", "--checkpoint-every", "0.02"]

  static let uninterrupted = Result {
    let scratch = try folder()
    let outcome = try OrnsteinProcess.run(fit + steps, in: scratch)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try weights(scratch)
  }

  /// Ends a running fit by a signal as soon as its checkpoint has got somewhere.
  static func interrupt(_ folder: Scratch, with signal: Int32, after step: Int) throws -> Int32 {
    let process = OrnsteinProcess.make(fit + steps, in: folder)
    process.standardError = FileHandle.nullDevice
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while process.isRunning, Date() < deadline {
      let path = folder.path("model.safetensors.checkpoint")
      if let checkpoint = try? FitCheckpoint(contentsOf: path),
        checkpoint.training.state.step >= step
      {
        break
      }
      usleep(2_000)
    }
    #expect(process.isRunning, "the fit ended before it could be interrupted")
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test(arguments: [1, 100, 900]) func killedFitResumesToTheSameBits(after step: Int) throws {
    let folder = try Self.folder()
    _ = try Self.interrupt(folder, with: SIGKILL, after: step)
    #expect(!(try folder.names.contains("model.safetensors")))
    let outcome = try OrnsteinProcess.run(Self.fit + Self.steps + ["--resume"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("Going on at step"))
    #expect(try Self.weights(folder) == Self.uninterrupted.get())
    #expect(try folder.names == ["table.csv", "model.safetensors"])
  }

  @Test func interruptedFitKeepsItsCheckpointAndSaysSo() throws {
    let folder = try Self.folder()
    #expect(try Self.interrupt(folder, with: SIGINT, after: 50) == 130)
    #expect(try folder.names == ["table.csv", "model.safetensors.checkpoint"])
    let again = try OrnsteinProcess.run(Self.fit + Self.steps, in: folder)
    #expect(again.status == 2)
    #expect(again.errors.contains("--resume"))
    let outcome = try OrnsteinProcess.run(Self.fit + Self.steps + ["--resume"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try Self.weights(folder) == Self.uninterrupted.get())
  }

  @Test func resumingOtherRowsIsRefused() throws {
    let folder = try Self.folder()
    _ = try Self.interrupt(folder, with: SIGINT, after: 50)
    try folder.write(Self.table + "3.5,2,red,3.75\n", to: "table.csv")
    let outcome = try OrnsteinProcess.run(Self.fit + Self.steps + ["--resume"], in: folder)
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("not those of the checkpoint"))
  }

  @Test func resumingWithOtherOptionsIsRefused() throws {
    let folder = try Self.folder()
    _ = try Self.interrupt(folder, with: SIGINT, after: 50)
    try folder.write(#"{"columns": [{"name": "length", "minimum": 0}]}"#, to: "schema.json")
    for (option, value) in [
      ("--learning-rate", "0.01"), ("--process", "ve"), ("--seed", "9"), ("--width", "64"),
      ("--precision", "bfloat16"), ("--schema", "schema.json"),
    ] {
      let words = ["fit", "table.csv", "-o", "model.safetensors", "--resume", option, value]
      let outcome = try OrnsteinProcess.run(words, in: folder)
      #expect(outcome.status == 2, "\(outcome.errors)")
      #expect(outcome.errors.contains(option) && !outcome.errors.contains("Optional"))
    }
  }

  @Test func logsOneObjectALine() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      Self.fit + ["--steps", "30", "--log", "log.jsonl", "--json"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try folder.read("log.jsonl").split(separator: "\n")
    let objects = try lines.map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.last?["finished"] as? String == "steps")
    #expect(objects.last?["step"] as? Int == 30)
    #expect(objects.contains { $0["held_out_loss"] is Double })
    let result = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(result["steps"] as? Int == 30)
  }

  @Test func showsProgressOnATerminal() throws {
    let folder = try Self.folder()
    // `script` gives the process a terminal.
    let fit = Self.fit.joined(separator: " ")
    let outcome = try OrnsteinProcess.shell(
      "script -qec \"$ORNSTEIN \(fit) --steps 1500\" /dev/null", in: folder)
    #expect(outcome.status == 0)
    for words in ["\r", "step ", " of 1500", "loss ", "held-out ", "steps/s", "left"] {
      #expect(outcome.output.contains(words), "\(outcome.output)")
    }
  }
}
