import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// The table of published rates: exponents as published, text and value of one expression.
@Suite struct ConvergenceTableTests {
  /// The powers of the steps that suffice, as the papers state them.
  static let published: [(row: String, exponents: [BoundInput: Double])] = [
    ("ddpm-smooth", [.dimension: 1, .lipschitz: 2, .error: -2]),
    ("ddpm-smooth-data", [.dimension: 2, .error: -2]),
    ("ddpm-early-stopping", [.dimension: 2, .error: -2]),
    ("ddpm-localization", [.dimension: 1, .error: -2]),
    ("ddpm-fisher", [.fisherInformation: 1, .error: -2]),
    ("ddpm-chain", [.error: -2]),
    ("ddpm-first-moment", [.dimension: 1, .error: -1]),
    ("ddpm-optimal", [.error: -1]),
    ("accelerated-sde", [.error: -1]),
    ("accelerated-minimal", [.dimension: 1.25, .error: -0.5]),
    ("flow-chain", [.dimension: 2, .error: -1]),
    ("flow-sharp", [.dimension: 1, .error: -1]),
    ("accelerated-ode", [.error: -0.5]),
    ("midpoint-relaxed", [.error: -2.0 / 3]),
    ("midpoint-smooth", [.dimension: 5.0 / 12, .lipschitz: 5.0 / 3, .error: -1]),
    ("dpom", [.dimension: 1, .lipschitz: 3, .error: -2]),
    ("dpum", [.dimension: 0.5, .lipschitz: 2, .error: -1]),
    ("ddpm-adapted", [.intrinsicDimension: 1, .dimension: 0, .error: -1]),
    ("ddpm-manifold", [.intrinsicDimension: 1, .dimension: 0, .error: -2]),
    ("adapted-total-variation", [.intrinsicDimension: 1, .dimension: 0, .error: -1]),
  ]

  static let usual: [BoundInput: Double] = [
    .dimension: 16, .secondMoment: 20, .lipschitz: 9, .scoreError: 0.1, .jacobianError: 0.2,
    .stop: 0.01, .horizon: 3, .steps: 500, .predictorStep: 0.01, .correctorStep: 0.002,
    .intrinsicDimension: 3, .fisherInformation: 12, .relativeEntropy: 5, .supportRadius: 8,
    .error: 0.05,
  ]

  @Test(arguments: published)
  func complexityHasThePublishedPowers(
    _ name: String, _ exponents: [BoundInput: Double]
  ) throws {
    let complexity = try #require(ConvergenceTable.row(named: name)?.complexity)
    for (input, exponent) in exponents {
      #expect(complexity.exponent(of: input) == exponent, "\(name), \(input)")
      let once = try #require(complexity.value(for: BoundInputs(Self.usual)))
      var doubled = Self.usual
      // Halves the error and doubles the rest, so that every value stays allowed.
      let factor = input == .error ? 0.5 : 2
      doubled[input] = try #require(doubled[input]) * factor
      let twice = try #require(complexity.value(for: BoundInputs(doubled)))
      #expect(agrees(twice / once, .pow(factor, exponent)), "\(name), \(input)")
    }
  }

  /// The powers of each term in N, d, L and the errors.
  @Test(arguments: [
    ("ddpm-smooth", 2, BoundInput.steps, -1.0), ("ddpm-smooth", 2, .lipschitz, 2),
    ("ddpm-smooth", 2, .dimension, 1), ("ddpm-smooth", 2, .horizon, 2),
    ("ddpm-smooth", 1, .scoreError, 2), ("ddpm-early-stopping", 2, .dimension, 2),
    ("ddpm-localization", 2, .steps, -1), ("ddpm-localization", 2, .dimension, 1),
    ("ddpm-localization", 0, .dimension, 1), ("ddpm-fisher", 2, .fisherInformation, 1),
    ("ddpm-chain", 0, .steps, -0.5), ("ddpm-optimal", 0, .steps, -2),
    ("accelerated-sde", 0, .steps, -1), ("accelerated-ode", 0, .steps, -2),
    ("flow-chain", 0, .dimension, 2), ("flow-chain", 1, .dimension, 6),
    ("flow-chain", 2, .scoreError, 1), ("flow-chain", 2, .dimension, 0.5),
    ("flow-chain", 3, .jacobianError, 1), ("flow-chain", 3, .dimension, 1),
    ("flow-sharp", 0, .steps, -1), ("dpom", 1, .lipschitz, 0.5), ("dpom", 2, .lipschitz, 2),
    ("dpom", 2, .predictorStep, 1), ("dpom", 2, .dimension, 0.5), ("dpom", 3, .lipschitz, 1.5),
    ("dpom", 3, .correctorStep, 0.5), ("dpom", 3, .dimension, 0.5),
    ("dpum", 3, .correctorStep, 1), ("dpum", 3, .dimension, 0.5), ("dpum", 3, .horizon, 1),
    ("ddpm-manifold", 0, .intrinsicDimension, 1),
  ])
  func termsHaveThePublishedPowers(
    _ name: String, _ term: Int, _ input: BoundInput, _ exponent: Double
  ) throws {
    let row = try #require(ConvergenceTable.row(named: name))
    #expect(row.terms[term].scaling.exponent(of: input) == exponent)
    let once = row.terms[term].scaling.value(for: try BoundInputs(Self.usual))
    var doubled = Self.usual
    doubled[input] = try #require(doubled[input]) * 2
    let twice = row.terms[term].scaling.value(for: try BoundInputs(doubled))
    #expect(agrees(try #require(twice) / (try #require(once)), .pow(2, exponent)))
  }

  /// More steps never raise a term, larger errors, dimensions and Lipschitz constants never lower one.
  @Test(arguments: ConvergenceTable.rows.map(\.name))
  func termsAreMonotone(_ name: String) throws {
    let row = try #require(ConvergenceTable.row(named: name))
    let base = try BoundInputs(Self.usual)
    let grows: [BoundInput] = [
      .dimension, .secondMoment, .lipschitz, .scoreError, .jacobianError, .predictorStep,
      .correctorStep, .intrinsicDimension, .fisherInformation, .relativeEntropy,
    ]
    for (part, term) in row.terms.map({ ($0.part, $0.scaling) }) {
      let once = try #require(term.value(for: base, in: row.convention))
      #expect(once > 0 && once.isFinite)
      for input in grows {
        let more = try base.setting(input, to: try #require(base[input]) * 2)
        #expect(try #require(term.value(for: more, in: row.convention)) >= once)
      }
      // The factors of score errors grow with log N in the papers on chains.
      if part != .score, part != .jacobian {
        let finer = try base.setting(.steps, to: 1000)
        #expect(try #require(term.value(for: finer, in: row.convention)) <= once)
      }
      let sooner = try base.setting(.stop, to: 0.005)
      #expect(try #require(term.value(for: sooner, in: row.convention)) >= once)
    }
    if let complexity = row.complexity {
      let easier = try base.setting(.error, to: 0.2)
      let (once, less) = (complexity.value(for: base), complexity.value(for: easier))
      #expect(try #require(less) <= (try #require(once)))
    }
  }

  /// Times of papers with the slow clock are twice the canonical ones.
  @Test func slowTimesAreConverted() throws {
    let row = try #require(ConvergenceTable.row(named: "ddpm-smooth"))
    let inputs = try BoundInputs(Self.usual)
    let values = row.terms.map { $0.scaling.value(for: inputs, in: row.convention) }
    #expect(agrees(try #require(values[0]), 36 * .exp(-6)))
    #expect(agrees(try #require(values[1]), 6 * 0.01))
    #expect(agrees(try #require(values[2]), 81 * 36 * 16 / 500))
    let early = try #require(ConvergenceTable.row(named: "ddpm-early-stopping"))
    let expected = (Double.log(50) + 6) * (Double.log(50) + 6) * 256 / 500
    #expect(
      agrees(
        try #require(early.terms[2].scaling.value(for: inputs, in: early.convention)), expected))
  }

  @Test func formulasReadAsInThePapers() throws {
    func texts(_ name: String) throws -> [String] {
      let row = try #require(ConvergenceTable.row(named: name))
      return row.terms.map { $0.scaling.description } + [row.complexity?.description ?? ""]
    }
    #expect(
      try texts("ddpm-smooth") == [
        "(M₂ + d) e^(-T)", "T ε_score²", "L² T² d / N", "d L² / ε²",
      ])
    #expect(try texts("ddpm-early-stopping")[2] == "(log(1/δ) + T)² d² / N")
    #expect(
      try texts("flow-chain") == [
        "d² log⁴(N) / N", "d⁶ log⁶(N) / N²", "√d log^(3/2)(N) ε_score", "d log(N) ε_J",
        "d² / ε",
      ])
    #expect(
      try texts("dpum") == [
        "(√d + 𝔪₂) e^(-T)", "√L T ε_score", "L² T √d h_pred", "L^(3/2) T √d h_corr",
        "L² √d / ε",
      ])
    #expect(try texts("dpom")[3] == "L^(3/2) T √(d h_corr)")
    #expect(try texts("midpoint-smooth")[0] == "L^(5/3) d^(5/12) / ε")
    #expect(
      try texts("midpoint-relaxed")[0]
        == "min{d, d^(2/3) L^(1/3), d^(1/3) L} / ε^(2/3)")
    #expect(try texts("accelerated-minimal")[0] == "d^(5/4) / √ε")
    #expect(try texts("accelerated-ode") == ["1 / N²", "1 / √ε"])
    #expect(try texts("ddpm-optimal")[0] == "d min{d, L²} / N²")
  }

  @Test func rowsAreWhole() {
    let names = ConvergenceTable.rows.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count >= 23)
    let ours = Set(PredictorSpecification.names + CorrectorSpecification.names)
    for row in ConvergenceTable.rows {
      #expect(row.samplers.allSatisfy(ours.contains), "\(row.name)")
      #expect(!row.sources.isEmpty && row.sources.allSatisfy { $0.arXiv.contains(".") })
      #expect(row.complexity != nil || row.lowerBound != nil)
    }
  }

  @Test func accuraciesFollowTheMeasure() throws {
    let divergence = try #require(ConvergenceTable.row(named: "ddpm-smooth"))
    #expect(divergence.accuracy(for: 0.04, in: .kullbackLeibler) == 0.2)
    #expect(agrees(divergence.accuracy(for: 0.1, in: .totalVariation) ?? 0, 2.0.squareRoot() / 10))
    #expect(divergence.accuracy(for: 0.1, in: .wasserstein) == nil)
    let variation = try #require(ConvergenceTable.row(named: "dpum"))
    #expect(variation.accuracy(for: 0.1, in: .totalVariation) == 0.1)
    #expect(variation.accuracy(for: 0.1, in: .kullbackLeibler) == nil)
  }
}
