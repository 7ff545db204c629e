import OrnsteinLearning
import RealModule
import TestSupport
import Testing

@Suite struct LevelDistributionTests {
  static let laws: [LevelDistribution] = [
    .uniform, .logNormal(mean: -1.2, deviation: 1.2), .logNormal(mean: 2, deviation: 0.5),
  ]

  @Test(arguments: laws)
  func densityIsTheDerivativeOfTheQuantile(law: LevelDistribution) {
    let range = -5.0...7.0
    for u in [0.001, 0.02, 0.3, 0.5, 0.77, 0.99, 0.9999] {
      let h = 1e-3 * min(u, 1 - u)
      let slope = (law.quantile(u + h, in: range) - law.quantile(u - h, in: range)) / (2 * h)
      let density = law.density(law.quantile(u, in: range), in: range)
      // Curvature errs by about (h / u)^2 / 3, rounding by 1e-15 / h.
      #expect(agrees(slope * density, 1, relative: 1e-5))
    }
    #expect(law.quantile(0, in: range) >= -5 && law.quantile(1, in: range) <= 7)
  }

  @Test func logNormalQuantilesAreThoseOfTheNormal() {
    // Phi^-1(0.975) and Phi^-1(0.999); the range cuts nothing that double precision sees.
    let law = LevelDistribution.logNormal(mean: -1.2, deviation: 1.2)
    let range = -30.0...30.0
    #expect(agrees(law.quantile(0.975, in: range), 1.2 + 1.2 * 1.959963984540054, relative: 1e-12))
    #expect(agrees(law.quantile(0.001, in: range), 1.2 - 1.2 * 3.090232306167813, relative: 1e-12))
    #expect(agrees(law.quantile(0.5, in: range), 1.2, relative: 1e-12))
  }

  @Test func densityIntegratesToOne() {
    for law in Self.laws {
      let (n, range) = (12_000, -2.0...4.0)
      let h = 6 / Double(n)
      let sum = (0..<n).reduce(0.0) {
        $0 + law.density(-2 + (Double($1) + 0.5) * h, in: range) * h
      }
      #expect(agrees(sum, 1, relative: 1e-6))
    }
  }

  @Test func scalesAreCanonical() {
    for logSNR in [-30.0, -7, -0.5, 0, 0.5, 9, 30] {
      let (alpha, sigma) = LevelDistribution.scales(logSNR)
      #expect(agrees(alpha * alpha + sigma * sigma, 1, relative: 1e-15))
      #expect(agrees(alpha / sigma, .exp(logSNR), relative: 1e-14))
    }
  }
}
