import Foundation
import Ornstein
import TestSupport
import Testing

/// `sample --where` as a process.
@Suite struct ConditionalSampleTests {
  static let target = """
    {"name": "two", "dimension": 3, "components": [
      {"weight": 0.4, "mean": [-1, 2, 0], "covariance":
        {"full": [[1, 0.3, -0.4], [0.3, 0.5, 0], [-0.4, 0, 0.8]]}},
      {"weight": 0.6, "mean": [1.5, -0.5, 1], "covariance": {"diagonal": [0.6, 0.8, 0.5]}}]}
    """

  static func folder() throws -> Scratch {
    let folder = try Scratch()
    try folder.write(target, to: "target.json")
    return folder
  }

  static func law() throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: [0.4, 0.6], means: [[-1, 2, 0], [1.5, -0.5, 1]],
      covariances: [
        .full([[1, 0.3, -0.4], [0.3, 0.5, 0], [-0.4, 0, 0.8]]), .diagonal([0.6, 0.8, 0.5]),
      ])
  }

  static func rows(_ options: [String], in folder: Scratch) throws -> [[Double]] {
    let name = UUID().uuidString + ".csv"
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-o", name] + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try folder.read(name).split(separator: "\n")
    #expect(lines[0] == "x0,x1,x2")
    return lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
  }

  /// Fails for right code with probability 4e-6.
  @Test func drawsFromTheConditionalLaw() throws {
    let folder = try Self.folder()
    let rows = try Self.rows(["-n", "20000", "--where", "x1=0.5", "--seed", "3"], in: folder)
    let moments = try Self.law().conditionalMoments(on: [1: 0.5])
    #expect(rows.allSatisfy { $0.count == 3 && $0[1] == 0.5 })
    for (place, axis) in [(0, 0), (1, 2)] {
      let values = rows.map { $0[axis] }
      #expect(
        StatisticalGate.meanAgrees(values, expected: moments.mean[place], falseAlarmRate: 1e-6))
      #expect(
        StatisticalGate.meanAgrees(
          values.map { ($0 - moments.mean[place]) * ($0 - moments.mean[place]) },
          expected: moments.covariance[place * 3], falseAlarmRate: 1e-6))
    }
  }

  @Test func sameSeedSameRows() throws {
    let folder = try Self.folder()
    let options = ["--where", " x2 = 1.5 ,\"x0\"=-2e-1", "--seed", "4"]
    let all = try Self.rows(options + ["-n", "700", "--threads", "1"], in: folder)
    #expect(all.allSatisfy { $0[2] == 1.5 && $0[0] == -0.2 })
    #expect(try Self.rows(options + ["-n", "700", "--threads", "2"], in: folder) == all)
    let part = try Self.rows(options + ["-n", "50", "--first-row", "123"], in: folder)
    #expect(part == Array(all[123..<173]))
  }

  @Test func recordsTheConditions() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      [
        "sample", "target.json", "-n", "5", "-o", "new.npy", "--where", "x1=0.5,x0=1", "--json",
      ], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(folder.bytes("new.npy.json"))) as? [String: Any])
    let plan = try #require(record["plan"] as? [String: Any])
    #expect(plan["method"] as? String == "exact-conditional")
    #expect(plan["conditions"] as? [String: String] == ["x0": "1", "x1": "0.5"])
    let table = try Table(contentsOf: folder.path("new.npy"))
    #expect((0..<5).allSatisfy { table.columns[1].number($0) == 0.5 })
  }

  @Test func parametersOfScikitLearnAreTargets() throws {
    let folder = try Self.folder()
    try folder.write(
      try ScikitLearnMixture(try Self.law().description).json, to: "sklearn.json")
    for arguments in [
      ["sample", "sklearn.json", "-n", "20", "-o", "a.csv"],
      ["sample", "sklearn.json", "-n", "20", "-o", "b.csv", "--where", "x0=1"],
      ["evaluate", "a.csv", "--against", "sklearn.json", "--repetitions", "2"],
      ["density", "sklearn.json", "a.csv", "-o", "c.csv", "--method", "exact", "--stop", "0"],
      ["inspect", "sklearn.json"],
    ] {
      let outcome = try OrnsteinProcess.run(arguments, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let rows = try folder.read("b.csv").split(separator: "\n").dropFirst()
    #expect(rows.count == 20)
    #expect(rows.allSatisfy { $0.hasPrefix("1,") })
  }

  static func call(_ options: String...) -> [String] {
    ["sample", "target.json", "-n", "10", "-o", "new.csv"] + options
  }

  static let wrong: [BrokenInputTests.Case] = [
    .init(
      name: "no equals sign", arguments: call("--where", "x1"), status: 2,
      says: ["--where", "\"x1\"", "name=value"]),
    .init(
      name: "two equals signs", arguments: call("--where", "x1=1=2"), status: 2,
      says: ["\"x1=1=2\"", "name=value"]),
    .init(
      name: "empty part", arguments: call("--where", "x1=1,"), status: 2, says: ["name=value"]),
    .init(
      name: "no value", arguments: call("--where", "x1="), status: 2,
      says: ["\"x1\" has no value"]),
    .init(
      name: "no name", arguments: call("--where", "=1"), status: 2, says: ["name is empty"]),
    .init(
      name: "open quote", arguments: call("--where", "\"x1=1"), status: 2, says: ["quote"]),
    .init(
      name: "given twice", arguments: call("--where", "x1=1,x1=2"), status: 2,
      says: ["\"x1\"", "twice"]),
    .init(
      name: "unknown coordinate", arguments: call("--where", "x3=1"), status: 2,
      says: ["\"x3\"", "x0 to x2"]),
    .init(
      name: "no number", arguments: call("--where", "x1=red"), status: 2,
      says: ["\"x1\"", "\"red\"", "number"]),
    .init(
      name: "not finite", arguments: call("--where", "x1=inf"), status: 2, says: ["\"inf\""]),
    .init(
      name: "nothing left", arguments: call("--where", "x0=1,x1=1,x2=1"), status: 2,
      says: ["nothing is left"]),
    .init(
      name: "too far", arguments: call("--where", "x1=1e200"), status: 3, says: ["too far"]),
    .init(
      name: "with a sampler", arguments: call("--where", "x1=1", "--sampler", "ddim"), status: 2,
      says: ["--sampler", "--where", "exact"]),
    .init(
      name: "with steps", arguments: call("--where", "x1=1", "--steps", "5"), status: 2,
      says: ["--steps", "--where"]),
    .init(
      name: "with a plan", arguments: call("--where", "x1=1", "--plan", "plan.json"), status: 2,
      says: ["--plan", "--where"]),
    .init(
      name: "no mixture",
      files: ["target.json": #"{"name": "s", "kind": "sphere", "dimension": 2, "radius": 1}"#],
      arguments: call("--where", "x1=1"), status: 3, says: ["sphere", "mixture"]),
    .init(
      name: "point masses",
      files: [
        "target.json": """
        {"name": "p", "dimension": 2, "components": [
          {"weight": 1, "mean": [0, 0], "covariance": {"isotropic": 0}}]}
        """
      ], arguments: call("--where", "x1=0"), status: 3, says: ["Component 0", "singular"]),
  ]

  @Test(arguments: wrong) func mistakesAreNamed(broken: BrokenInputTests.Case) throws {
    let folder = try Self.folder()
    for (name, text) in broken.files { try folder.write(text, to: name) }
    let outcome = try OrnsteinProcess.run(broken.arguments, in: folder)
    #expect(outcome.status == broken.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    for words in broken.says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
    #expect(try folder.names == ["target.json"])
  }
}
