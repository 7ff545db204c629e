import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// One step on the law itself: the trapezoidal rule on a grid, whose error falls faster than any
/// exponential for normal densities.
@Suite struct ExpectationMaximizationGoldenTests {
  private static func grid(_ means: [[Double]], _ weights: [Double]) -> (Batch<Double>, [Double]) {
    var (points, densities): ([Double], [Double]) = ([], [])
    for i in -100...100 {
      for j in -100...100 {
        let x = [Double(i) / 10, Double(j) / 10]
        points += x
        densities.append(
          zip(means, weights).reduce(0) { sum, component in
            let (mean, weight) = component
            let square = (x[0] - mean[0]) * (x[0] - mean[0]) + (x[1] - mean[1]) * (x[1] - mean[1])
            return sum + weight * .exp(-square / 2)
          })
      }
    }
    return (Batch(points, dimension: 2), densities)
  }

  private static func step(
    truth: [[Double]], weights: [Double], student: [[Double]]
  ) throws -> GaussianMixtureDescription {
    let (points, densities) = grid(truth, weights)
    let mixture = try GaussianMixture<Double>(
      weights: weights, means: student,
      covariances: student.map { _ in .identity })
    return try ExpectationMaximization.step(
      mixture, on: points, weights: densities, covariance: .identity, threads: 2
    ).mixture.description
  }

  @Test func twoSymmetricComponents() throws {
    let next = try Self.step(
      truth: [[1.2, 0.4], [-1.2, -0.4]], weights: [0.5, 0.5],
      student: [[0.5, -0.3], [-0.5, 0.3]])
    let expected = [0.78192833809, -0.06362699806]
    #expect(agrees(next.components[0].mean, expected, absolute: 1e-7))
    #expect(agrees(next.components[1].mean, expected.map { -$0 }, absolute: 1e-7))
  }

  @Test func threeComponents() throws {
    let truth = [[2, 0], [-1, 1.5], [-0.5, -2]]
    let shifts = [[0.3, -0.2], [0.1, 0.4], [-0.3, 0.2]]
    let next = try Self.step(
      truth: truth, weights: [0.5, 0.3, 0.2],
      student: zip(truth, shifts).map { zip($0, $1).map(+) })
    let expected = [
      [2.0458239797, -0.0582897618], [-0.9215305126, 1.5868020795],
      [-0.5957423259, -1.8404852279],
    ]
    for (component, mean) in zip(next.components, expected) {
      #expect(agrees(component.mean, mean, absolute: 1e-7))
    }
  }

  /// The same start, the same number of steps, five sets of data, the kinds of covariances that
  /// scikit-learn has, and the identity.
  @Test(arguments: GoldenFit.all.map(\.name))
  func logLikelihoodsOfScikitLearn(of name: String) throws {
    let golden = try #require(GoldenFit.all.first { $0.name == name })
    let points = Batch(
      golden.points.split(separator: " ").compactMap { Double($0) }, dimension: golden.dimension)
    let labels = golden.labels.compactMap(\.wholeNumberValue)
    #expect(
      golden.fits.map(\.kind).sorted() == ["diagonal", "full", "identity", "isotropic", "tied"])
    for fit in golden.fits {
      let kind = try #require(CovarianceKind(rawValue: fit.kind))
      let settings = ExpectationMaximizationSettings(
        components: golden.components, covariance: kind, start: .labels(labels), tolerance: 0,
        iterationLimit: GoldenFit.iterations, reseedLimit: 0)
      let result = try ExpectationMaximization(settings).fit(
        points, key: NoiseKey(seed: 0), threads: 2)
      #expect(result.record.iterations == GoldenFit.iterations)
      #expect(
        agrees(result.record.logLikelihood, fit.logLikelihood, relative: 1e-6),
        "\(kind): \(result.record.logLikelihood), not \(fit.logLikelihood)")
      let weights = result.mixture.description.components.map(\.weight)
      #expect(agrees(weights, fit.weights, absolute: 1e-6), "\(kind)")
      guard let needed = fit.needed else { continue }
      let converged = try ExpectationMaximization(
        ExpectationMaximizationSettings(
          components: golden.components, covariance: kind, start: .labels(labels), reseedLimit: 0)
      ).fit(points, key: NoiseKey(seed: 0), threads: 2)
      #expect(converged.record.isConverged && converged.record.iterations == needed, "\(kind)")
    }
  }
}
