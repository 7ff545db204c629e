import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct ExpectationStepTests {
  private func settings(
    _ kind: CovarianceKind, components: Int = 3, start: MixtureStart = .kMeans
  ) -> ExpectationMaximizationSettings {
    ExpectationMaximizationSettings(
      components: components, covariance: kind, start: start, tolerance: 0, iterationLimit: 30,
      reseedLimit: 0)
  }

  /// A start that is far from the end.
  private static let start = GaussianMixtureDescription(
    name: "start", dimension: 3,
    components: [
      .init(weight: 0.3, mean: [1, 1, 0]), .init(weight: 0.3, mean: [3, 2, 0]),
      .init(weight: 0.4, mean: [0, 3, 1]),
    ])

  /// Whole rows and rows with holes, by the definition and in one step.
  @Test(arguments: [0, 3, 2])
  func aStepIsTheDefinition(holes: Int) throws {
    let truth = try MixtureSamples.three()
    var points = MixtureSamples.draw(truth, rows: 211, seed: 1)
    if holes > 0 { points = MixtureSamples.withHoles(points, every: holes) }
    let components = truth.description.components
    let shifted = try GaussianMixture<Double>(
      weights: [0.2, 0.5, 0.3], means: components.map { $0.mean.map { $0 + 0.7 } },
      covariances: components.map(\.covariance))
    let expected = MixtureSamples.step(
      weights: [0.2, 0.5, 0.3], means: shifted.description.components.map(\.mean),
      covariances: components.map { MixtureSamples.rows($0.covariance) }, points: points,
      ridge: 1e-3)
    let (next, logLikelihood) = try ExpectationMaximization.step(
      shifted, on: points, covariance: .full, ridge: 1e-3, threads: 2)
    #expect(agrees(logLikelihood, expected.logLikelihood, relative: 1e-12))
    for (k, component) in next.description.components.enumerated() {
      #expect(agrees(component.weight, expected.weights[k], relative: 1e-11))
      #expect(agrees(component.mean, expected.means[k], absolute: 1e-11))
      #expect(
        agrees(
          MixtureSamples.rows(component.covariance).flatMap(\.self),
          expected.covariances[k].flatMap(\.self), absolute: 1e-10))
    }
  }

  /// Components so narrow and far apart that products of coordinates lose all digits.
  @Test func narrowComponentsFarAwayKeepTheirDigits() throws {
    let offsets = [0.0, 1e6]
    let covariance = [[4e-4, 1e-4], [1e-4, 1e-4]]
    let near = try GaussianMixture<Double>(
      weights: [1], means: [[0, 0]], covariances: [.full(covariance)])
    let noise = MixtureSamples.draw(near, rows: 400, seed: 2)
    let far = Batch(
      (0..<400).flatMap { row in noise.point(row).map { $0 + offsets[row % 2] } }, dimension: 2)
    let start = try GaussianMixture<Double>(
      weights: [0.5, 0.5], means: offsets.map { [$0 + 0.01, $0] },
      covariances: offsets.map { _ in .full(covariance) })
    let next = try ExpectationMaximization.step(
      start, on: far, covariance: .full, ridge: 0, threads: 1
    ).mixture.description
    for (k, offset) in offsets.enumerated() {
      let rows = (0..<200).map { row in far.point(2 * row + k).map { $0 - offset } }
      let mean = (0..<2).map { axis in rows.reduce(0) { $0 + $1[axis] } / 200 }
      #expect(agrees(next.components[k].mean.map { $0 - offset }, mean, absolute: 1e-9))
      for i in 0..<2 {
        for j in 0..<2 {
          let spread = rows.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / 200
          #expect(
            agrees(
              MixtureSamples.rows(next.components[k].covariance)[i][j], spread, absolute: 1e-11))
        }
      }
    }
  }

  @Test(arguments: CovarianceKind.allCases)
  func theLogLikelihoodNeverFalls(kind: CovarianceKind) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 700, seed: 3)
    for points in [points, MixtureSamples.withHoles(points, every: 4)] {
      var settings = settings(kind, start: .mixture(Self.start))
      settings.ridge = 0
      let record = try ExpectationMaximization(settings).fit(
        points, key: NoiseKey(seed: 1), threads: 2
      ).record
      #expect(record.logLikelihoods.count == 31)
      for (before, after) in zip(record.logLikelihoods, record.logLikelihoods.dropFirst()) {
        #expect(after >= before - 1e-12)
      }
      #expect(record.logLikelihood > record.logLikelihoods[0] + 0.1)
    }
  }

  @Test(arguments: CovarianceKind.allCases)
  func weightsAreRepeatedRows(kind: CovarianceKind) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 150, seed: 4)
    let holed = MixtureSamples.withHoles(points, every: 5)
    let weights = (0..<150).map { Double($0 % 4) }
    for points in [points, holed] {
      let repeated = Batch(
        (0..<150).flatMap { row in
          (0..<Int(weights[row])).flatMap { _ in points.point(row) }
        }, dimension: 3)
      let learner = try ExpectationMaximization(settings(kind, start: .mixture(Self.start)))
      let key = NoiseKey(seed: 1)
      let weighted = try learner.fit(points, weights: weights, key: key, threads: 1)
      let plain = try learner.fit(repeated, key: key, threads: 1)
      #expect(
        agrees(weighted.record.logLikelihoods, plain.record.logLikelihoods, relative: 1e-9))
      #expect(
        agrees(
          weighted.record.bayesianInformation, plain.record.bayesianInformation, relative: 1e-9))
      for (a, b) in zip(
        weighted.mixture.description.components, plain.mixture.description.components)
      {
        #expect(agrees(a.mean, b.mean, absolute: 1e-7))
      }
    }
  }

  @Test(arguments: CovarianceKind.allCases)
  func bitsDoNotDependOnThreads(kind: CovarianceKind) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 9000, seed: 5)
    for points in [points, MixtureSamples.withHoles(points, every: 6)] {
      var settings = settings(kind)
      settings.iterationLimit = 3
      let learner = try ExpectationMaximization(settings)
      let one = try learner.fit(points, key: NoiseKey(seed: 2), threads: 1)
      let three = try learner.fit(points, key: NoiseKey(seed: 2), threads: 3)
      #expect(one.mixture.description == three.mixture.description)
      #expect(one.record == three.record)
    }
  }

  /// The log-density of a row with holes is that of the marginal mixture.
  @Test func densitiesOfRowsWithHolesAreMarginal() throws {
    let mixture = try MixtureSamples.three()
    let points = MixtureSamples.draw(mixture, rows: 20, seed: 6)
    var holed = points
    for row in 0..<20 { holed[row, 1] = .nan }
    let marginal = try GaussianMixture<Double>(
      weights: [0.5, 0.3, 0.2],
      means: mixture.description.components.map { [$0.mean[0], $0.mean[2]] },
      covariances: mixture.description.components.map {
        let rows = MixtureSamples.rows($0.covariance)
        return .full([[rows[0][0], rows[0][2]], [rows[2][0], rows[2][2]]])
      })
    let values = try ExpectationMaximization.logDensities(of: holed, under: mixture, threads: 1)
    let pairs = Batch((0..<20).flatMap { [points[$0, 0], points[$0, 2]] }, dimension: 2)
    var expected = [Double](repeating: 0, count: 20)
    pairs.withSpan { points in
      var output = expected.mutableSpan
      marginal.logDensity(
        of: points, at: NoiseLevel(alpha: 1, sigma: 0), into: &output, workspace: Workspace())
    }
    #expect(agrees(values, expected, relative: 1e-11))
  }
}
