import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Exact draws; every test states the probability that right code fails it.
@Suite struct MixtureDrawTests {
  /// The distribution function of the one-dimensional target.
  func distribution(_ x: Double) -> Double {
    let parts = [(0.3, -2.0, 0.25), (0.5, 0.5, 0.5), (0.2, 3.0, 1.0)]
    return parts.reduce(0) {
      $0 + $1.0 * StatisticalGate.normalDistribution((x - $1.1) / .sqrt($1.2))
    }
  }

  @Test func oneDimensionalDrawsFollowTheDistributionFunction() {
    let drawn = Targets.gm1(Double.self).drawExactly(rows: 0..<200_000, key: NoiseKey(seed: 11))
    let p = StatisticalGate.kolmogorovSmirnov(drawn.elements, distribution: distribution)
    #expect(p > 1e-6)  // false-alarm rate 1e-6
    let single = Targets.gm1(Float.self).drawExactly(rows: 0..<200_000, key: NoiseKey(seed: 12))
    let q = StatisticalGate.kolmogorovSmirnov(
      single.elements.map(Double.init), distribution: distribution)
    #expect(q > 1e-6)
  }

  @Test(arguments: Targets.files)
  func drawsHaveTheMomentsOfTheMixture(_ file: String) throws {
    let mixture = try GaussianMixture<Double>(Targets.description(file: file))
    let (d, n) = (mixture.dimension, 200_000)
    let drawn = mixture.drawExactly(rows: 0..<n, key: NoiseKey(seed: 13))
    let moments = mixture.moments
    let rate = 1e-6 / Double(d + d * d)
    for i in 0..<d {
      let centred = (0..<n).map { drawn[$0, i] - moments.mean[i] }
      #expect(StatisticalGate.meanAgrees(centred, expected: 0, falseAlarmRate: rate))
      for j in 0...i {
        let products = (0..<n).map { centred[$0] * (drawn[$0, j] - moments.mean[j]) }
        #expect(
          StatisticalGate.meanAgrees(
            products, expected: moments.covariance[i * d + j], falseAlarmRate: rate))
      }
    }
  }

  @Test func gaussianDrawsHaveTheCovariance() {
    let mixture = Targets.gaussian(Float.self)
    let drawn = mixture.drawExactly(rows: 0..<200_000, key: NoiseKey(seed: 14))
    let findings = StatisticalGate.deviations(
      of: drawn, fromGaussianWithMean: [1.5, -0.5], covariance: [0.25, 0.1, 0.1, 0.6],
      falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(findings)")
  }

  @Test func rowsComeOutAloneAsTogether() {
    let mixture = Targets.gm2(Float.self)
    let key = NoiseKey(seed: 15)
    let whole = mixture.drawExactly(rows: 0..<1000, key: key)
    for rows in [0..<1, 999..<1000, 17..<450] {
      #expect(mixture.drawExactly(rows: rows, key: key) == whole[rows])
    }
    let double = Targets.gm2(Double.self).drawExactly(rows: 0..<1000, key: key)
    #expect(double != whole.converted(to: Double.self))
  }
}
