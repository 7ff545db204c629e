import Foundation
import Ornstein
import TestSupport
import Testing

/// `export` as a process: what other programs get, and how it refuses what it cannot write.
@Suite struct ExportTests {
  /// Two groups of rows with gaps in both columns, a column in which nothing varies, and one of words.
  static let rows: [(Double, Double)] = {
    var normals = [Double](repeating: 0, count: 1200)
    normals.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 8).stream(.test), first: 0)
    }
    return (0..<600).map { row in
      let far = row % 3 == 0 ? 6.0 : 0
      let (u, v) = (normals[2 * row], normals[2 * row + 1])
      return (100 * (far + u), far / 2 - 0.6 * u + 0.8 * v)
    }
  }()

  static func table(hasGaps: Bool) -> String {
    "length,depth,unit\n"
      + rows.enumerated().map { row, pair in
        (hasGaps && row % 5 == 2 ? "" : "\(pair.0)") + ","
          + (hasGaps && row % 4 == 1 ? "" : "\(pair.1)") + ",mm"
      }.joined(separator: "\n") + "\n"
  }

  static func folder(hasGaps: Bool = false) throws -> Scratch {
    let folder = try Scratch()
    try folder.write(table(hasGaps: hasGaps), to: "table.csv")
    let fit = try OrnsteinProcess.run(
      [
        "fit", "table.csv", "-o", "model.safetensors", "--learner", "mixture", "--components", "2",
        "--covariance", "full", "--quiet",
      ], in: folder)
    #expect(fit.status == 0, "\(fit.errors)")
    return folder
  }

  static func exported(
    _ options: [String] = [], _ source: String = "model.safetensors", in folder: Scratch
  ) throws -> OrnsteinProcess.Outcome {
    try OrnsteinProcess.run(["export", source, "-o", "mixture.json"] + options, in: folder)
  }

  /// Log-densities of rows by a column of a file.
  static func logDensities(_ arguments: [String], in folder: Scratch) throws -> [Double] {
    let outcome = try OrnsteinProcess.run(
      ["density"] + arguments + ["--method", "exact", "-o", "out.csv", "--quiet"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let table = try Table(contentsOf: folder.path("out.csv"))
    return (0..<table.rowCount).map { table.columns[0].number($0) ?? .nan }
  }

  /// The density of the exported mixture, in units of the table, is that of the model.
  @Test func theUnitsAreThoseOfTheTable() throws {
    let folder = try Self.folder()
    let outcome = try Self.exported(in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("2 components of 2 coordinates, in the units of the table"))
    #expect(outcome.errors.contains("nothing varies in \"unit\""))
    let text = try folder.read("mixture.json")
    #expect(text.contains(#""column":"length","meaning":"the value""#))
    let rows = Self.rows.prefix(60)
    try folder.write(
      "x0,x1\n" + rows.map { "\($0.0),\($0.1)" }.joined(separator: "\n") + "\n", to: "points.csv")
    try folder.write(
      "length,depth,unit\n" + rows.map { "\($0.0),\($0.1),mm" }.joined(separator: "\n") + "\n",
      to: "rows.csv")
    let model = try Self.logDensities(["model.safetensors", "rows.csv"], in: folder)
    #expect(
      agrees(
        try Self.logDensities(["mixture.json", "points.csv", "--stop", "0"], in: folder), model,
        relative: 1e-5))
    let target = try Self.exported(["--format", "target"], in: folder)
    #expect(target.status == 0, "\(target.errors)")
    #expect(try folder.read("mixture.json").contains("\"comment\":\"x0: length, the value"))
    #expect(
      agrees(
        try Self.logDensities(["mixture.json", "points.csv", "--stop", "0"], in: folder), model,
        relative: 1e-5))
    // A target goes both ways.
    let back = try OrnsteinProcess.run(
      ["export", "mixture.json", "-o", "again.json"], in: folder)
    #expect(back.status == 0, "\(back.errors)")
    #expect(
      agrees(
        try Self.logDensities(["again.json", "points.csv", "--stop", "0"], in: folder), model,
        relative: 1e-5))
  }

  /// Of a table with gaps the law of the values is written, which no gap belongs to.
  @Test func gapsLeaveTheLawOfTheValues() throws {
    let folder = try Self.folder(hasGaps: true)
    #expect(try Self.exported(in: folder).status == 0)
    let mixture = try JSONDecoder().decode(
      ScikitLearnMixture.self, from: Data(try folder.read("mixture.json").utf8))
    #expect(mixture.means.count == 2 && mixture.means[0].count == 2)
    let near = mixture.means.min { $0[0] < $1[0] } ?? []
    // The mean of 400 rows, of which 80 % have a length: 5 deviations.
    #expect(abs(near[0]) < 5 * 100 / Double(320).squareRoot() * 1.2, "\(near)")
  }

  @Test func codesAreWrittenWithTheirMeaning() throws {
    let folder = try Scratch()
    try folder.write(
      "size,colour\n"
        + (0..<90).map {
          "\(Double($0 * $0 % 31) + 0.5 + Double($0) / 1000),\($0 % 2 == 0 ? "red" : "blue")"
        }
        .joined(separator: "\n") + "\n", to: "table.csv")
    let fit = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "model.safetensors", "--learner", "mixture", "--quiet"], in: folder
    )
    #expect(fit.status == 0, "\(fit.errors)")
    let refused = try Self.exported(in: folder)
    #expect(refused.status == 3)
    #expect(refused.reason.contains("\"colour\" holds one of two values"), "\(refused.reason)")
    #expect(refused.reason.contains("--units encoded"))
    #expect(try !folder.names.contains("mixture.json"))
    let written = try Self.exported(["--units", "encoded", "--json"], in: folder)
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output.contains("\"units\" : \"encoded\""))
    let text = try folder.read("mixture.json")
    #expect(text.contains("b = 1 for \\\"red\\\", else 0"), "\(text)")
    #expect(text.contains("(value - "))
  }

  @Test func whatCannotBeWrittenIsNamed() throws {
    let folder = try Self.folder()
    func refused(_ arguments: [String], _ status: Int32, _ words: String...) throws {
      let outcome = try OrnsteinProcess.run(["export"] + arguments, in: folder)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
      #expect(outcome.output.isEmpty)
    }
    try folder.write("kept", to: "mixture.json")
    try refused(["absent.safetensors", "-o", "mixture.json"], 3, "absent.safetensors")
    try refused(["table.csv", "-o", "mixture.json"], 3, "table.csv")
    try refused(["model.safetensors", "-o", "mixture.txt"], 2, ".json")
    try refused(["model.safetensors", "-o", "-", "--json"], 2, "--json")
    try refused(
      ["model.safetensors", "-o", "mixture.json", "--format", "pmml"], 2, "pmml", "scikit-learn")
    try refused(
      ["model.safetensors", "-o", "mixture.json", "--units", "metres"], 2, "metres", "encoded")
    try refused(["model.safetensors", "-o", "no/such/folder.json"], 1, "no/such/folder.json")
    try folder.write(
      #"{"name": "points", "dimension": 1, "kind": "cube", "halfWidth": 1}"#, to: "cube.json")
    try refused(["cube.json", "-o", "mixture.json"], 3, "cube")
    try folder.write(
      """
      {"name": "atoms", "dimension": 1, "components": [
        {"weight": 1, "mean": [0], "covariance": {"isotropic": 0}}]}
      """, to: "atoms.json")
    try refused(["atoms.json", "-o", "mixture.json"], 3, "atoms.json", "singular")
    try refused(["atoms.json", "-o", "mixture.json", "--units", "encoded"], 2, "--units")
    let network = try OrnsteinProcess.run(
      ["fit", "table.csv", "-o", "network.safetensors", "--steps", "2", "--quiet"], in: folder)
    #expect(network.status == 0, "\(network.errors)")
    try refused(["network.safetensors", "-o", "mixture.json"], 3, "network", "--learner mixture")
    #expect(try folder.read("mixture.json") == "kept")
  }

  @Test func standardOutput() throws {
    let folder = try Self.folder()
    let outcome = try OrnsteinProcess.run(["export", "model.safetensors", "-o", "-"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(
      try JSONDecoder().decode(ScikitLearnMixture.self, from: Data(outcome.output.utf8)).means
        .count == 2)
  }

  /// scikit-learn itself gives the rows the log-density that the model gives them.
  @Test(.enabled(if: Self.hasScikitLearn)) func throughPython() throws {
    let folder = try Self.folder()
    #expect(try Self.exported(in: folder).status == 0)
    try folder.write(
      """
      import json, numpy, sklearn.mixture
      parameters = json.load(open("mixture.json"))
      columns = parameters.pop("columns", None)
      kind = parameters.pop("covariance_type")
      model = sklearn.mixture.GaussianMixture(len(parameters["weights_"]), covariance_type=kind)
      for name, value in parameters.items(): setattr(model, name, numpy.array(value))
      names = [column["column"] for column in columns]
      assert names == ["length", "depth"], names
      rows = numpy.genfromtxt("table.csv", delimiter=",", skip_header=1, usecols=(0, 1))
      print(json.dumps(model.score_samples(rows).tolist()))
      """, to: "load.py")
    let outcome = try OrnsteinProcess.shell("\(Self.python) load.py", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let scores = try JSONDecoder().decode([Double].self, from: Data(outcome.output.utf8))
    let model = try Self.logDensities(["model.safetensors", "table.csv"], in: folder)
    #expect(agrees(model, scores, relative: 1e-5))
  }

  static let python = ProcessInfo.processInfo.environment["ORNSTEIN_PYTHON"] ?? "python3"
  static let hasScikitLearn: Bool = {
    guard let folder = try? Scratch() else { return false }
    return (try? OrnsteinProcess.shell("\(python) -c 'import sklearn'", in: folder))?.status == 0
  }()
}
