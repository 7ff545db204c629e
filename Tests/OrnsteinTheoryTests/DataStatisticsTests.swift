import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// Measured moments, curves, Jacobians and losses against the truth of exact targets.
@Suite struct DataStatisticsTests {
  /// J, M and E H^2 of GM1 by canonical time.
  static let golden: [(time: Double, fisher: Double, error: Double, hessian: Double)] = [
    (0.05, 1.0269677325776, 0.094892679832235, 4.2213803309645),
    (0.2, 0.56267011994278, 0.40059069526849, 1.1310255847785),
    (0.5, 0.53898903149089, 1.132852817698, 0.35872290399977),
    (1, 0.74326736248841, 2.2829562869535, 0.55745081408687),
    (2, 0.95476450213829, 3.3618163815093, 0.91159876354634),
  ]

  static func levels(_ times: [Double]) -> [NoiseLevel] {
    times.map { OrnsteinUhlenbeck.canonical.level(at: $0) }
  }

  /// Whether an estimate is within what its standard error allows.
  static func holds(_ estimate: Quantity, _ truth: Double, falseAlarmRate: Double = 1e-6) -> Bool {
    abs(estimate.value - truth)
      <= StatisticalGate.threshold(falseAlarmRate: falseAlarmRate) * estimate.standardError
  }

  @Test func mixtureOnTheLine() throws {
    let statistics = try DataStatistics(
      of: Targets.gm1, points: 20_000, levels: Self.levels(Self.golden.map(\.time)), seed: 3,
      threads: 2)
    #expect(agrees(statistics.secondMoment.value, 3.65))
    #expect(statistics.secondMoment.certainty == .exact)
    for (level, truth) in zip(statistics.levels, Self.golden) {
      #expect(Self.holds(level.denoisingLoss, truth.error), "M at \(truth.time)")
      #expect(Self.holds(level.squaredScore, truth.fisher), "J at \(truth.time)")
      #expect(Self.holds(level.fisherInformation, truth.fisher), "J by loss at \(truth.time)")
      #expect(Self.holds(level.squaredJacobian, truth.hessian), "E H^2 at \(truth.time)")
      #expect(level.denoisingLoss.standardError < 0.02 * truth.error)
      // The norm of a number is its size, and the largest of all is below the dense maximum.
      let line = Batch(Array(stride(from: -12.0, through: 12, by: 0.001)), dimension: 1)
      let dense = Targets.gm1.hessian(of: line, at: level.level).reduce(0) { max($0, abs($1)) }
      let lipschitz = try #require(level.lipschitz)
      #expect(lipschitz.largest <= dense * (1 + 1e-9))
      #expect(lipschitz.largest * lipschitz.largest >= truth.hessian)
      #expect(lipschitz.median <= lipschitz.ninetiethPercentile)
      #expect(lipschitz.ninetyNinthPercentile <= lipschitz.largest)
    }
    let relative = statistics.relativeFisherInformation
    #expect(Self.holds(relative, 2.4247868903732))
    let points = Targets.gm1.drawExactly(rows: 0..<20_000, key: NoiseKey(seed: 9))
    #expect(Self.holds(DataStatistics.secondMoment(of: points), 3.65))
  }

  /// Every point of a normal law has the Hessian -(alpha^2 C + sigma^2 I)^{-1}.
  @Test(arguments: Targets.Normal.allCases) func normalLaws(_ normal: Targets.Normal) throws {
    let target = normal.model(Double.self)
    let law = normal.law
    let d = law.dimension
    let statistics = try DataStatistics(
      of: target, points: 4_000, levels: Self.levels([0.02, 0.3, 1.5]), seed: 5)
    for level in statistics.levels {
      let noised = law.noised(at: level.level)
      let eigenvalues = try SymmetricEigendecomposition(of: noised.covariance, dimension: d).values
      let squares = eigenvalues.reduce(0) { $0 + 1 / ($1 * $1) }
      let lipschitz = try #require(level.lipschitz)
      #expect(agrees(lipschitz.median, 1 / eigenvalues[0], relative: 1e-9))
      #expect(agrees(lipschitz.largest, 1 / eigenvalues[0], relative: 1e-9))
      #expect(
        Self.holds(level.squaredJacobian, squares)
          || agrees(level.squaredJacobian.value, squares, relative: 1e-9))
      #expect(Self.holds(level.squaredScore, eigenvalues.reduce(0) { $0 + 1 / $1 }))
      let clean = try SymmetricEigendecomposition(of: law.covariance, dimension: d).values
      let error = clean.reduce(0) { $0 + $1 / (1 + level.ratio * $1) }
      #expect(agrees(level.denoisingLoss.value, error, relative: 1e-9))
    }
  }

  /// With more coordinates than iterations, powers of the Jacobian find the same norm.
  @Test func powersFindTheNormInManyDimensions() throws {
    let variances = (0..<50).map { $0 == 17 ? 0.05 : 0.4 + 0.01 * Double($0) }
    let target = Targets.mixture(
      [1], [[Double](repeating: 0, count: 50)], [.diagonal(variances)], Double.self)
    let statistics = try DataStatistics(
      of: target, points: 300, levels: Self.levels([0.01]), seed: 2)
    let lipschitz = try #require(statistics.levels[0].lipschitz)
    let truth = 1 / (1 - 0.95 * .exp(-0.02))
    #expect(agrees(lipschitz.median, truth, relative: 1e-6))
    #expect(lipschitz.largest <= truth * (1 + 1e-12))
  }

  /// Data in a plane of ten dimensions has dimension two at every level.
  @Test func curveShowsTheDimensionOfASubspace() throws {
    var axes = [[Double]](repeating: [Double](repeating: 0, count: 10), count: 2)
    (axes[0][3], axes[1][7]) = (1, 1)
    let base = try CubeVertices<Double>(halfWidth: 1, dimension: 2)
    let plane = try LinearManifold(base, axes: axes)
    let statistics = try DataStatistics(
      of: plane, points: 2_000, levels: Self.levels([0.003, 0.05, 0.4, 1, 3]), seed: 1)
    for level in statistics.levels { #expect(level.dimension.value <= 2) }
    #expect(statistics.curve.dimension.value <= 2)
    #expect(statistics.curve.points.map(\.ratio) == statistics.curve.points.map(\.ratio).sorted())
    let inputs = try statistics.inputs.inputs()
    #expect(inputs[.dimension] == 10)
    #expect(try #require(inputs[.intrinsicDimension]) <= 2)
    #expect(statistics.inputs.isEstimate(.lipschitz) && !statistics.inputs.isEstimate(.dimension))
  }

  /// A constant error e of the score raises the loss of the denoiser by sigma^4 e^2 / alpha^2.
  @Test func lossesOfWrongScores() throws {
    let wrong = ClosureScore<Double>(dimension: 1) { points, level, score in
      let exact = Targets.gm1.score(
        of: Batch(points.indices.map { points[$0] }, dimension: 1), at: level)
      for index in points.indices { score[index] = exact[index, 0] + 0.4 }
    }
    let points = Targets.gm1.drawExactly(rows: 0..<8_000, key: NoiseKey(seed: 4))
    let measurement = ScoreMeasurement(
      of: wrong, on: points, key: NoiseKey(seed: 4), lipschitzPoints: 8)
    for (level, truth) in zip(
      try measurement.statistics(at: Self.levels(Self.golden.map(\.time))), Self.golden)
    {
      let (alpha, sigma) = (level.level.alpha, level.level.sigma)
      let factor = sigma * sigma * sigma * sigma / (alpha * alpha)
      #expect(Self.holds(level.denoisingLoss, truth.error + factor * 0.16), "\(truth.time)")
      #expect(Self.holds(level.scoreLoss, truth.error / factor + 0.16), "\(truth.time)")
      #expect(Self.holds(level.squaredJacobian, truth.hessian), "\(truth.time)")
    }
  }

  @Test func numbersDoNotDependOnThreads() throws {
    let levels = Self.levels([0.1, 1])
    let one = try DataStatistics(of: Targets.gm1, points: 500, levels: levels, seed: 2, threads: 1)
    let three = try DataStatistics(
      of: Targets.gm1, points: 500, levels: levels, seed: 2, threads: 3)
    #expect(one.levels == three.levels)
  }

  /// The bound with a measured curve lies between the exact cost and the bound without it.
  @Test func measuredCurvesSharpenTheBound() throws {
    let grid = try OrnsteinTheoryTests.levels(.logSNR, steps: 40, horizon: 2, stop: 0.05)
    let statistics = try DataStatistics(of: Targets.gm1, points: 20_000, levels: grid, seed: 6)
    let bound = DiscretizationBound.frozenDenoiser(along: grid) {
      statistics.curve.meanSquaredError(at: $0, standardErrors: 5)
    }
    #expect(bound.value >= 0.10072940301644)
    #expect(bound.value <= 0.4)
  }
}
