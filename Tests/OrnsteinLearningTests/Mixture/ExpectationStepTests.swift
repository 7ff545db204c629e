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

  /// As many components and dimensions as make whole panels of products, and more than features are
  /// made for.
  @Test(arguments: [(9, 6, 120), (17, 21, 90), (70, 3, 60)])
  func aStepInManyDimensionsIsTheDefinition(dimension d: Int, components: Int, rows: Int) throws {
    var numbers = [Double](repeating: 0, count: components * d * (d + 1))
    numbers.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 3).stream(.test), first: 0)
    }
    let means = (0..<components).map { k in (0..<d).map { 0.6 * numbers[k * d + $0] } }
    let covariances = (0..<components).map { k in
      (0..<d).map { i in
        (0..<d).map { j -> Double in
          let first = components * d + k * d * d
          let product = numbers[first + i * d + j] + numbers[first + j * d + i]
          return i == j ? 2 + product * product / 10 : 0.3 * product / Double(d)
        }
      }
    }
    let weights = (0..<components).map {
      Double($0 + 1) * 2 / Double(components * (components + 1))
    }
    let mixture = try GaussianMixture<Double>(
      weights: weights, means: means, covariances: covariances.map { .full($0) })
    let points = MixtureSamples.draw(mixture, rows: rows, seed: 8)
    let expected = MixtureSamples.step(
      weights: weights, means: means, covariances: covariances, points: points, ridge: 0.1)
    let (next, logLikelihood) = try ExpectationMaximization.step(
      mixture, on: points, covariance: .full, ridge: 0.1, threads: 2)
    #expect(agrees(logLikelihood, expected.logLikelihood, relative: 1e-12))
    for (k, component) in next.description.components.enumerated() {
      #expect(agrees(component.weight, expected.weights[k], relative: 1e-9))
      #expect(agrees(component.mean, expected.means[k], absolute: 1e-9))
      let rows = MixtureSamples.rows(component.covariance).flatMap(\.self)
      #expect(agrees(rows, expected.covariances[k].flatMap(\.self), absolute: 1e-8))
    }
  }

  /// One normal law of two coordinates, the second missing in some rows: the maximum of the likelihood
  /// is a regression (Anderson 1957).
  @Test func missingCoordinatesGiveAndersonsEstimate() throws {
    let law = try GaussianMixture<Double>(
      weights: [1], means: [[1, -2]], covariances: [.full([[2, 1.2], [1.2, 1]])])
    var points = MixtureSamples.draw(law, rows: 90, seed: 7)
    let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
    let all = (0..<90).map { points[$0, 0] }
    let (x, y) = ((0..<50).map { points[$0, 0] }, (0..<50).map { points[$0, 1] })
    for row in 50..<90 { points[row, 1] = .nan }
    let (meanX, meanY) = (mean(x), mean(y))
    let varianceX = mean(x.map { ($0 - meanX) * ($0 - meanX) })
    let covariance = mean(zip(x, y).map { ($0 - meanX) * ($1 - meanY) })
    let varianceY = mean(y.map { ($0 - meanY) * ($0 - meanY) })
    let slope = covariance / varianceX
    let wholeMean = mean(all)
    let wholeVariance = mean(all.map { ($0 - wholeMean) * ($0 - wholeMean) })
    let fit = try ExpectationMaximization(
      ExpectationMaximizationSettings(
        components: 1, ridge: 0, tolerance: 0, iterationLimit: 300)
    ).fit(points, key: NoiseKey(seed: 1), threads: 1)
    let component = fit.mixture.description.components[0]
    #expect(
      agrees(
        component.mean, [wholeMean, meanY + slope * (wholeMean - meanX)], absolute: 1e-10))
    let rows = MixtureSamples.rows(component.covariance).flatMap(\.self)
    let lower = slope * wholeVariance
    let corner = varianceY + slope * slope * (wholeVariance - varianceX)
    #expect(agrees(rows, [wholeVariance, lower, lower, corner], absolute: 1e-10))
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

  /// From one start, the covariance that all components share is the mean of their own, by weight.
  @Test func tiedCovariancesAreMeansOfTheirOwn() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 300, seed: 8)
    let start = try GaussianMixture<Double>(Self.start)
    let pairs: [(CovarianceKind, CovarianceKind)] = [
      (.tiedIsotropic, .isotropic), (.tiedDiagonal, .diagonal), (.tied, .full),
    ]
    for points in [points, MixtureSamples.withHoles(points, every: 4)] {
      for (tied, own) in pairs {
        let shared = try ExpectationMaximization.step(
          start, on: points, covariance: tied, ridge: 1e-3, threads: 1
        ).mixture.description.components
        let each = try ExpectationMaximization.step(
          start, on: points, covariance: own, ridge: 1e-3, threads: 1
        ).mixture.description.components
        var mean = [Double](repeating: 0, count: 9)
        for component in each {
          let matrix = Self.matrix(component.covariance)
          for index in mean.indices { mean[index] += component.weight * matrix[index] }
        }
        for (a, b) in zip(shared, each) {
          #expect(agrees(a.mean, b.mean, absolute: 1e-12))
          #expect(agrees(Self.matrix(a.covariance), mean, absolute: 1e-12))
        }
      }
    }
  }

  /// Of dimension 3, row by row.
  private static func matrix(_ covariance: MixtureCovariance) -> [Double] {
    let diagonal: [Double]
    switch covariance {
    case .identity: diagonal = [1, 1, 1]
    case .isotropic(let variance): diagonal = [variance, variance, variance]
    case .diagonal(let variances): diagonal = variances
    case .full(let rows): return rows.flatMap(\.self)
    }
    return (0..<9).map { $0.isMultiple(of: 4) ? diagonal[$0 / 4] : 0 }
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
        of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: 0), into: &output,
        workspace: Workspace())
    }
    #expect(agrees(values, expected, relative: 1e-11))
  }
}
