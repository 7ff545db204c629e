import Foundation
import Ornstein
import TestSupport
import Testing

/// `bound`: every row, with its source and what it lacks, and no unknown constant as a number.
@Suite struct BoundTests {
  static let known = [
    "--dimension", "10", "--second-moment", "12", "--lipschitz", "20", "--score-error", "0.01",
    "--jacobian-error", "0.02", "--stop", "0.01", "--horizon", "4", "--steps", "500",
    "--intrinsic-dimension", "3", "--fisher-information", "30", "--support-radius", "6",
    "--predictor-step", "0.01", "--corrector-step", "0.001",
  ]
  static let targets = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/Targets")

  func text(_ arguments: [String]) throws -> String {
    let outcome = try OrnsteinProcess.run(["bound"] + arguments, in: try Scratch())
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  func json(_ arguments: [String]) throws -> [String: Any] {
    let text = try text(arguments + ["--json", "--quiet"])
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  func list(_ object: [String: Any], _ key: String) throws -> [[String: Any]] {
    try #require(object[key] as? [[String: Any]])
  }

  @Test func everyRowIsThere() throws {
    let report = try json(Self.known)
    let names = try list(report, "published_rates").compactMap { $0["name"] as? String }
    #expect(names == ConvergenceTable.rows.map(\.name))
    let bounds = try list(report, "bounds").compactMap { $0["name"] as? String }
    #expect(bounds == ExplicitBound.allCases.map(\.rawValue))
    let text = try text(Self.known)
    for row in ConvergenceTable.rows {
      #expect(text.contains("\n\(row.name): "))
      for source in row.sources { #expect(text.contains("arXiv \(source.arXiv)")) }
      for term in row.terms { #expect(text.contains(term.scaling.description)) }
    }
  }

  /// Of every published row: no number but scales, and those marked.
  @Test(arguments: [
    Self.known, Self.known.filter { $0 != "--steps" && $0 != "500" } + ["--error", "0.1"],
  ])
  func unknownConstantsAreNoNumbers(_ arguments: [String]) throws {
    for row in try list(try json(arguments), "published_rates") {
      #expect(row["constant"] as? String == "unknown")
      #expect(row["value"] == nil && row["bound"] == nil && row["kl"] == nil && row["tv"] == nil)
      for (key, value) in row {
        #expect(!(value is NSNumber), "\(row["name"] ?? "") has the number \(key)")
      }
      let terms =
        try list(row, "terms") + ((row["complexity"] as? [String: Any]).map { [$0] } ?? [])
      for term in terms {
        #expect(term["kind"] as? String == "unknown constant")
        let numbers = term.filter { $0.value is NSNumber }.keys
        #expect(Set(numbers).isSubset(of: ["scale", "ratio"]))
      }
    }
    for row in ConvergenceTable.rows {
      let page = try text(arguments + ["--row", row.name])
      #expect(!page.contains("BOUNDS, every"))
      #expect(page.contains("no bound"))
      let lines = page.split(separator: "\n").drop { !$0.hasPrefix(row.name) }
      for line in lines {
        let lower = line.lowercased()
        // A decimal number in such a row is a scale, on a line that says so.
        let isNumber = lower.contains(/\s[0-9]+\.[0-9]+(e|\s|$)/)
        #expect(
          !isNumber || lower.contains("unknown constant times the scale")
            || lower.contains("arxiv"), "\(line)")
        #expect(!lower.contains("<= ") || lower.contains("unknown constant") || lower.contains("≤"))
      }
    }
  }

  @Test func boundsAreNumbersAndSayHowTheyAreKnown() throws {
    for bound in try list(try json(Self.known), "bounds") {
      let name = bound["name"] as? String ?? ""
      var sum = 0.0
      for part in ["initialization", "score", "discretization"] {
        let quantity = try #require(bound[part] as? [String: Any], "\(name)")
        #expect(quantity["kind"] as? String == "bound")
        sum += try #require(quantity["value"] as? Double)
      }
      let total = try #require(bound["kl"] as? [String: Any])
      #expect(total["kind"] as? String == "bound")
      #expect(agrees(try #require(total["value"] as? Double), sum))
      #expect(bound["w2"] != nil && bound["tv"] != nil)
      #expect(bound["assumes_exact_score"] as? Bool == false)
    }
  }

  @Test func rowsSayWhatTheyLack() throws {
    let text = try text(["--dimension", "4"])
    #expect(text.contains("needs --lipschitz, --horizon, --steps, --second-moment"))
    #expect(text.contains("needs --fisher-information, --horizon, --steps"))
    #expect(text.contains("needs --second-moment, --horizon"))
    for row in try list(try json(["--dimension", "4"]), "published_rates") {
      let name = try #require(row["name"] as? String)
      let published = try #require(ConvergenceTable.row(named: name))
      let expected = published.needs.filter { $0 != .dimension }.map { "--" + $0.rawValue }
      let needs = try #require(row["needs"] as? [String])
      #expect(Set(needs) == Set(expected))
    }
  }

  /// The inverse problem and the problem agree.
  @Test func stepsForAnError() throws {
    let given = [
      "--dimension", "10", "--second-moment", "12", "--stop", "0.01", "--row", "denoiser-any",
    ]
    let plan = try #require(
      try list(try json(given + ["--error", "0.1"]), "bounds").first)
    let variation = try #require((plan["tv"] as? [String: Any])?["value"] as? Double)
    #expect(variation <= 0.1 && variation > 0.099)
    let horizon = try #require(plan["horizon"] as? Double)
    let steps = try #require(plan["steps"] as? Double)
    let settled = try json(given + ["--horizon", "\(horizon)", "--steps", "\(Int(steps))"])
    let again = try #require(try list(settled, "bounds").first)
    #expect((again["tv"] as? [String: Any])?["value"] as? Double == variation)
    let divergence = try json(given + ["--error", "0.02", "--metric", "kl"])
    let same = try #require(try list(divergence, "bounds").first?["steps"] as? Double)
    #expect(agrees(same, steps, relative: 0.02))
    let distance = try json(
      given + ["--error", "2", "--metric", "w2", "--support-radius", "5"])
    let kind = try list(distance, "bounds").first?["w2"] as? [String: Any]
    #expect(try #require(kind?["value"] as? Double) <= 2)
  }

  /// In a ratio the unknown constant cancels: doubling N halves the scale.
  @Test func ratiosCompareSettings() throws {
    let arguments = Self.known + ["--versus", "steps=1000", "--row", "ddpm-smooth"]
    let row = try #require(try list(try json(arguments), "published_rates").first)
    let terms = try list(row, "terms")
    #expect(terms.map { $0["ratio"] as? Double } == [1, 1, 2])
    #expect(try text(arguments).contains("2 times that of the other settings"))
  }

  @Test func targetsAreMeasured() throws {
    let path = Self.targets.appending(path: "circle_d10.json").path
    let report = try json([
      path, "--horizon", "4", "--stop", "0.01", "--steps", "100", "--points", "400", "--levels",
      "7",
    ])
    let inputs = try #require(report["inputs"] as? [String: [String: Any]])
    #expect(inputs["dimension"]?["value"] as? Double == 10)
    #expect(inputs["second_moment"]?["kind"] as? String == "known")
    #expect(inputs["intrinsic_dimension"]?["kind"] as? String == "estimate")
    #expect(try #require(inputs["intrinsic_dimension"]?["value"] as? Double) < 1.5)
    let bounds = try list(report, "bounds")
    func kind(_ name: String) -> String? {
      let bound = bounds.first { $0["name"] as? String == name }
      return (bound?["kl"] as? [String: Any])?["kind"] as? String
    }
    #expect(kind("denoiser-any") == "estimate" && kind("smooth") == "estimate")
    #expect(kind("score-any") == "bound" && kind("relative-any") == "bound")
  }

  @Test func modelsAreMeasuredOnData() throws {
    let folder = try Scratch()
    try folder.write(BrokenInputTests.table, to: "table.csv")
    #expect(try OrnsteinProcess.run(BrokenInputTests.fit, in: folder).status == 0)
    let options = ["--points", "30", "--levels", "3"]
    let bound = try OrnsteinProcess.run(
      ["bound", "model.safetensors", "--data", "table.csv", "--horizon", "4", "--steps", "50"]
        + options, in: folder)
    #expect(bound.status == 0, "\(bound.errors)")
    #expect(bound.output.contains("measured") && bound.output.contains("estimate"))
    let inspect = try OrnsteinProcess.run(
      ["inspect", "model.safetensors", "--statistics", "--data", "table.csv"] + options, in: folder)
    #expect(inspect.status == 0, "\(inspect.errors)")
    #expect(inspect.output.contains("denoising loss") && inspect.output.contains("30 points"))
    let missing = try OrnsteinProcess.run(["bound", "model.safetensors"], in: folder)
    #expect(missing.status == 2 && missing.reason.contains("--data"), "\(missing.errors)")
  }

  @Test func statisticsOfTargets() throws {
    let path = Self.targets.appending(path: "vertices_d8.json").path
    let arguments = ["inspect", path, "--statistics", "--points", "300", "--levels", "4"]
    let outcome = try OrnsteinProcess.run(arguments + ["--json"], in: try Scratch())
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(report["is_exact"] as? Bool == true)
    #expect((report["second_moment"] as? [String: Any])?["value"] as? Double == 8)
    let levels = try list(report, "levels")
    #expect(levels.count == 4)
    for level in levels {
      for key in ["denoising_loss", "score_loss", "squared_jacobian", "fisher_information"] {
        #expect((level[key] as? [String: Any])?["kind"] as? String == "estimate")
      }
      #expect((level["lipschitz"] as? [String: Any])?["largest"] as? Double != nil)
    }
    let threaded = try OrnsteinProcess.run(
      arguments + ["--json", "--threads", "3"], in: try Scratch())
    #expect(threaded.output == outcome.output)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32 = 2
    var says: [String]

    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let refusals: [Refusal] = [
    Refusal(arguments: ["--dimension", "1.5"], says: ["--dimension", "1.5", "whole"]),
    Refusal(arguments: ["--dimension", "-1"], says: ["--dimension"]),
    Refusal(arguments: ["--second-moment", "nan"], says: ["--second-moment", "0 or more"]),
    Refusal(arguments: ["--lipschitz", "0"], says: ["--lipschitz", "above 0"]),
    Refusal(arguments: ["--stop", "2", "--horizon", "1"], says: ["--stop", "below the horizon"]),
    Refusal(arguments: ["--horizon", "1e9"], says: ["--horizon", "300"]),
    Refusal(
      arguments: ["--dimension", "2", "--intrinsic-dimension", "3"],
      says: ["--intrinsic-dimension", "at most the dimension"]),
    Refusal(arguments: ["--steps", "10", "--error", "0.1"], says: ["--steps", "--error"]),
    Refusal(arguments: ["--error", "0"], says: ["--error", "above 0"]),
    Refusal(arguments: ["--error", "2"], says: ["--error", "1 or less"]),
    Refusal(arguments: ["--metric", "kl"], says: ["--metric", "--error"]),
    Refusal(arguments: ["--error", "0.1", "--metric", "fid"], says: ["\"fid\"", "kl, tv, w2"]),
    Refusal(arguments: ["--row", "ddpm-magic"], says: ["\"ddpm-magic\"", "ddpm-smooth"]),
    Refusal(arguments: ["--versus", "width=3"], says: ["\"width\"", "dimension"]),
    Refusal(
      arguments: ["--versus", "steps=3", "--versus", "steps=4"], says: ["\"steps\"", "twice"]),
    Refusal(arguments: ["--data", "table.csv"], says: ["--data", "model or a target"]),
    Refusal(arguments: ["absent.json"], status: 3, says: ["\"absent.json\"", "no such file"]),
    Refusal(
      arguments: ["absent.safetensors", "--data", "table.csv"], status: 3,
      says: ["\"absent.safetensors\"", "no such file"]),
    Refusal(
      arguments: ["target.json", "--dimension", "3"], says: ["--dimension", "2 coordinates"]),
    Refusal(arguments: ["target.json", "--points", "1"], says: ["--points", "between 2"]),
    Refusal(arguments: ["target.json", "--levels", "1"], says: ["--levels", "between 2"]),
    Refusal(
      arguments: ["target.json", "--data", "table.csv"], says: ["--data", "exact target"]),
  ]

  @Test(arguments: refusals) func badInputIsRefused(_ refusal: Refusal) throws {
    let folder = try Scratch()
    try folder.write(BrokenInputTests.target, to: "target.json")
    let outcome = try OrnsteinProcess.run(["bound"] + refusal.arguments, in: folder)
    #expect(outcome.status == refusal.status, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    let sentence = outcome.errors.split(separator: "\n").first.map(String.init) ?? ""
    for word in refusal.says { #expect(sentence.contains(word), "\(sentence)") }
    #expect(try folder.names == ["target.json"])
  }

  @Test(arguments: [
    Refusal(arguments: ["target.json", "--levels", "4"], says: ["--levels", "--statistics"]),
    Refusal(arguments: ["target.json", "--stop", "0.1"], says: ["--stop", "--statistics"]),
    Refusal(
      arguments: ["target.json", "--statistics", "--stop", "7"], says: ["stop"]),
    Refusal(
      arguments: ["target.json", "--statistics", "--stop", "0"], says: ["log-snr"]),
    Refusal(arguments: ["table.csv", "--statistics"], says: ["\"table.csv\"", "--data"]),
  ])
  func badStatisticsAreRefused(_ refusal: Refusal) throws {
    let folder = try Scratch()
    try folder.write(BrokenInputTests.target, to: "target.json")
    try folder.write(BrokenInputTests.table, to: "table.csv")
    let outcome = try OrnsteinProcess.run(["inspect"] + refusal.arguments, in: folder)
    #expect(outcome.status == refusal.status, "\(outcome.errors)")
    let sentence = outcome.errors.split(separator: "\n").first.map(String.init) ?? ""
    for word in refusal.says { #expect(sentence.contains(word), "\(sentence)") }
    #expect(try folder.names == ["target.json", "table.csv"])
  }
}
