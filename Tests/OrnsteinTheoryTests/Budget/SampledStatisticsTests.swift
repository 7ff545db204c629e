import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// What is sampled agrees with quadrature of the same law, within the standard errors that are claimed.
@Suite struct SampledStatisticsTests {
  /// Two independent copies of a mixture on the line, as a mixture of nine components on the plane
  /// that must be sampled.
  static let plane: GaussianMixture<Double> = {
    let (weights, means, variances) = ([0.3, 0.5, 0.2], [-2, 0.5, 3], [0.25, 0.5, 1])
    var (w, m, c): ([Double], [[Double]], [MixtureCovariance]) = ([], [], [])
    for i in 0..<3 {
      for j in 0..<3 {
        w.append(weights[i] * weights[j])
        m.append([means[i], means[j]])
        c.append(.diagonal([variances[i], variances[j]]))
      }
    }
    return Targets.mixture(w, m, c, Double.self)
  }()

  static let times = CandidateTimes.evenInLogSNR(97, from: 0.01, to: 3)

  static let sampled = Result {
    try PathStatistics(of: plane, times: times, key: NoiseKey(seed: 3), threads: 2)
  }
  static let exact = Result { try PathStatistics(of: Targets.gm1, times: times) }

  /// Gates of 4.5 standard errors from 64 groups: one in 30,000 a number, 20 x 5 numbers.
  @Test func levelsAgreeWithQuadrature() throws {
    let (sampled, exact) = (try Self.sampled.get(), try Self.exact.get())
    #expect(sampled.basis == .sampled && exact.basis == .exact)
    for index in stride(from: 0, to: 97, by: 5) {
      let (a, b) = (sampled[index], exact[index])
      for path in [
        \LevelStatistics.fisherInformation, \.relativeFisherInformation, \.meanSquareError,
        \.denoisingLoss, \.normality,
      ] {
        let (value, truth) = (a[keyPath: path], 2 * b[keyPath: path].value)
        #expect(value.standardError > 0)
        #expect(
          abs(value.value - truth) < 4.5 * value.standardError,
          "\(path) at \(a.level.time): \(value), not \(truth)")
        #expect(value.standardError < 0.1 * truth + 1e-3)
      }
      // The second derivative is interpolated, and has an error of its own beside the standard one.
      #expect(agrees(a.squaredHessian.value, 2 * b.squaredHessian.value, relative: 0.1))
    }
  }

  /// Costs of grids, gates of 4.5 standard errors: 12 numbers.
  @Test(arguments: Freezing.allCases, [8, 24, 96])
  func costsAgreeWithQuadrature(_ freezing: Freezing, _ steps: Int) throws {
    let places = Array(stride(from: 0, through: 96, by: 96 / steps))
    let sampled = PathCost(try Self.sampled.get(), freezing: freezing).cost(along: places)
    let truth = 2 * PathCost(try Self.exact.get(), freezing: freezing).cost(along: places).value
    #expect(
      abs(sampled.value - truth) < 4.5 * sampled.standardError + 1e-3 * truth,
      "\(sampled), not \(truth)")
    #expect(sampled.standardError < 0.02 * truth)
  }

  /// Between the levels of the measurement the curves are interpolated.
  @Test(arguments: Freezing.allCases) func interpolationIsClose(_ freezing: Freezing) throws {
    let times = try canonicalTimes(.karras, steps: 20, horizon: 2.5, stop: 0.02)
    let sampled = PathCost(try Self.sampled.get().resampled(at: times), freezing: freezing).total
    let truth =
      2 * PathCost(try Self.exact.get().resampled(at: times), freezing: freezing).total.value
    #expect(abs(sampled.value - truth) < 4.5 * sampled.standardError + 1e-3 * truth)
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let times = Array(Self.times.prefix(12))
    func costs(_ threads: Int) throws -> [Quantity] {
      let statistics = try PathStatistics(
        of: Self.plane, times: times, rows: 1000, key: NoiseKey(seed: 5), threads: threads)
      return Freezing.allCases.map { PathCost(statistics, freezing: $0).total }
    }
    #expect(try costs(1) == costs(3))
  }

  /// A model whose law is that of the points is measured by itself as by the exact law; gates of 4.5
  /// joint standard errors, 4 numbers.
  @Test(arguments: Freezing.allCases) func modelsMeasureThemselves(_ freezing: Freezing) throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: Self.times[0])
    let points = try Self.plane.noised(at: level).drawExactly(
      rows: 0..<8192, key: NoiseKey(seed: 9))
    let own = try PathStatistics(
      selfConsistent: Self.plane, points: points, moments: Self.plane.moments, times: Self.times,
      key: NoiseKey(seed: 10), threads: 2)
    #expect(own.basis == .selfConsistent)
    let places = Array(stride(from: 0, through: 96, by: 4))
    let cost = PathCost(own, freezing: freezing).cost(along: places)
    let truth = 2 * PathCost(try Self.exact.get(), freezing: freezing).cost(along: places).value
    #expect(
      abs(cost.value - truth) < 4.5 * cost.standardError + 2e-3 * truth, "\(cost), not \(truth)")
  }

  @Test func whatCannotBeMeasuredIsSaid() throws {
    #expect(throws: BudgetError.invalidTimes) {
      try PathStatistics(of: Targets.gm1, times: [0.5, 0.3])
    }
    #expect(throws: BudgetError.invalidTimes) { try PathStatistics(of: Targets.gm1, times: [0.5]) }
    #expect(throws: BudgetError.tooFewRows(10, needed: 64)) {
      try PathStatistics(of: Self.plane, times: [0.3, 0.5], rows: 10)
    }
    #expect(throws: BudgetError.wrongDimension(1, expected: 2)) {
      try PathStatistics(
        of: Self.plane, on: Batch<Double>(count: 9, dimension: 1), times: [0.3, 1])
    }
    #expect(throws: BudgetError.self) { try Self.sampled.get().resampled(at: [0.001, 1]) }
    let wild = ClosureScore<Double>(dimension: 2) { _, _, score in
      for index in 0..<score.count { score[index] = .nan }
    }
    #expect(throws: BudgetError.notFinite(time: 0.3)) {
      try PathStatistics(
        of: wild, on: Batch<Double>(count: 9, dimension: 2), times: [0.3, 1], rows: 64)
    }
  }
}
