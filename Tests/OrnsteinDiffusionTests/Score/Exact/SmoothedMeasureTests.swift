import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Points with noise against the mixture of normal laws about them.
@Suite struct SmoothedMeasureTests {
  static let bandwidth = 0.4

  static func both() throws -> (SmoothedMeasure<Double>, GaussianMixture<Double>) {
    let points = ExactExample.points
    let law = try SmoothedMeasure(
      EmpiricalMeasure(points: Batch(rows: points), weights: ExactExample.pointWeights),
      bandwidth: bandwidth)
    let mixture = try GaussianMixture<Double>(
      weights: ExactExample.pointWeights, means: points,
      covariances: points.map { _ in .isotropic(bandwidth * bandwidth) })
    return (law, mixture)
  }

  @Test func isTheMixtureOfItsPoints() throws {
    let (law, mixture) = try Self.both()
    let queries = Batch(rows: [[0.3, 0.2], [-2, 1], [1.4, 0.4], [5, -6]])
    let levels = ExactExample.levels + [NoiseLevel(time: 0, alpha: 1, sigma: 0)]
    for level in levels {
      #expect(
        agrees(
          law.score(of: queries, at: level).elements,
          mixture.score(of: queries, at: level).elements, relative: 1e-10, absolute: 1e-12))
      #expect(
        agrees(
          law.logDensity(of: queries, at: level), mixture.logDensity(of: queries, at: level),
          relative: 1e-10, absolute: 1e-11))
      #expect(
        agrees(
          law.hessian(of: queries, at: level), mixture.hessian(of: queries, at: level),
          relative: 1e-9, absolute: 1e-9))
      guard level.sigma > 0 else { continue }
      #expect(
        agrees(
          law.posteriorMean(of: queries, at: level), mixture.posteriorMean(of: queries, at: level),
          relative: 1e-10, absolute: 1e-12))
      #expect(
        agrees(
          law.posteriorCovariance(of: queries, at: level),
          mixture.posteriorCovariance(of: queries, at: level), relative: 1e-9, absolute: 1e-11))
    }
    #expect(agrees(law.moments.mean, mixture.moments.mean))
    #expect(agrees(law.moments.covariance, mixture.moments.covariance))
  }

  /// Without noise nothing is left to be found of X_0 but X_0.
  @Test func posteriorWithoutNoise() throws {
    let (law, _) = try Self.both()
    let queries = Batch(rows: [[0.3, 0.2], [-2, 1]])
    let level = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    #expect(agrees(law.posteriorMean(of: queries, at: level), queries.elements))
    #expect(law.posteriorCovariance(of: queries, at: level).allSatisfy { $0 == 0 })
  }

  /// Fails for right code with probability 2e-6.
  @Test func drawsFollowTheDistributionFunction() throws {
    let (law, _) = try Self.both()
    let drawn = law.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 3))
    for axis in 0..<2 {
      let p = StatisticalGate.kolmogorovSmirnov((0..<drawn.count).map { drawn[$0, axis] }) { x in
        zip(ExactExample.pointWeights, ExactExample.points).reduce(0) {
          $0 + $1.0 * StatisticalGate.normalDistribution((x - $1.1[axis]) / Self.bandwidth)
        }
      }
      #expect(p > 1e-6)
    }
    #expect(law.drawExactly(rows: 500..<700, key: NoiseKey(seed: 3)) == drawn[500..<700])
  }

  @Test(arguments: [0, -1, .nan, .infinity] as [Double]) func badBandwidths(_ bandwidth: Double)
    throws
  {
    let points = try EmpiricalMeasure(points: Batch(rows: [[0.0], [1.0]]))
    #expect(throws: TargetError.self) { try SmoothedMeasure(points, bandwidth: bandwidth) }
  }
}
