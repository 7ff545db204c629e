import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// Predictors of Song and others with their corrector, its norms replaced by their expectations.
@Suite struct CorrectorDensityTests {
  static func corrector(_ ratio: Double) throws -> any Corrector {
    try SignalToNoiseCorrector(ratio: ratio, usesBatchMean: true)
  }

  /// On N(m, v) at a level, for points of N(m, w): E|g| = sqrt(2 w / pi) / v, so
  /// eps = 2 a r^2 v^2 / w and the variance becomes (1 - eps / v)^2 w + 2 eps.
  @Test func correctionOfNormalDataHasAClosedForm() throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.4)
    let target = Targets.mixture([1], [[0.6]], [.isotropic(0.5)], Double.self)
    let (mean, v) = (level.alpha * 0.6, level.alpha * level.alpha * 0.5 + level.sigma * level.sigma)
    let (w, ratio) = (1.3, 0.3)
    var builder = ProgramBuilder()
    builder.begin(step: 0, at: level)
    try Self.corrector(ratio).emit(at: 0, of: [level], into: &builder)
    let density = try DensityOracle(target).density(
      after: try builder.build(), from: .law(GaussianLaw(mean: mean, variance: w)), at: level)
    let decay = level.alpha * level.alpha
    let length = 2 * decay * ratio * ratio * v * v / w
    let factor = 1 - length / v
    #expect(agrees(density.mean, mean, relative: 1e-9))
    #expect(agrees(density.variance, factor * factor * w + 2 * length, relative: 1e-5))
    #expect(throws: OracleError.self) {
      var builder = ProgramBuilder()
      builder.begin(step: 0, at: level)
      try SignalToNoiseCorrector().emit(at: 0, of: [level], into: &builder)
      _ = try DensityOracle(target).density(after: builder.build(), at: level)
    }
  }

  static func ve(_ count: Int) -> [NoiseLevel] {
    (0..<count).map {
      let share = Double($0) / Double(count - 1)
      return NoiseLevel(time: 1 - share, alpha: 1, sigma: 10 * .pow(0.05 / 10, share))
    }
  }

  static func vp(_ count: Int) -> [NoiseLevel] {
    var product = 1.0
    var levels: [NoiseLevel] = []
    for i in 0..<count {
      product *= 1 - (0.1 + 19.9 * Double(i) / Double(count - 1)) / Double(count)
      levels.append(
        NoiseLevel(
          time: Double(i), alpha: product.squareRoot(), sigma: (1 - product).squareRoot()))
    }
    return levels.reversed()
  }

  /// The Frechet distance of the points from the noised mixture at the last level.
  func frechet(
    _ predictor: PredictorSpecification, along levels: [NoiseLevel], corrected: Bool = false
  ) throws -> Double {
    let method = SamplingMethod(
      predictor: try predictor.make(), corrector: corrected ? try Self.corrector(0.16) : nil,
      finish: .none)
    let oracle = try DensityOracle(Targets.gm1, grid: DensityGrid(-10...10, count: 4001))
    let isExploding = levels[0].alpha == 1
    let density = try oracle.density(
      after: try method.program(along: levels),
      from: isExploding ? .law(GaussianLaw(mean: 0, variance: 100)) : .process, at: levels[0])
    let exact = try Targets.gm1.noised(at: levels[levels.count - 1]).moments
    return try GaussianLaw(mean: density.mean, variance: density.variance)
      .frechetDistance(to: GaussianLaw(exact))
  }

  /// 25 levels of the variance-exploding process and 50 of the variance-preserving one, and twice as
  /// many: distances known to the printed digits, and the corrector better than twice the levels
  /// (not after reverse diffusion) or at least than none.
  @Test(
    arguments: [
      (.songAncestral, [2.54e-2, 6.8e-3, 4.4e-3, 1.40e-3, 3.3e-4, 9.2e-5], true),
      (.reverseDiffusion, [1.92e-2, 4.0e-3, 4.4e-3, 2.6e-4, 7.1e-5, 1.0e-4], false),
      (.songProbabilityFlow, [2.69e-2, 4.9e-3, 3.0e-3, 2.63e-1, 4.7e-2, 2.8e-3], true),
    ] as [(PredictorSpecification, [Double?], Bool)])
  func correctorsRepairPredictors(
    _ predictor: PredictorSpecification, _ known: [Double?], _ beatsTwice: Bool
  ) throws {
    for (levels, count, first) in [(Self.ve, 25, 0), (Self.vp, 50, 3)] {
      let once = try frechet(predictor, along: levels(count))
      let twice = try frechet(predictor, along: levels(2 * count))
      let corrected = try frechet(predictor, along: levels(count), corrected: true)
      for (value, known) in zip([once, twice, corrected], known[first..<first + 3]) {
        if let known { #expect(agrees(value, known, relative: 0.015), "\(value), not \(known)") }
      }
      #expect(corrected < (beatsTwice ? twice : once))
    }
  }

  /// The corrector alone, two steps at every level and nothing between levels: distances known to the
  /// printed digits. No predictor shrinks the points as the noise does, so the variance-exploding
  /// start of deviation 10 stays.
  @Test(arguments: [(25, true, 44.9, 0.05), (50, false, 5.8e-2, 5e-4)])
  func correctorsAloneLagBehind(
    _ count: Int, _ isExploding: Bool, _ known: Double, _ half: Double
  ) throws {
    let levels = isExploding ? Self.ve(count) : Self.vp(count)
    var builder = ProgramBuilder()
    for (index, level) in levels.enumerated() {
      builder.begin(step: index, at: level)
      for _ in 0..<2 {
        try Self.corrector(0.16).emit(at: index, of: levels, into: &builder)
      }
    }
    let grid = isExploding ? DensityGrid(-60...60, count: 9601) : DensityGrid(-10...10, count: 4001)
    let density = try DensityOracle(Targets.gm1, grid: grid).density(
      after: builder.build(),
      from: isExploding ? .law(GaussianLaw(mean: 0, variance: 100)) : .process, at: levels[0])
    let exact = try Targets.gm1.noised(at: levels[count - 1]).moments
    let distance = try GaussianLaw(mean: density.mean, variance: density.variance)
      .frechetDistance(to: GaussianLaw(exact))
    #expect(abs(distance - known) <= half, "\(distance), not \(known)")
  }
}
