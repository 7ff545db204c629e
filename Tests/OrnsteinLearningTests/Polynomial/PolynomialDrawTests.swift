import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Unseparated mixtures are drawn from although their parameters cannot be recovered.
@Suite struct PolynomialDrawTests {
  /// The law of ancestral steps with a learned score in one dimension, by propagation of its density.
  ///
  /// Grid sums of Gaussian kernels at a third of their least deviation are exact to rounding.
  private func totalVariation(
    of score: PiecewisePolynomialScore<Double>, from target: GaussianMixture<Double>, steps: Int
  ) throws -> Double {
    let (horizon, stop) = (score.levels[0].addedVariance, 0.02)
    let process = OrnsteinUhlenbeck.canonical
    let levels = try GridSpecification(
      .logSNR, steps: steps, horizon: .log(onePlus: horizon) / 2, stop: .log(onePlus: stop) / 2
    ).levels(for: process)
    let start = score.moments.noised(at: levels[0])
    let spacing = 0.012
    let x = Array(stride(from: -7.0, through: 7.0, by: spacing))
    let points = Batch<Double>(x, dimension: 1)
    var density = x.map { Self.normal($0 - start.mean[0], start.covariance[0]) }
    for (t, s) in zip(levels, levels.dropFirst()) {
      let step = FrozenDenoiser().step(from: t, to: s)
      let scores = score.score(of: points, at: t).elements
      var next = [Double](repeating: 0, count: x.count)
      #expect(step.noise > 3 * spacing)
      for j in x.indices where density[j] > 1e-14 {
        let centre = step.position * x[j] + step.score * scores[j]
        let reach = 9 * step.noise
        let first = max(0, Int(((centre - reach + 7) / spacing).rounded(.up)))
        let last = min(x.count - 1, Int(((centre + reach + 7) / spacing).rounded(.down)))
        guard first <= last else { continue }
        for i in first...last {
          next[i] += density[j] * spacing * Self.normal(x[i] - centre, step.noise * step.noise)
        }
      }
      density = next
    }
    #expect(agrees(density.reduce(0, +) * spacing, 1, relative: 1e-6))
    // Rescaled by 1 / alpha, against the data without any noise.
    let alpha = levels[levels.count - 1].alpha
    let clean = NoiseLevel(time: 0, alpha: 1, sigma: 0)
    let truth = target.logDensity(of: Batch<Double>(x.map { $0 / alpha }, dimension: 1), at: clean)
    return zip(density, truth).reduce(0) {
      $0 + abs($1.0 - .exp($1.1) / alpha) * spacing / 2
    }
  }

  private static func normal(_ x: Double, _ variance: Double) -> Double {
    .exp(-x * x / (2 * variance)) / (2 * .pi * variance).squareRoot()
  }

  /// How many of some samples expectation-maximisation recovers the parameters from: every centre
  /// within a fifth of the separation, and the weights within 0.1.
  private func recoveries(
    of truth: GaussianMixture<Double>, by covariance: CovarianceKind, seeds: ClosedRange<UInt64>
  ) throws -> Int {
    let settings = ExpectationMaximizationSettings(
      components: truth.description.components.count, covariance: covariance, tolerance: 1e-8,
      iterationLimit: 400)
    return try seeds.filter { seed in
      let found = try ExpectationMaximization(settings).fit(
        truth.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: seed)),
        key: NoiseKey(seed: seed), threads: 2
      ).mixture
      let matching = try ComponentMatching(found, with: truth)
      return matching.largestCentreError < 0.1 && matching.weightError < 0.1
    }.count
  }

  @Test(arguments: zip([[-0.25, 0.25], [-0.5, 0, 0.5]], [[0.4, 0.6], [0.6, 0.15, 0.25]]))
  func unseparatedMixturesAreDrawn(means: [Double], weights: [Double]) throws {
    let mixture = try GaussianMixture<Double>(
      weights: weights, means: means.map { [$0] }, covariances: means.map { _ in .identity })
    let data = mixture.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 20))
    let learned = try PolynomialRegression(PolynomialSettings(baseVariance: .estimated))
      .fit(data, key: NoiseKey(seed: 21), threads: 2)
    let distance = try totalVariation(of: learned.score, from: mixture, steps: 60)
    #expect(distance < 0.05, "TV \(distance)")
    // The polynomials do not know the variance. Expectation-maximisation that knows it finds two components
    // from third moments at this number of rows, but not three; one that does not, not two.
    let covariance: CovarianceKind = means.count == 2 ? .isotropic : .identity
    #expect(try recoveries(of: mixture, by: covariance, seeds: 20...22) < 2)
  }

  @Test func unseparatedMixturesInThePlaneAreDrawnByTheSampler() throws {
    let means = [[-0.25, 0], [0.25, 0], [0, 0.433]]
    let mixture = try GaussianMixture<Double>(
      weights: [0.5, 0.3, 0.2], means: means, covariances: means.map { _ in .identity })
    let data = mixture.drawExactly(rows: 0..<100_000, key: NoiseKey(seed: 22))
    let learned = try PolynomialRegression().fit(data, key: NoiseKey(seed: 23), threads: 2)
    let draws = try learned.score.sampler(steps: 60, key: NoiseKey(seed: 24)).draw(
      rows: 0..<200_000, threads: 2)
    // Cells of width 0.5 within 4; exact masses are products of normal intervals.
    let (side, width, edge) = (16, 0.5, -4.0)
    var counts = [Double](repeating: 0, count: side * side + 1)
    for row in 0..<draws.count {
      let (i, j) = (
        Int(((draws[row, 0] - edge) / width).rounded(.down)),
        Int(((draws[row, 1] - edge) / width).rounded(.down))
      )
      let inside = (0..<side).contains(i) && (0..<side).contains(j)
      counts[inside ? i * side + j : side * side] += 1
    }
    func interval(_ k: Int, _ mean: Double) -> Double {
      let left = edge + Double(k) * width - mean
      return StatisticalGate.normalDistribution(left + width)
        - StatisticalGate.normalDistribution(left)
    }
    var (distance, noise, outside) = (0.0, 0.0, 1.0)
    func compare(_ mass: Double, _ count: Double) {
      distance += abs(mass - count / Double(draws.count)) / 2
      noise += (mass * (1 - mass) / (2 * .pi * Double(draws.count))).squareRoot()
    }
    for i in 0..<side {
      for j in 0..<side {
        let mass = zip([0.5, 0.3, 0.2], means).reduce(0) {
          $0 + $1.0 * interval(i, $1.1[0]) * interval(j, $1.1[1])
        }
        outside -= mass
        compare(mass, counts[i * side + j])
      }
    }
    compare(max(outside, 0), counts[side * side])
    #expect(distance < 0.05, "TV \(distance), of which noise \(noise)")
  }

  @Test func drawsOfACircleLieOnIt() throws {
    let target = try SmoothedTarget.circle(radius: 2, dimension: 10, baseVariance: 0.04)
    var settings = PolynomialSettings(baseVariance: .known(0.04))
    settings.minimumWeight = 0.05
    let learned = try PolynomialRegression(settings).fit(
      target.draw(30_000, seed: 30).data, key: NoiseKey(seed: 31), threads: 2)
    let draws = try learned.score.sampler(steps: 100, key: NoiseKey(seed: 32)).draw(
      rows: 0..<10_000, threads: 2)
    func statistics(_ points: Batch<Double>) -> (radius: [Double], outside: [Double]) {
      var (radii, outside) = ([Double](), [Double]())
      for row in 0..<points.count {
        let a = points[row, 0]
        let b = 0.6 * points[row, 1] + 0.8 * points[row, 2]
        radii.append((a * a + b * b).squareRoot())
        outside.append(
          points.point(row).reduce(0) { $0 + $1 * $1 } - a * a - b * b)
      }
      return (radii, outside)
    }
    let drawn = statistics(draws)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    // Exact: radius near 2 + s^2 / 4, deviation s; eight directions of variance s^2 outside the plane.
    #expect(abs(mean(drawn.radius) - 2.01) < 0.02)
    #expect(agrees(mean(drawn.radius.map { ($0 - 2.01) * ($0 - 2.01) }), 0.04, relative: 0.1))
    #expect(agrees(mean(drawn.outside), 0.32, relative: 0.05))
  }
}
