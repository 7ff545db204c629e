import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Samples against exact laws, all numbers together.
@Suite struct TargetEvaluationTests {
  static func mixture() throws -> ReferenceLaw {
    ReferenceLaw(
      try GaussianMixture<Double>(
        weights: [0.3, 0.7], means: [[-2, 0, 1], [2, 1, 0]],
        covariances: [.identity, .full([[1, 0.2, 0], [0.2, 0.5, 0], [0, 0, 0.3]])]))
  }

  static func settings(threads: Int = 2) -> TargetEvaluation.Settings {
    var settings = TargetEvaluation.Settings()
    settings.directions = 4
    settings.repetitions = 5
    settings.seed = 7
    settings.threads = threads
    return settings
  }

  static func shifted(_ law: ReferenceLaw, rows: Int, by shift: Double) -> Batch<Double> {
    var points = law.draw(rows: 0..<rows, key: NoiseKey(seed: 99))
    for row in 0..<rows { points[row, 0] += shift }
    return points
  }

  @Test func exactSamplesPassAndShiftedOnesDoNot() throws {
    let law = try Self.mixture()
    let exact = try TargetEvaluation(
      of: Self.shifted(law, rows: 4000, by: 0), against: law, settings: Self.settings())
    #expect(!exact.verdict.isRejected, "\(exact.verdict)")
    #expect(exact.verdict.sentence.contains("cannot") || exact.verdict.sentence.contains("none"))
    let shifted = try TargetEvaluation(
      of: Self.shifted(law, rows: 4000, by: 0.2), against: law, settings: Self.settings())
    #expect(shifted.verdict.isRejected)
    let first = try #require(shifted.projections.first)
    #expect(first.name == "x0" && first.origin == .exact)
    #expect(abs(first.wasserstein1.value - 0.2) < 5 * first.wasserstein1.standardError + 1e-4)
    #expect(first.kolmogorovSmirnov.pValue < 1e-6)
    // The squared Frechet distance of a shift by v is |v|^2.
    let frechet = try #require(shifted.moments.frechet)
    #expect(abs(frechet.value - 0.04) < 5 * frechet.standardError)
    let witness = try #require(shifted.totalVariation)
    #expect(witness.lowerBound > 0 && witness.lowerBound < 0.08)
  }

  /// What rejects exact samples of a mixture on the line, for 200 of them.
  private static func alarms(
    _ weights: [Double], _ means: [Double], _ variances: [Double]
  ) throws -> [[String]] {
    let law = ReferenceLaw(
      try GaussianMixture<Double>(
        weights: weights, means: means.map { [$0] },
        covariances: variances.map { .isotropic($0) }))
    var settings = settings()
    return try (0..<200).compactMap { seed in
      settings.seed = UInt64(seed)
      let points = law.draw(rows: 0..<300, key: NoiseKey(seed: UInt64(4000 + seed)))
      let verdict = try TargetEvaluation(of: points, against: law, settings: settings).verdict
      guard verdict.isRejected else { return nil }
      return verdict.tests.filter { $0.adjusted <= TargetVerdict.level }.map(\.name)
    }
  }

  /// At a false-alarm rate of 1 % for all tests together, 200 exact samples are rejected twice or so.
  ///
  /// 11 or more have a probability below 1e-5 for a binomial number with the rate 1 %.
  @Test func falseAlarmsAreAsRareAsSaid() throws {
    let alarms = try Self.alarms([0.5, 0.5], [-2, 2], [1, 0.25])
    #expect(alarms.count <= 10, "\(alarms)")
  }

  @Test func tailsAreNoAlarm() throws {
    let alarms = try Self.alarms([0.99, 0.01], [0, 0], [1, 10_000])
    #expect(alarms.count <= 10, "\(alarms)")
  }

  /// A mode that every third sample reaches: its moments are far from the mean of all, as they should be.
  @Test func momentsOfRareModesAreNoAlarm() throws {
    let alarms = try Self.alarms([0.999, 0.001], [0, 100], [1, 1])
      .filter { !$0.filter { $0 == "mean" || $0 == "covariance" }.isEmpty }
    #expect(alarms.count <= 10, "\(alarms)")
  }

  /// A law at a stop time: its own draws pass, and the data's own do not.
  @Test func noisedLawsAreJudgedAsSuch() throws {
    let target = try CubeVertices<Double>(halfWidth: 1, dimension: 2)
    let law = ReferenceLaw(target, at: NoiseLevel(time: 0.1, alpha: 0.9, sigma: 0.3))
    let points = law.draw(rows: 0..<3000, key: NoiseKey(seed: 5))
    let own = try TargetEvaluation(of: points, against: law, settings: Self.settings())
    #expect(!own.verdict.isRejected, "\(own.verdict)")
    #expect(own.totalVariation != nil)
    let data = try TargetEvaluation(
      of: points, against: ReferenceLaw(target), settings: Self.settings())
    #expect(data.verdict.isRejected)
    #expect(data.totalVariation == nil && data.klDivergence == nil)
    #expect(data.notes.contains { $0.contains("no density") })
  }

  static func targets() throws -> [any ExactTarget<Double>] {
    let sphere = try SphereUniform<Double>(radius: 1, dimension: 2)
    let cube = try SolidCube<Double>(halfWidth: 1, dimension: 2)
    return [
      sphere, cube, try CubeVertices<Double>(halfWidth: 1, dimension: 14),
      try EmpiricalMeasure<Double>(points: Batch(rows: [[0, 0], [1, 2], [3, -1]])),
      try ProductTarget([sphere, cube]),
      try LinearManifold(sphere, axes: [[0.6, 0.8, 0], [0, 0, 1]]),
      try PerturbedScore(cube, error: .constant([1, 0])),
      try SolidCube<Double>(halfWidth: 2, dimension: 1),
    ]
  }

  /// Every kind of target, with noise and without: exact draws pass, false-alarm rate 1 % each, seeds
  /// fixed.
  @Test(arguments: [0, 0.2])
  func everyTargetIsItsOwn(_ sigma: Double) throws {
    for (index, target) in try Self.targets().enumerated() {
      let law = ReferenceLaw(target, at: NoiseLevel(time: 0, alpha: 1, sigma: sigma))
      let points = law.draw(rows: 0..<1000, key: NoiseKey(seed: UInt64(60 + index)))
      let found = try TargetEvaluation(of: points, against: law, settings: Self.settings())
      #expect(!found.verdict.isRejected, "\(type(of: target)): \(found.verdict)")
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let law = try Self.mixture()
    let points = Self.shifted(law, rows: 1500, by: 0.05)
    let one = try TargetEvaluation(of: points, against: law, settings: Self.settings(threads: 1))
    let three = try TargetEvaluation(of: points, against: law, settings: Self.settings(threads: 3))
    #expect(one.totalVariation == three.totalVariation)
    #expect(one.projections == three.projections)
    #expect(one.partitions == three.partitions)
    #expect(one.moments == three.moments)
    #expect(one.klDivergence == three.klDivergence)
    #expect(one.energyDistance == three.energyDistance)
    #expect(one.kernelDiscrepancy == three.kernelDiscrepancy)
    #expect(one.verdict == three.verdict)
  }

  @Test func namesWhatCannotBeCompared() throws {
    let law = try Self.mixture()
    func error(_ points: Batch<Double>) -> MetricError? {
      do {
        _ = try TargetEvaluation(of: points, against: law)
        return nil
      } catch { return error as? MetricError }
    }
    #expect(
      error(Batch(count: 30, dimension: 2)) == .differentDimensions(samples: 2, reference: 3))
    #expect(error(Batch(count: 3, dimension: 3)) == .tooFewRows(found: 3, needed: 20))
    var bad = Batch<Double>(count: 30, dimension: 3)
    bad[4, 1] = .nan
    #expect(error(bad) == .notFinite(row: 4, coordinate: 1))
    bad[4, 1] = 1e16
    #expect(error(bad) == .tooLarge(row: 4, coordinate: 1))
  }

  /// Samples that are all one point, or far away, give finite numbers.
  @Test(arguments: [0, 1e14]) func uselessSamplesAreMeasured(_ value: Double) throws {
    let law = try Self.mixture()
    let points = Batch<Double>([Double](repeating: value, count: 600), dimension: 3)
    let found = try TargetEvaluation(of: points, against: law, settings: Self.settings())
    #expect(found.verdict.isRejected)
    #expect(found.klDivergence == nil)
    for projection in found.projections {
      #expect(projection.wasserstein2.value.isFinite && projection.wasserstein1.value.isFinite)
    }
    let witness = try #require(found.totalVariation)
    // Nearly all of a law lies elsewhere than in one point.
    #expect(witness.value > 0.9)
    #expect(found.energyDistance.value.isFinite && found.kernelDiscrepancy.value.isFinite)
  }
}
