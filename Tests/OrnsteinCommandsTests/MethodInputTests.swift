import Foundation
import Ornstein
import Testing

/// `sample` with phase space, discrete states and methods that need more than a score.
@Suite struct MethodInputTests {
  static let discrete = """
    {"name": "pairs", "kind": "discrete", "states": 2, "dimension": 2,
     "points": [{"state": [0, 0], "weight": 0.75}, {"state": [1, 1], "weight": 0.25}]}
    """

  static func folder() throws -> Scratch {
    let folder = try SampleTests.folder()
    try folder.write(discrete, to: "pairs.json")
    try folder.write(
      #"{"name": "ball", "kind": "sphere", "dimension": 2, "radius": 1}"#, to: "sphere.json")
    return folder
  }

  func rows(_ arguments: [String], in folder: Scratch) throws -> [String] {
    let outcome = try OrnsteinProcess.run(["sample", "-o", "new.csv"] + arguments, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try folder.read("new.csv").split(separator: "\n").dropFirst().map(String.init)
  }

  @Test(arguments: ["one-at-a-time", "uniformization"])
  func exactMethodsDrawTheTarget(_ method: String) throws {
    let folder = try Self.folder()
    let process = method == "uniformization" ? "uniform" : "absorbing"
    let options = [
      "pairs.json", "-n", "4000", "--sampler", method, "--process", process, "--stop", "1e-9",
    ]
    let drawn = try rows(options, in: folder)
    // Binomial with probability 0.75; 6 standard deviations, false-alarm rate 2e-9.
    let share = Double(drawn.count { $0 == "0,0" }) / 4000
    #expect(abs(share - 0.75) < 6 * (0.75 * 0.25 / 4000).squareRoot())
    #expect(drawn.count { $0 == "0,0" || $0 == "1,1" } == 4000)
    #expect(try rows(options + ["--threads", "1"], in: folder) == drawn)
    let later = try rows(options + ["--first-row", "4000"], in: folder)
    #expect(later != drawn)
  }

  @Test(arguments: ["critically-damped", "symmetric-splitting"])
  func phaseSpaceDrawsMixtures(_ method: String) throws {
    let folder = try Self.folder()
    let drawn = try rows(
      ["target.json", "-n", "4000", "--steps", "200", "--sampler", method], in: folder)
    let first = drawn.compactMap { Double($0.split(separator: ",")[0]) }
    // Mean 0.8, variance 0.3 * (1 + 4) + 0.7 * (0.25 + 4) - 0.64; 6 standard deviations and the
    // bias of some 1 % of 200 first-order steps.
    let mean = first.reduce(0, +) / 4000
    #expect(abs(mean - 0.8) < 6 * (3.835 / 4000).squareRoot() + 0.02)
  }

  @Test(arguments: [
    (["sphere.json", "--sampler", "critically-damped"], 3, "Gaussian mixture"),
    (["target.json", "--sampler", "critically-damped", "--grid", "karras"], 2, "--grid"),
    (["target.json", "--sampler", "critically-damped", "--sampler-option", "warp=1"], 2, "warp"),
    (["target.json", "--sampler", "critically-damped", "--stop", "3"], 2, "horizon"),
    (["pairs.json", "--sampler", "warp"], 2, "warp"),
    (["pairs.json", "--process", "ve"], 2, "ve"),
    (["pairs.json", "--sampler", "one-at-a-time", "--process", "uniform"], 2, "absorbing"),
    (["pairs.json", "--finish", "mean"], 2, "--finish"),
    (["pairs.json", "--grid", "li", "--grid-option", "warp=1"], 2, "warp"),
  ])
  func refusesWithAReason(arguments: [String], status: Int, word: String) throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "-n", "5", "-o", "new.csv"] + arguments, in: folder)
    #expect(outcome.status == Int32(status), "\(outcome.errors)")
    #expect(outcome.reason.contains(word), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("new.csv")))
  }

  @Test(arguments: [["--sampler", "mala"], ["--corrector", "mala"]])
  func learnedScoresHaveNoDensity(options: [String]) throws {
    let folder = try SampleTests.model.get()
    let outcome = try OrnsteinProcess.run(
      ["sample", "model.safetensors", "-n", "5", "-o", "mala.csv"] + options, in: folder)
    #expect(outcome.status == 1)
    #expect(outcome.reason.contains("densit"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("mala.csv")))
  }
}
