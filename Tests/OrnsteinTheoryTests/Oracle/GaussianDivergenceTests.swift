import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct GaussianDivergenceTests {
  let a = GaussianLaw(mean: [0.2, -0.4], covariance: [1, 0.3, 0.3, 0.5])
  let b = GaussianLaw(mean: [0, 0.5], covariance: [0.8, -0.1, -0.1, 1.2])

  @Test func divergencesHaveTheirGoldenValues() throws {
    let line = GaussianLaw(mean: 0.3, variance: 0.8)
    #expect(
      agrees(
        try line.klDivergence(to: GaussianLaw(mean: -0.2, variance: 1.5)), 0.16430432971119,
        relative: 1e-12))
    #expect(agrees(try a.klDivergence(to: b), 0.64120504402706, relative: 1e-12))
    #expect(agrees(try a.frechetDistance(to: b), 1.1324240788256, relative: 1e-12))
    let standard = GaussianLaw(mean: 0, variance: 1)
    #expect(
      agrees(
        try standard.totalVariation(to: GaussianLaw(mean: 0.5, variance: 1)), 0.19741265136585,
        relative: 1e-12))
    #expect(
      agrees(
        try standard.totalVariation(to: GaussianLaw(mean: 0.5, variance: 2)), 0.22079727790048,
        relative: 1e-12))
  }

  /// In two dimensions W2^2 = |dm|^2 + tr A + tr B - 2 sqrt(tr(AB) + 2 sqrt(det A det B)).
  @Test func planesHaveAFormulaOfTheirOwn() throws {
    let product = 1 * 0.8 + 2 * 0.3 * -0.1 + 0.5 * 1.2
    let determinants = (0.5 - 0.09) * (0.96 - 0.01)
    let expected =
      0.04 + 0.81 + 1.5 + 2.0 - 2 * (product + 2 * determinants.squareRoot()).squareRoot()
    #expect(agrees(try a.frechetDistance(to: b), expected, relative: 1e-12))
    #expect(agrees(try b.frechetDistance(to: a), expected, relative: 1e-12))
    #expect(agrees(try a.wassersteinDistance(to: b), expected.squareRoot(), relative: 1e-12))
  }

  /// Commuting covariances: sum of (sqrt c_1 - sqrt c_2)^2; singular ones are allowed.
  @Test func singularLawsHaveADistance() throws {
    let flat = GaussianLaw(mean: [0, 0], covariance: [4, 0, 0, 0])
    let round = GaussianLaw(mean: [1, 0], covariance: [1, 0, 0, 9])
    #expect(agrees(try flat.frechetDistance(to: round), 1 + 1 + 9, relative: 1e-12))
    #expect(try flat.klDivergence(to: round) == .infinity)
    #expect(throws: OracleError.self) { try round.klDivergence(to: flat) }
    #expect(throws: OracleError.self) {
      try flat.frechetDistance(to: GaussianLaw(mean: 0, variance: 1))
    }
  }

  /// Second-order expansions of both between laws that differ in the ninth digit.
  @Test(arguments: [1e-3, 1e-6, 1e-9])
  func smallDivergencesKeepTheirDigits(_ epsilon: Double) throws {
    let near = GaussianLaw(
      mean: a.mean, covariance: a.covariance.map { $0 * (1 + epsilon) })
    // q = epsilon along both axes: KL = q^2 / 2 - q^3 / 3 + q^4 / 4 - ...
    let q = a.covariance.indices.map { near.covariance[$0] / a.covariance[$0] - 1 }[0]
    let expected = q * q / 2 - q * q * q / 3 + q * q * q * q / 4
    #expect(agrees(try near.klDivergence(to: a), expected, relative: 1e-6 + epsilon * epsilon))
    let spread = ((1 + epsilon).squareRoot() - 1) * (1.5).squareRoot()
    #expect(agrees(try near.wassersteinDistance(to: a), spread, relative: 1e-5))
  }

  @Test func bracketsHoldTheDistance() throws {
    let standard = GaussianLaw(mean: 0, variance: 1)
    for (mean, variance) in [(0.0, 1.3), (0.5, 1.0), (0.5, 2.0), (-3.0, 0.1), (1e-4, 1.0001)] {
      let other = GaussianLaw(mean: mean, variance: variance)
      let distance = try standard.totalVariation(to: other)
      let bracket = try standard.totalVariationBracket(to: other)
      #expect(bracket.lower <= distance && distance <= bracket.upper)
      #expect(agrees(try other.totalVariation(to: standard), distance, relative: 1e-9))
      // The overlap of normal laws on the line: sqrt(2 s t / (s^2 + t^2)) exp(-m^2 / 4(s^2 + t^2)).
      let overlap =
        (2 * variance.squareRoot() / (1 + variance)).squareRoot()
        * Double.exp(-mean * mean / (4 * (1 + variance)))
      #expect(agrees(try standard.bhattacharyyaCoefficient(with: other), overlap, relative: 1e-12))
    }
    #expect(throws: OracleError.self) { try a.totalVariation(to: b) }
    let bracket = try a.totalVariationBracket(to: b)
    #expect(0 < bracket.lower && bracket.lower < bracket.upper && bracket.upper < 1)
  }

  /// Against a trapezoid sum of |p - q| / 2.
  @Test func totalVariationIsTheIntegral() throws {
    let (p, q) = (GaussianLaw(mean: 1, variance: 0.5), GaussianLaw(mean: 0.2, variance: 3))
    func density(_ law: GaussianLaw, _ x: Double) -> Double {
      let v = law.covariance[0]
      return .exp(-(x - law.mean[0]) * (x - law.mean[0]) / (2 * v)) / (2 * .pi * v).squareRoot()
    }
    let step = 1e-4
    let sum = (-200_000...200_000).reduce(0) {
      $0 + abs(density(p, Double($1) * step) - density(q, Double($1) * step)) * step / 2
    }
    #expect(agrees(try p.totalVariation(to: q), sum, relative: 1e-7))
  }
}
