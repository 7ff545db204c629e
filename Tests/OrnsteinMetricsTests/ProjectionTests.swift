import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Distances of a sample from a law on the line.
@Suite struct ProjectionTests {
  static let normal = ProjectedLaw([.init(weight: 1, mean: 0, deviation: 1)])

  /// The n quantiles of a law at (i - 1/2) / n: a sample as close to it as can be.
  static func quantiles(_ count: Int, _ law: ProjectedLaw, scale: Double = 1, shift: Double = 0)
    -> [Double]
  {
    (0..<count).map { shift + scale * law.quantile((Double($0) + 0.5) / Double(count)) }
  }

  @Test func tabulatesTheNormalLaw() {
    for x in [-6, -1.234, 0, 0.5, 2.71, 8] {
      #expect(abs(Self.normal.cumulative(x) - StatisticalGate.normalDistribution(x)) < 2e-6)
    }
    #expect(Self.normal.isContinuous)
    #expect(abs(Self.normal.quantile(0.975) - 1.959963984540054) < 2e-5)
  }

  /// TV of normal laws of one variance is their Kolmogorov-Smirnov distance: 0.19741265136585 for a
  /// shift of 1/2.
  @Test func shiftOfANormalLaw() {
    let count = 20_000
    let found = ProjectionDistances(
      sorted: Self.quantiles(count, Self.normal, shift: 0.5), from: Self.normal)
    #expect(abs(found.kolmogorovSmirnov.value - 0.19741265136585) < 0.5 / Double(count) + 1e-5)
    #expect(abs(found.wasserstein1.value - 0.5) < 1e-4)
    #expect(abs(found.wasserstein2.value - 0.5) < 1e-4)
  }

  /// W2 of N(0, 1) and N(0, 4) is 1; W1 is E|Z| = sqrt(2 / pi).
  @Test func scaleOfANormalLaw() {
    let found = ProjectionDistances(
      sorted: Self.quantiles(50_000, Self.normal, scale: 2), from: Self.normal)
    #expect(abs(found.wasserstein1.value - (2 / Double.pi).squareRoot()) < 5e-4)
    #expect(abs(found.wasserstein2.value - 1) < 2e-3)
  }

  @Test func agreesWithSciPy() {
    let found = ProjectionDistances(sorted: GoldenSamples.againstNormal.sorted(), from: Self.normal)
    #expect(agrees(found.kolmogorovSmirnov.value, GoldenSamples.kolmogorovSmirnov, absolute: 4e-6))
    #expect(agrees(found.cramerVonMises.value, GoldenSamples.cramerVonMises, relative: 1e-4))
  }

  /// Against the law of another sample, the distances are those of two samples.
  @Test func twoSamplesAgreeWithSciPyAndTransport() throws {
    for (x, y, wasserstein) in GoldenSamples.lines {
      let found = ProjectionDistances(sorted: x.sorted(), from: ProjectedLaw(sample: y))
      #expect(agrees(found.wasserstein1.value, wasserstein, relative: 1e-12))
      let transport = try OptimalTransport.distance(
        Batch(x, dimension: 1), Batch(y, dimension: 1))
      #expect(agrees(found.wasserstein2.value, transport, relative: 1e-10))
    }
  }

  /// W2^2 of {0, 1, 2.5} and {0.5, 3} is 0.875.
  @Test func byHand() {
    let found = ProjectionDistances(sorted: [0, 1, 2.5], from: ProjectedLaw(sample: [3, 0.5]))
    let square = found.wasserstein2.value * found.wasserstein2.value
    #expect(agrees(square, 0.875, relative: 1e-13))
    // G is 1/3 on [0, 1), 2/3 on [1, 2.5), 1 from there; F is 1/2 on [0.5, 3).
    #expect(agrees(found.kolmogorovSmirnov.value, 0.5, relative: 1e-14))
    // Half of the mass lies at 0.5, where G - F = 1/3 - 1/2, half at 3, where it is 0.
    #expect(agrees(found.cramerVonMises.value, 3 * 0.5 / 36, relative: 1e-13))
  }

  @Test func atomsAndNoise() {
    let law = ProjectedLaw([
      .init(weight: 0.25, mean: -1, deviation: 0), .init(weight: 0.75, mean: 0, deviation: 1),
    ])
    let phi = StatisticalGate.normalDistribution(-1)
    #expect(abs(law.cumulative(-1) - 0.25 - 0.75 * phi) < 4e-6)
    #expect(abs(law.mass(below: -1) - 0.75 * phi) < 4e-6)
    #expect(!law.isContinuous)
    #expect(law.quantile(0.3) == -1)
  }

  @Test func standardErrorsAreThoseOfRepetitions() {
    // Samples of N(0.3, 1.2^2) against N(0, 1), again and again.
    var all: [ProjectionDistances] = []
    for seed in 0..<300 {
      let sample = draws(.normal, 400, seed: UInt64(seed), shift: 0).elements
        .map { 0.3 + 1.2 * Double($0) }.sorted()
      all.append(ProjectionDistances(sorted: sample, from: Self.normal))
    }
    for part in [
      \ProjectionDistances.kolmogorovSmirnov, \.cramerVonMises, \.wasserstein1, \.wasserstein2,
    ] {
      let values = all.map { $0[keyPath: part].value }
      let mean = values.reduce(0, +) / 300
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 299).squareRoot()
      let error = all.reduce(0) { $0 + $1[keyPath: part].standardError } / 300
      // The spread of 300 values is known to 4 %; linearisation costs a little more.
      #expect(abs(error / spread - 1) < 0.2, "\(part): \(error) against \(spread)")
    }
  }

  @Test func sortsAsSorted() {
    var values = draws(.normal, 3000, seed: 2, shift: 0).elements.map(Double.init)
    values += [0, -0.0, 1e100, -1e100, .leastNonzeroMagnitude, 5, 5]
    var ours = values
    ours.radixSort()
    #expect(ours == values.sorted())
  }
}

/// Laws of exact targets along directions.
@Suite struct TargetProjectionTests {
  /// The largest gap between the law along a direction and exact draws is small, p-value and all.
  static func pValue(
    _ target: any ExactTarget<Double>, _ direction: [Double], _ level: NoiseLevel
  ) throws -> Double {
    let law = ReferenceLaw(target, at: level)
    let exact = try #require(law.projection(along: direction))
    let sample = law.draw(rows: 0..<20_000, key: NoiseKey(seed: 11), threads: 2)
      .projected(on: direction).sorted()
    let distance = ProjectionDistances(sorted: sample, from: exact).kolmogorovSmirnov.value
    return Significance.kolmogorovTail(distance: distance, rows: 20_000)
  }

  static let levels = [
    NoiseLevel(time: 0, alpha: 1, sigma: 0), NoiseLevel(time: 1, alpha: 0.8, sigma: 0.1),
    NoiseLevel(time: 2, alpha: 0.3, sigma: 0.9),
  ]

  /// False-alarm rate 1e-5 a law.
  @Test(arguments: levels)
  func exactDrawsHaveTheLaw(_ level: NoiseLevel) throws {
    let mixture = try GaussianMixture<Double>(
      weights: [0.4, 0.6], means: [[-1, 2], [1.5, -0.5]],
      covariances: [.full([[1, 0.3], [0.3, 0.5]]), .diagonal([0.2, 0.8])])
    let plane = try CubeVertices<Double>(halfWidth: 1, dimension: 2)
    let circle = try LinearManifold(
      try SphereUniform<Double>(radius: 1.5, dimension: 2),
      axes: [[0.6, 0.8, 0], [0, 0, 1]], offset: [0.1, 0.2, 0.3])
    let points = try EmpiricalMeasure<Double>(
      points: Batch(rows: [[0, 0], [1, 2], [3, -1]]), weights: [1, 2, 3])
    let targets: [(any ExactTarget<Double>, [Double])] = [
      (mixture, [0.6, -0.8]), (plane, [0.6, 0.8]), (points, [1, 0.5]),
      (try SolidCube<Double>(halfWidth: 1, dimension: 3), [0.5, 0.1, -0.7]),
      (try SolidCube<Double>(halfWidth: 2, dimension: 2), [0, 1]),
      (try SphereUniform<Double>(radius: 2, dimension: 3), [0.5, 0.1, -0.7]),
      (try SphereUniform<Double>(radius: 2, dimension: 8), [1, 0, 0, 0, 0, 0, 0, 1]),
      (circle, [0.3, -0.4, 0.5]), (try ProductTarget([mixture, plane]), [0.5, 0.5, 0.5, -0.5]),
      (try ProductTarget([mixture, circle]), [0, 0, 1, 0, 0]),
      (try PerturbedScore(mixture, error: .constant([1, 1])), [0, 1]),
    ]
    for (target, direction) in targets {
      let isStep = level.sigma == 0 && !(target is GaussianMixture<Double>)
      let p = try Self.pValue(target, direction, level)
      #expect(p > 1e-5, "\(type(of: target)) at \(level), \(isStep): \(p)")
    }
  }

  /// Two uniform numbers of one width sum to a triangle, and a coordinate of the sphere in three
  /// dimensions is uniform.
  @Test func closedShapes() throws {
    let square = try #require(
      ReferenceLaw(try SolidCube<Double>(halfWidth: 1, dimension: 2)).projection(along: [1, 1]))
    for x in [-1.7, -0.4, 0, 0.9] {
      let expected = x < 0 ? (2 + x) * (2 + x) / 8 : 1 - (2 - x) * (2 - x) / 8
      #expect(abs(square.cumulative(x) - expected) < 1e-6)
    }
    let sphere = try #require(
      ReferenceLaw(try SphereUniform<Double>(radius: 2, dimension: 3))
        .projection(along: [0, 0, 1]))
    let circle = try #require(
      ReferenceLaw(try SphereUniform<Double>(radius: 1, dimension: 2)).projection(along: [1, 0]))
    for x in [-0.9, -0.3, 0.5] {
      #expect(abs(sphere.cumulative(2 * x) - (1 + x) / 2) < 1e-6)
      #expect(abs(circle.cumulative(x) - (0.5 + .asin(x) / .pi)) < 1e-4)
    }
  }

  /// P-values of exact draws are uniform: 400 samples of 200 rows, tested at a false-alarm rate of 1e-4.
  @Test func pValuesAreUniform() throws {
    let law = ReferenceLaw(
      try GaussianMixture<Double>(
        weights: [0.3, 0.7], means: [[-2], [1]], covariances: [.isotropic(0.25), .identity]))
    let line = try #require(law.projection(along: [1]))
    var (gaps, squares): ([Double], [Double]) = ([], [])
    for seed in 0..<400 {
      let sample = law.draw(rows: 0..<200, key: NoiseKey(seed: UInt64(1000 + seed))).elements
      let found = ProjectionDistances(sorted: sample.sorted(), from: line)
      gaps.append(
        Significance.kolmogorovTail(distance: found.kolmogorovSmirnov.value, rows: 200))
      squares.append(Significance.cramerVonMisesTail(found.cramerVonMises.value))
    }
    for values in [gaps, squares] {
      #expect(StatisticalGate.kolmogorovSmirnov(values) { min(max($0, 0), 1) } > 1e-4)
    }
  }
}
