import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Steps of expectation-maximisation on rows with many patterns of missing coordinates.
@Suite struct GapStepTests {
  /// A mixture of overlapping components and rows of it with random holes.
  struct Case {
    let weights: [Double]
    let means: [[Double]]
    let covariances: [[[Double]]]
    let points: Batch<Double>

    init(
      dimension d: Int, components: Int, rows: Int, share: Double,
      covariance: (_ component: Int, _ normals: ArraySlice<Double>) -> [[Double]]
    ) throws {
      var numbers = [Double](repeating: 0, count: components * d * (d + 1))
      numbers.withUnsafeMutableBufferPointer {
        DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 3).stream(.test), first: 0)
      }
      let first = components * d
      weights = (0..<components).map {
        Double($0 + 1) * 2 / Double(components * (components + 1))
      }
      means = (0..<components).map { k in (0..<d).map { 0.8 * numbers[k * d + $0] } }
      covariances = (0..<components).map {
        covariance($0, numbers[first + $0 * d * d..<first + ($0 + 1) * d * d])
      }
      let law = try GaussianMixture<Double>(
        weights: weights, means: means, covariances: covariances.map { .full($0) })
      var points = MixtureSamples.draw(law, rows: rows, seed: 4)
      var uniforms = [Double](repeating: 0, count: rows * d)
      uniforms.withUnsafeMutableBufferPointer {
        DoubleKernels.uniforms(into: $0, stream: NoiseKey(seed: 6).stream(.test), first: 0)
      }
      for row in 0..<rows {
        // One coordinate of each row stays, and the last ones are missing more often.
        for axis in 0..<d
        where axis != row % d && uniforms[row * d + axis] < share * Double(2 * axis + 1) / Double(d)
        {
          points[row, axis] = .nan
        }
      }
      self.points = points
    }

    var mixture: GaussianMixture<Double> {
      get throws {
        try GaussianMixture(
          weights: weights, means: means, covariances: covariances.map { .full($0) })
      }
    }

    func expected(ridge: Double) -> (
      weights: [Double], means: [[Double]], covariances: [[[Double]]], logLikelihood: Double
    ) {
      MixtureSamples.step(
        weights: weights, means: means, covariances: covariances, points: points, ridge: ridge)
    }
  }

  /// Correlations that a scaled product of normal numbers brings.
  static func correlated(
    _ dimension: Int
  ) -> (Int, ArraySlice<Double>) -> [[Double]] {
    { _, normals in
      let z = Array(normals)
      var rows = [[Double]](
        repeating: [Double](repeating: 0, count: dimension), count: dimension)
      for i in 0..<dimension {
        for j in 0..<dimension {
          var sum: Double = 0
          for l in 0..<dimension { sum += z[i * dimension + l] * z[j * dimension + l] }
          rows[i][j] = sum / Double(dimension) + (i == j ? 0.3 : 0)
        }
      }
      return rows
    }
  }

  /// Components that fill vectors and that do not, one and many words of a pattern's key.
  @Test(arguments: [(2, 1, 60), (7, 4, 300), (9, 6, 900), (13, 17, 400), (66, 3, 70)])
  func aStepIsTheDefinition(dimension d: Int, components: Int, rows: Int) throws {
    let test = try Case(
      dimension: d, components: components, rows: rows, share: 0.3,
      covariance: Self.correlated(d))
    let expected = test.expected(ridge: 0.01)
    let (next, logLikelihood) = try ExpectationMaximization.step(
      try test.mixture, on: test.points, covariance: .full, ridge: 0.01, threads: 2)
    #expect(agrees(logLikelihood, expected.logLikelihood, relative: 1e-12))
    for (k, component) in next.description.components.enumerated() {
      #expect(agrees(component.weight, expected.weights[k], relative: 1e-9))
      #expect(agrees(component.mean, expected.means[k], absolute: 1e-9))
      let found = MixtureSamples.rows(component.covariance).flatMap(\.self)
      #expect(agrees(found, expected.covariances[k].flatMap(\.self), absolute: 1e-8))
    }
  }

  /// A tied covariance is the mean of those of the definition, a diagonal one their diagonal.
  @Test(arguments: [CovarianceKind.tied, .diagonal, .isotropic, .tiedDiagonal, .tiedIsotropic])
  func aStepOfEachFormIsTheDefinition(kind: CovarianceKind) throws {
    let (d, components) = (6, 5)
    let variance = { (k: Int, axis: Int) -> Double in
      switch kind {
      case .diagonal: 0.5 + 0.1 * Double(k) + 0.2 * Double(axis)
      case .tiedDiagonal: 0.5 + 0.2 * Double(axis)
      case .isotropic: 0.5 + 0.1 * Double(k)
      default: 0.7
      }
    }
    let test = try Case(dimension: d, components: components, rows: 500, share: 0.3) { k, _ in
      (0..<d).map { i -> [Double] in
        (0..<d).map { j -> Double in i == j ? variance(k, i) : kind == .tied ? 0.2 : 0 }
      }
    }
    let expected = test.expected(ridge: 0)
    let (next, logLikelihood) = try ExpectationMaximization.step(
      try test.mixture, on: test.points, covariance: kind, ridge: 0, threads: 2)
    #expect(agrees(logLikelihood, expected.logLikelihood, relative: 1e-12))
    let pooled = (0..<d * d).map { index -> Double in
      (0..<components).reduce(0.0) { sum, k in
        sum + expected.weights[k] * expected.covariances[k][index / d][index % d]
      }
    }
    for (k, component) in next.description.components.enumerated() {
      #expect(agrees(component.weight, expected.weights[k], relative: 1e-10))
      #expect(agrees(component.mean, expected.means[k], absolute: 1e-10))
      let own = expected.covariances[k].flatMap(\.self)
      let whole = kind == .tied || kind == .tiedDiagonal || kind == .tiedIsotropic ? pooled : own
      let diagonal = (0..<d).map { whole[$0 * (d + 1)] }
      let mean = diagonal.reduce(0, +) / Double(d)
      switch component.covariance {
      case .full(let rows): #expect(agrees(rows.flatMap(\.self), whole, absolute: 1e-9))
      case .diagonal(let variances): #expect(agrees(variances, diagonal, absolute: 1e-9))
      case .isotropic(let variance): #expect(agrees(variance, mean, relative: 1e-9))
      case .identity: Issue.record("No form that is learned is the identity.")
      }
    }
  }

  /// A row that stands there 150 times counts as one of weight 150, though few patterns with many rows go
  /// another way.
  @Test func weightsCountAsRepeatedRows() throws {
    let test = try Case(
      dimension: 4, components: 3, rows: 40, share: 0.3, covariance: Self.correlated(4))
    let repeated = Batch(
      (0..<150).flatMap { _ in (0..<40).flatMap { test.points.point($0) } }, dimension: 4)
    let one = try ExpectationMaximization.step(
      try test.mixture, on: test.points, weights: [Double](repeating: 150, count: 40),
      covariance: .full, threads: 1)
    let other = try ExpectationMaximization.step(
      try test.mixture, on: repeated, covariance: .full, threads: 1)
    #expect(agrees(one.logLikelihood, other.logLikelihood, relative: 1e-12))
    for (a, b) in zip(one.mixture.description.components, other.mixture.description.components) {
      #expect(agrees(a.weight, b.weight, relative: 1e-11))
      #expect(agrees(a.mean, b.mean, absolute: 1e-11))
      #expect(
        agrees(
          MixtureSamples.rows(a.covariance).flatMap(\.self),
          MixtureSamples.rows(b.covariance).flatMap(\.self), absolute: 1e-10))
    }
  }

  @Test(arguments: [CovarianceKind.full, .diagonal])
  func bitsDoNotDependOnThreads(kind: CovarianceKind) throws {
    let test = try Case(
      dimension: 8, components: 5, rows: 3000, share: 0.3, covariance: Self.correlated(8))
    let learn = { threads in
      try ExpectationMaximization(
        ExpectationMaximizationSettings(components: 5, covariance: kind, iterationLimit: 4)
      ).fit(test.points, key: NoiseKey(seed: 2), threads: threads)
    }
    let one = try learn(1)
    for threads in 2...3 {
      let other = try learn(threads)
      #expect(other.mixture.description == one.mixture.description)
      #expect(other.record == one.record)
    }
  }

  @Test func aSingularCovarianceIsNamed() throws {
    let test = try Case(
      dimension: 3, components: 6, rows: 80, share: 0.3, covariance: Self.correlated(3))
    var mixture = try test.mixture.description
    mixture.components[4].covariance = .full([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    #expect(throws: ExpectationMaximizationError.notPositiveDefinite(component: 4)) {
      try ExpectationMaximization.step(
        try GaussianMixture(mixture), on: test.points, covariance: .full, threads: 1)
    }
  }
}
