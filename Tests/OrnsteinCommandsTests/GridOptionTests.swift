import Foundation
import Ornstein
import Testing

/// `sample --grid-option` and what `grids` says of options.
@Suite struct GridOptionTests {
  func draw(_ options: [String], in folder: Scratch) throws -> (rows: String, grid: [String: Any]) {
    let outcome = try OrnsteinProcess.run(
      ["sample", "-n", "40", "-o", "new.csv"] + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(folder.bytes("new.csv.json"))) as? [String: Any])
    let plan = try #require(record["plan"] as? [String: Any])
    return (try folder.read("new.csv"), try #require(plan["grid"] as? [String: Any]))
  }

  @Test(
    arguments: [
      ("li", ["c0": 1.5, "c1": 5.0]), ("exponential-then-constant", ["floor": 0.2]),
      ("karras", ["rho": 3]), ("quadratic", ["rho": 4]),
    ] as [(String, [String: Double])])
  func optionsReachThePlan(_ grid: String, _ options: [String: Double]) throws {
    let folder = try SampleTests.folder()
    let method = ["target.json", "--sampler", "ddim", "--steps", "60", "--grid", grid]
    let given = options.flatMap { ["--grid-option", "\($0.key)=\($0.value)"] }
    let (rows, record) = try draw(method + given, in: folder)
    for (name, value) in options {
      #expect(record[name == "rho" ? "exponent" : name] as? Double == value, "\(record)")
    }
    let plain = try draw(method, in: folder)
    #expect(plain.rows != rows)
    // The record draws the same rows again.
    _ = try draw(method + given, in: folder)
    #expect(
      try draw(["target.json", "--plan", "new.csv.json"], in: folder).rows == rows)
    if let rho = options["rho"] {
      #expect(try draw(method + ["--rho", "\(rho)"], in: folder).rows == rows)
    }
  }

  @Test func samplersBringTheirGrid() throws {
    let folder = try SampleTests.folder()
    let (_, record) = try draw(
      ["target.json", "--sampler", "li-stochastic", "--grid-option", "c1=5", "--steps", "50"],
      in: folder)
    #expect(record["kind"] as? String == "li" && record["c1"] as? Double == 5)
  }

  @Test func discreteStatesTakeThemToo() throws {
    let folder = try MethodInputTests.folder()
    let (_, record) = try draw(
      ["pairs.json", "--grid", "li", "--grid-option", "c0=1.5", "--steps", "50"], in: folder)
    #expect(record["c0"] as? Double == 1.5)
  }

  @Test(arguments: [
    (["--sampler", "ddim", "--grid", "uniform", "--grid-option", "c1=3"], "has no options"),
    (["--sampler", "ddim", "--grid", "li", "--grid-option", "warp=3"], "it has c0, c1"),
    (["--sampler", "ddim", "--grid", "li", "--grid-option", "c1=-1"], "above 0"),
    (["--sampler", "ddim", "--grid", "li", "--grid-option", "c1=90"], "below 1"),
    (
      ["--sampler", "ddim", "--grid", "exponential-then-constant", "--grid-option", "floor=2"],
      "(0, 1]"
    ),
    (["--sampler", "ddim", "--grid", "karras", "--grid-option", "rho=0.5"], "1 or more"),
    (["--sampler", "ddim", "--grid", "karras", "--grid-option", "rho=nan"], "1 or more"),
    (["--sampler", "ddim", "--grid", "karras", "--grid-option", "rho"], "--grid-option"),
    (
      ["--sampler", "ddim", "--grid", "karras", "--grid-option", "rho=3", "--rho", "3"],
      "give one of them"
    ),
    (
      [
        "--sampler", "ddim", "--grid", "karras", "--grid-option", "rho=3", "--grid-option",
        "rho=4",
      ], "twice"
    ),
    (["--grid-option", "c1=3"], "plans its own grid"),
    (["--sampler", "ddpm", "--grid", "optimal", "--grid-option", "c1=3"], "has no options"),
    (["--sampler", "critically-damped", "--grid-option", "rho=3"], "--grid-option"),
    (["--error", "0.1", "--grid-option", "rho=3"], "--grid-option"),
  ])
  func mistakesAreNamed(_ options: [String], _ words: String) throws {
    let folder = try SampleTests.folder()
    let outcome = try OrnsteinProcess.run(
      ["sample", "target.json", "-n", "5", "-o", "new.csv"] + options, in: folder)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try folder.names == ["target.json"])
  }

  @Test func gridsListTheirOptions() throws {
    let text = try OrnsteinProcess.run(["grids"], in: try Scratch()).output
    let json = try OrnsteinProcess.run(["grids", "--json"], in: try Scratch()).output
    let entries = try #require(
      JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    for (entry, kind) in zip(entries, GridKind.catalogue) {
      let options = try #require(entry["options"] as? [[String: Any]])
      #expect(options.compactMap { $0["name"] as? String } == kind.parameters.map(\.name))
      #expect(options.compactMap { $0["usual"] as? Double } == kind.parameters.map(\.usual))
      for parameter in kind.parameters {
        let isListed = text.split(separator: "\n").contains {
          $0.hasPrefix(kind.rawValue + " ") && $0.contains(" \(parameter.name) ")
            && $0.contains(parameter.meaning)
        }
        #expect(isListed, "\(kind) \(parameter.name)")
      }
    }
  }
}
