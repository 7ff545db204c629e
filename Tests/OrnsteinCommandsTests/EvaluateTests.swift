import Foundation
import Testing

/// `evaluate --against` as a process, and what it refuses.
@Suite struct EvaluateTests {
  static func draw(_ options: [String], in folder: Scratch) throws {
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "--steps", "20", "--quiet"] + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  static func json(_ arguments: [String], in folder: Scratch) throws -> [String: Any] {
    let outcome = try OrnsteinProcess.run(
      ["evaluate"] + arguments + ["--json", "--repetitions", "5"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test func saysHowFarSamplesAre() throws {
    let folder = try SampleTests.folder()
    try Self.draw(["-n", "1500", "-o", "good.npy"], in: folder)
    let text = try OrnsteinProcess.run(
      ["evaluate", "good.npy", "--against", "target.json"], in: folder)
    #expect(text.status == 0, "\(text.errors)")
    for words in [
      "total variation, at least", "KL divergence", "Frechet", "Kolmogorov-Smirnov",
      "energy distance", "floor", "0.95", "tests",
    ] {
      #expect(text.output.contains(words), "\(text.output)")
    }
    let found = try Self.json(["good.npy", "--against", "target.json"], in: folder)
    for key in [
      "samples", "compared", "dimension", "moments", "projections", "sliced_wasserstein1",
      "sliced_wasserstein2", "total_variation", "partitions", "kl_divergence", "energy_distance",
      "kernel_discrepancy", "verdict", "notes",
    ] {
      #expect(found[key] != nil, "\(key)")
    }
    let witness = try #require(found["total_variation"] as? [String: Any])
    for key in ["value", "standard_error", "lower_bound", "floor", "p_value"] {
      #expect(witness[key] is Double, "\(key)")
    }
  }

  /// Stopped at time 0.5, points are far from the target and near the law they should have.
  @Test(arguments: ["none", "rescale"]) func judgesByTheStopTime(_ finish: String) throws {
    let folder = try SampleTests.folder()
    try Self.draw(
      ["-n", "2000", "-o", "early.csv", "--stop", "0.5", "--finish", finish, "--steps", "60"],
      in: folder)
    func isRejected(_ options: [String]) throws -> Bool? {
      let found = try Self.json(["early.csv", "--against", "target.json"] + options, in: folder)
      return (found["verdict"] as? [String: Any])?["is_rejected"] as? Bool
    }
    #expect(try isRejected([]) == true)
    #expect(try isRejected(["--at-stop"]) == false)
    #expect(
      try isRejected(["--process", "ou", "--stop", "0.5", "--finish", finish]) == false)
  }

  @Test func findsCopiesOfTraining() throws {
    let folder = try SampleTests.folder()
    for (name, seed) in [("train.csv", "1"), ("held.csv", "2")] {
      try Self.draw(["-n", "300", "-o", name, "--seed", seed], in: folder)
    }
    let outcome = try OrnsteinProcess.run(
      ["evaluate", "train.csv", "held.csv", "--training", "train.csv"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("100 % are rows of training"), "\(outcome.output)")
  }

  typealias Case = BrokenInputTests.Case

  static let points = "x0,x1\n" + BrokenInputTests.rows + "\n"
  static let files = ["new.csv": points, "target.json": BrokenInputTests.target]
  static func against(_ options: String...) -> [String] {
    ["evaluate", "new.csv", "--against", "target.json"] + options
  }

  static let broken: [Case] = [
    Case(
      name: "nothing to compare with", files: files, arguments: ["evaluate", "new.csv"], status: 2,
      says: ["--against", "reference"]),
    Case(
      name: "two things to compare with", files: files,
      arguments: ["evaluate", "new.csv", "new.csv", "--against", "target.json"], status: 2,
      says: ["--against", "not both"]),
    Case(
      name: "samples of another dimension",
      files: ["new.csv": "a\n1\n2\n3\n", "target.json": BrokenInputTests.target],
      arguments: against(), status: 3, says: ["\"new.csv\"", "1 columns", "2 coordinates"]),
    Case(
      name: "a missing cell", files: files.merging(["new.csv": points + "1,\n"]) { $1 },
      arguments: against(), status: 3, says: ["\"new.csv\"", "row 41", "\"x1\""]),
    Case(
      name: "a word among points",
      files: ["new.csv": "a,b\n1,red\n2,blue\n", "target.json": BrokenInputTests.target],
      arguments: against(), status: 3, says: ["\"new.csv\"", "\"red\"", "not a number"]),
    Case(
      name: "too few samples",
      files: ["new.csv": "a,b\n1,2\n2,3\n", "target.json": BrokenInputTests.target],
      arguments: against(), status: 3, says: ["2 rows", "20"]),
    Case(
      name: "a number too large", files: files.merging(["new.csv": points + "1,1e20\n"]) { $1 },
      arguments: against(), status: 3, says: ["Row 40", "1e15"]),
    Case(
      name: "a target that is none", files: files.merging(["target.json": "[]"]) { $1 },
      arguments: against(), status: 3, says: ["\"target.json\""]),
    Case(
      name: "an absent target", files: ["new.csv": points], arguments: against(), status: 3,
      says: ["\"target.json\"", "no such file"]),
    Case(
      name: "no record of the stop", files: files, arguments: against("--at-stop"), status: 3,
      says: ["\"new.csv.json\"", "--stop"]),
    Case(
      name: "a record of something else", files: files.merging(["new.csv.json": "{}"]) { $1 },
      arguments: against("--at-stop"), status: 3, says: ["\"new.csv.json\"", "plan"]),
    Case(
      name: "a stop without its process", files: files, arguments: against("--stop", "0.1"),
      status: 2, says: ["--process", "--stop"]),
    Case(
      name: "an unknown process", files: files,
      arguments: against("--process", "brown", "--stop", "0.1"), status: 2, says: ["brown"]),
    Case(
      name: "a finish that has no law", files: files,
      arguments: against("--process", "ou", "--stop", "0.1", "--finish", "denoise"), status: 2,
      says: ["denoise", "rescale"]),
    Case(
      name: "an option of targets for tables", files: files,
      arguments: ["evaluate", "new.csv", "new.csv", "--at-stop"], status: 2, says: ["--against"]),
    Case(
      name: "an option of tables for targets", files: files,
      arguments: against("--training", "new.csv"), status: 2, says: ["--training"]),
    Case(
      name: "a negative number of directions", files: files, arguments: against("--directions=-1"),
      status: 2, says: ["--directions", "-1"]),
  ]

  @Test(arguments: broken) func isRefused(_ broken: Case) throws {
    let folder = try Scratch()
    for (name, text) in broken.files { try folder.write(text, to: name) }
    let outcome = try OrnsteinProcess.run(broken.arguments, in: folder)
    #expect(outcome.status == broken.status, "\(outcome.errors)")
    BrokenInputTests().expectOneSentence(outcome, says: broken.says)
    #expect(outcome.output.isEmpty)
    #expect(try folder.names == Set(broken.files.keys))
  }
}
