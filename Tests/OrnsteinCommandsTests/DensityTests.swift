import Foundation
import Ornstein
import TestSupport
import Testing

/// `density` as a process: what it writes, and how it refuses what it cannot use.
@Suite struct DensityTests {
  static let target = """
    {"name": "two", "dimension": 2, "components": [
      {"weight": 0.4, "mean": [-1, 2], "covariance": {"full": [[1, 0.3], [0.3, 0.5]]}},
      {"weight": 0.6, "mean": [1.5, -0.5], "covariance": {"diagonal": [0.2, 0.8]}}]}
    """
  static let points = "x1,note,x0\n-0.7,1,0.3\n1.5,2,-0.2\n0,3,2.25\n"

  static func folder() throws -> Scratch {
    let folder = try Scratch()
    try folder.write(target, to: "target.json")
    try folder.write(points, to: "points.csv")
    return folder
  }

  /// The numbers that a call writes, by column.
  static func density(
    _ source: String, _ points: String, _ options: [String], in folder: Scratch
  ) throws -> [String: [Double]] {
    let name = UUID().uuidString + ".csv"
    let outcome = try OrnsteinProcess.run(
      ["density", source, points, "-o", name] + options, in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    let lines = try folder.read(name).split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    let header = try #require(lines.first)
    return Dictionary(
      uniqueKeysWithValues: header.indices.map { column in
        (header[column], lines.dropFirst().compactMap { Double($0[column]) })
      })
  }

  static func law() throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: [0.4, 0.6], means: [[-1, 2], [1.5, -0.5]],
      covariances: [.full([[1, 0.3], [0.3, 0.5]]), .diagonal([0.2, 0.8])])
  }

  /// The published value of the noised law at time 0.4, with every method that reaches it; columns
  /// are found by name.
  @Test func goldenValueOfATarget() throws {
    let folder = try Self.folder()
    let golden = -2.5150941102552
    for options in [["--method", "exact"], [], ["--base", "exact", "--tolerance", "1e-6"]] {
      let found = try Self.density(
        "target.json", "points.csv", options + ["--stop", "0.4", "--at", "stop"], in: folder)
      let values = try #require(found["log_density"])
      #expect(values.count == 3)
      #expect(abs(values[0] - golden) < (options.isEmpty ? 1e-4 : 1e-6))
      #expect((found["numerical_error"] == nil) == (options.first == "--method"))
    }
  }

  /// Data have the density of the law with the noise of the stop level, or that of the law itself, which
  /// is the closed form unless a stop is given.
  @Test func dataOfATarget() throws {
    let folder = try Self.folder()
    let rows = Batch<Double>(rows: [[0.3, -0.7], [-0.2, 1.5], [2.25, 0]])
    let clean = try Self.law().logDensity(of: rows, at: NoiseLevel(time: 0, alpha: 1, sigma: 0))
    let exact = try Self.density(
      "target.json", "points.csv", ["--method", "exact", "--stop", "0"], in: folder)
    #expect(agrees(try #require(exact["log_density"]), clean, relative: 1e-12))
    let closed = try Self.density("target.json", "points.csv", ["--method", "exact"], in: folder)
    #expect(agrees(try #require(closed["log_density"]), clean, relative: 1e-12))
    let usual = try Self.density(
      "target.json", "points.csv", ["--method", "exact", "--stop", "0.0001"], in: folder)
    for process in ["ou", "ve", "rectified-flow", "vp-linear"] {
      let flow = try Self.density(
        "target.json", "points.csv",
        ["--process", process] + (process == "ve" ? ["--stop", "0.05"] : []), in: folder)
      // Stop levels differ a little between processes: so do the densities.
      #expect(
        agrees(
          try #require(flow["log_density"]), try #require(usual["log_density"]), absolute: 2e-3),
        "\(process)")
    }
  }

  @Test func estimatesAndBounds() throws {
    let folder = try Self.folder()
    let exact = try #require(
      try Self.density(
        "target.json", "points.csv", ["--method", "exact", "--stop", "0.0001"], in: folder)[
          "log_density"])
    let probes = try Self.density(
      "target.json", "points.csv", ["--trace", "hutchinson", "--probes", "64"], in: folder)
    let bound = try Self.density(
      "target.json", "points.csv",
      ["--method", "elbo", "--draws", "400", "--base", "moment-matched"], in: folder)
    #expect(bound["numerical_error"] == nil)
    for (estimate, isBound) in [(probes, false), (bound, true)] {
      let values = try #require(estimate["log_density"])
      let errors = try #require(estimate["standard_error"])
      for row in 0..<3 {
        #expect(values[row] < exact[row] + 5 * errors[row])
        if !isBound { #expect(values[row] > exact[row] - 5 * errors[row]) }
      }
    }
  }

  @Test func sameSeedSameNumbersForAnyThreads() throws {
    let folder = try SampleTests.model.get()
    for options in [[], ["--trace", "hutchinson", "--probes", "2"], ["--method", "elbo"]] {
      let one = try Self.density(
        "model.safetensors", "table.csv", options + ["--threads", "1"], in: folder)
      let two = try Self.density(
        "model.safetensors", "table.csv", options + ["--threads", "3"], in: folder)
      #expect(one == two)
      #expect(one["log_density"]?.count == 300)
      let other = try Self.density(
        "model.safetensors", "table.csv", options + ["--seed", "1"], in: folder)
      #expect(one != other)
    }
  }

  @Test func summaryForPeopleAndMachines() throws {
    let folder = try SampleTests.model.get()
    let outcome = try OrnsteinProcess.run(
      ["density", "model.safetensors", "table.csv", "-o", "summary.csv", "--json"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("Mean log-density"))
    #expect(outcome.errors.contains("300 rows"))
    #expect(outcome.errors.contains("density for each unit of \"length\""))
    let summary = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(summary["rows"] as? Int == 300)
    #expect(summary["trace"] as? String == "exact")
    let values = try folder.read("summary.csv").split(separator: "\n").dropFirst().map {
      Double($0.split(separator: ",")[0]) ?? .nan
    }
    let mean = values.reduce(0, +) / Double(values.count)
    #expect(agrees(try #require(summary["mean"] as? Double), mean, relative: 1e-9))
    #expect(summary["standard_error"] is Double)
  }

  /// Rows of the table are likelier than rows with an impossible pair of cells.
  @Test func strangeRowsAreUnlikely() throws {
    let folder = try SampleTests.model.get()
    try folder.write(
      "length,count,colour,weight\n3,1,red,3.5\n3,5,blue,3.5\n6,5,blue,6.5\n6,1,red,6.5\n",
      to: "rows.csv")
    let found = try #require(
      try Self.density("model.safetensors", "rows.csv", [], in: folder)["log_density"])
    #expect(found[0] > found[1] + 2)
    #expect(found[2] > found[3] + 2)
  }

  @Test func standardOutputTakesTheNumbers() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(
      ["density", "target.json", "-", "-o", "-"], in: folder, input: Self.points)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("log_density,numerical_error\n"))
    #expect(outcome.output.split(separator: "\n").count == 4)
  }

  static func call(_ source: String, _ options: String...) -> [String] {
    ["density", source, "points.csv", "-o", "out.csv"] + options
  }

  static let wrong: [BrokenInputTests.Case] = [
    .init(
      name: "missing column", files: ["points.csv": "x0,a,b\n1,2,3\n"],
      arguments: call("target.json"), status: 3, says: ["\"points.csv\"", "no column \"x1\""]),
    .init(
      name: "too few columns", files: ["points.csv": "x0\n1\n"], arguments: call("target.json"),
      status: 3, says: ["\"points.csv\"", "1 columns", "2 coordinates"]),
    .init(
      name: "word", files: ["points.csv": "x0,x1\n1,2\n1,two\n"], arguments: call("target.json"),
      status: 3, says: ["row 2", "column \"x1\"", "\"two\"", "not a number"]),
    .init(
      name: "missing cell", files: ["points.csv": "x0,x1\n1,2\n,2\n"],
      arguments: call("target.json"), status: 3, says: ["row 2", "column \"x0\"", "missing"]),
    .init(
      name: "absent points", arguments: ["density", "target.json", "no.csv", "-o", "out.csv"],
      status: 3, says: ["\"no.csv\"", "no such file"]),
    .init(
      name: "unknown method", arguments: call("target.json", "--method", "guess"), status: 2,
      says: ["--method", "flow, elbo, exact"]),
    .init(
      name: "unknown process", arguments: call("target.json", "--process", "heat"), status: 2,
      says: ["heat"]),
    .init(
      name: "tolerance of nothing", arguments: call("target.json", "--tolerance", "0"), status: 2,
      says: ["--tolerance", "above 0"]),
    .init(
      name: "trace of a bound", arguments: call("target.json", "--method", "elbo", "--probes", "2"),
      status: 2, says: ["--probes", "elbo"]),
    .init(
      name: "probes of an exact trace",
      arguments: call("target.json", "--trace", "exact", "--probes", "2"), status: 2,
      says: ["--probes"]),
    .init(
      name: "stop beyond the horizon", arguments: call("target.json", "--stop", "9"), status: 2,
      says: ["noise"]),
    .init(
      name: "output of no kind",
      arguments: ["density", "target.json", "points.csv", "-o", "out.txt"], status: 2,
      says: ["\"out.txt\""]),
    .init(
      name: "process without noise",
      arguments: call("target.json", "--method", "exact", "--process", "ve"), status: 2,
      says: ["--process", "--stop"]),
    .init(
      name: "no density without noise",
      files: ["target.json": #"{"name": "ball", "kind": "sphere", "dimension": 2, "radius": 1}"#],
      arguments: call("target.json", "--method", "exact", "--stop", "0"), status: 2,
      says: ["no density without noise", "--stop"]),
  ]

  @Test(arguments: wrong) func mistakesAreNamed(broken: BrokenInputTests.Case) throws {
    let folder = try Self.folder()
    for (name, text) in broken.files { try folder.write(text, to: name) }
    let outcome = try OrnsteinProcess.run(broken.arguments, in: folder)
    #expect(outcome.status == broken.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    for words in broken.says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
    #expect(try folder.names == ["target.json", "points.csv"])
  }

  @Test func mistakesInRowsOfATableAreNamed() throws {
    let folder = try SampleTests.model.get()
    for (text, options, status, says) in [
      ("length,count,colour\n3,1,red\n", [], 3, ["no column \"weight\""]),
      ("length,count,colour,weight\n3,1,green,3\n", [], 3, ["row 1", "\"green\""]),
      (
        "length,count,colour,weight\n3,1,red,3\n,1,red,3\n", [], 3,
        ["row 2", "\"length\"", "missing"]
      ),
      ("length,count,colour,weight\n3,1,red,3\nlong,1,red,3\n", [], 3, ["row 2", "\"long\""]),
      ("length,count,colour,weight\n3,1,red,3\n", ["--method", "exact"], 2, ["--method exact"]),
      ("length,count,colour,weight\n3,1,red,3\n", ["--base", "exact"], 2, ["exact target"]),
      ("length,count,colour,weight\n3,1,red,3\n", ["--at", "stop"], 2, ["--at stop"]),
    ] as [(String, [String], Int32, [String])] {
      let name = "wrong.csv"
      try folder.write(text, to: name)
      let outcome = try OrnsteinProcess.run(
        ["density", "model.safetensors", name, "-o", "wrong-out.csv"] + options, in: folder)
      #expect(outcome.status == status, "\(outcome.errors)")
      for words in says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
      #expect(!(try folder.names.contains("wrong-out.csv")))
    }
  }

  /// A fit ends with the log-density of held-out rows, which its model keeps, the same for any number
  /// of threads, and near what `density` says of all rows.
  @Test func fitsKeepTheirHeldOutDensity() throws {
    var means: [Double] = []
    for threads in ["1", "2"] {
      let folder = try FitTests.folder()
      let outcome = try OrnsteinProcess.run(
        FitTests.fit + ["--steps", "200", "--threads", threads, "--json", "--log", "log.jsonl"],
        in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let summary = try #require(
        JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      let density = try #require(summary["held_out_log_density"] as? [String: Any])
      means.append(try #require(density["mean"] as? Double))
      #expect(density["rows"] as? Int == 30)
      #expect(density["standard_error"] as? Double ?? 0 > 0)
      #expect(try folder.read("log.jsonl").contains("\"held_out_log_density\""))
      let inspected = try OrnsteinProcess.run(["inspect", "model.safetensors"], in: folder)
      #expect(inspected.output.contains("Held-out log-density"))
      let all = try #require(
        try Self.density("model.safetensors", "table.csv", [], in: folder)["log_density"])
      let mean = all.reduce(0, +) / Double(all.count)
      let error = try #require(density["standard_error"] as? Double)
      #expect(abs(mean - means[0]) < 6 * error + 0.5)
    }
    #expect(means[0] == means[1])
  }
}
