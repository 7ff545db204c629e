import OrnsteinDiffusion
import OrnsteinTheory
import Testing
import TestSupport

/// KL and total variation of the exact density of a sampler's points from the noised mixture, from
/// time 2 to 0.05 on a log-SNR grid, started at N(0, 1).
@Suite struct DensityTableTests {
  struct Row {
    let method: TabledMethod
    let divergence: [Int: Double]
    let totalVariation: [Int: Double]
  }

  static let rows: [Row] = [
    Row(
      method: .eulerMaruyama,
      divergence: [10: 0.00917212173, 20: 0.00275752814, 40: 0.000800375052],
      totalVariation: [10: 0.0525031348, 20: 0.0282702707, 40: 0.0148007998]),
    Row(
      method: .frozenScore,
      divergence: [10: 0.00855665491, 20: 0.00232807618, 40: 0.000619813858],
      totalVariation: [10: 0.0515362791, 20: 0.0263845697, 40: 0.0134107043]),
    Row(
      method: .frozenRelativeScore,
      divergence: [10: 0.0208136512, 20: 0.00593476794, 40: 0.00166792030],
      totalVariation: [10: 0.0748650573, 20: 0.0399721082, 40: 0.0207343899]),
    Row(
      method: .frozenDenoiser,
      divergence: [10: 0.0239039186, 20: 0.00607124951, 40: 0.00160570369],
      totalVariation: [10: 0.0761793967, 20: 0.0390428512, 40: 0.0199708808]),
    Row(
      method: .frozenNoise,
      divergence: [10: 0.00410781134, 20: 0.00111725677, 40: 0.000314426302],
      totalVariation: [10: 0.0360304100, 20: 0.0184022226, 40: 0.00944677036]),
    Row(
      method: .probabilityFlow,
      divergence: [10: 0.00831559683, 20: 0.00344269749, 40: 0.00190967853],
      totalVariation: [10: 0.0451398629, 20: 0.0264745160, 40: 0.0180632174]),
    Row(
      method: .denoisingDiffusionImplicit,
      divergence: [10: 0.0126043949, 20: 0.00483494507, 40: 0.00247367956],
      totalVariation: [10: 0.0530130440, 20: 0.0314829091, 40: 0.0219381008]),
  ]

  @Test(arguments: rows, [10, 20, 40])
  func densitiesAreThoseOfTheTable(_ row: Row, _ steps: Int) throws {
    let levels = try levels(.logSNR, steps: steps, horizon: 2, stop: 0.05)
    let oracle = try DensityOracle(Targets.gm1, grid: DensityGrid(-9...9, count: 1201))
    let density = try oracle.density(after: row.method.program(along: levels), at: levels[0])
    let comparison = try oracle.compare(density, withNoisedAt: levels[steps])
    let divergence = try #require(row.divergence[steps])
    let totalVariation = try #require(row.totalVariation[steps])
    #expect(agrees(comparison.referenceToDensity, divergence, relative: 0, absolute: 1e-9))
    #expect(agrees(comparison.totalVariation, totalVariation, relative: 0, absolute: 5e-7))
    #expect(agrees(density.mass, 1, relative: 1e-8))
  }
}
