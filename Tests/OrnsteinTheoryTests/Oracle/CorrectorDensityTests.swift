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

  /// Some corrections at every level, and the predictor between levels.
  func program(
    _ predictor: PredictorSpecification, corrections: Int, along levels: [NoiseLevel]
  ) throws -> SamplerProgram {
    let (predictor, corrector) = (try predictor.make(), try Self.corrector(0.16))
    var builder = ProgramBuilder()
    for index in levels.indices {
      builder.begin(step: index, at: levels[index])
      for _ in 0..<corrections { corrector.emit(at: index, of: levels, into: &builder) }
      if index < levels.count - 1 { predictor.emit(step: index, of: levels, into: &builder) }
    }
    return try builder.build()
  }

  /// The Frechet distance of the points from the noised mixture at the last level, and the total
  /// variation.
  func distances(
    _ predictor: PredictorSpecification, corrections: Int, along levels: [NoiseLevel]
  ) throws -> (frechet: Double, totalVariation: Double) {
    let isExploding = levels[0].alpha == 1
    // Without a predictor nothing shrinks the points as the noise does.
    let grid =
      isExploding && predictor.name == "none"
      ? DensityGrid(-60...60, count: 9601) : DensityGrid(-10...10, count: 4001)
    let oracle = try DensityOracle(Targets.gm1, grid: grid)
    let density = try oracle.density(
      after: program(predictor, corrections: corrections, along: levels),
      from: isExploding ? .law(GaussianLaw(mean: 0, variance: 100)) : .process, at: levels[0])
    let last = levels[levels.count - 1]
    let exact = try Targets.gm1.noised(at: last).moments
    return (
      try GaussianLaw(mean: density.mean, variance: density.variance)
        .frechetDistance(to: GaussianLaw(exact)),
      try oracle.compare(density, withNoisedAt: last).totalVariation
    )
  }

  /// Whether a number rounds to a printed one, such as 2.54e-2 or 0.052.
  func rounds(_ value: Double, to printed: String) -> Bool {
    let parts = printed.split(separator: "e")
    let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    let exponent = parts.count > 1 ? Double(parts[1]) ?? 0 : 0
    let half = 0.5 * Double.exp10(exponent - Double(decimals))
    return abs(value - (Double(printed) ?? .nan)) <= half * (1 + 1e-9)
  }

  /// A row of the table: for each process the Frechet distances after the predictor, after the predictor
  /// on twice the levels, and with a correction at every level; then total variations.
  struct Row: Sendable {
    let predictor: PredictorSpecification
    let exploding: [String]
    let preserving: [String]
  }

  static let rows = [
    Row(
      predictor: .songAncestral,
      exploding: ["2.54e-2", "6.8e-3", "4.4e-3", "0.052", "0.026", "0.028"],
      preserving: ["1.40e-3", "3.3e-4", "9.2e-5", "0.023", "0.011", "0.016"]),
    Row(
      predictor: .reverseDiffusion, exploding: ["1.92e-2", "4.0e-3", "4.4e-3"],
      preserving: ["2.6e-4", "7.1e-5", "1.0e-4"]),
    Row(
      predictor: .songProbabilityFlow,
      exploding: ["2.69e-2", "4.9e-3", "3.0e-3", "0.0613", "0.027", "0.025"],
      preserving: ["2.63e-1", "4.574e-2", "2.745e-3", "0.150", "0.0665", "0.026"]),
  ]

  /// Distances known to the printed digits, and a corrector that is better than twice the levels, but
  /// for reverse diffusion.
  ///
  /// 25 levels of the variance-exploding process and 50 of the variance-preserving one, and twice as
  /// many.
  @Test(arguments: rows)
  func correctorsRepairPredictors(_ row: Row) throws {
    for (levels, count, known) in [(Self.ve, 25, row.exploding), (Self.vp, 50, row.preserving)] {
      let runs = [
        try distances(row.predictor, corrections: 0, along: levels(count)),
        try distances(row.predictor, corrections: 0, along: levels(2 * count)),
        try distances(row.predictor, corrections: 1, along: levels(count)),
      ]
      for (value, known) in zip(runs.map(\.frechet) + runs.map(\.totalVariation), known) {
        #expect(rounds(value, to: known), "\(value), not \(known)")
      }
      #expect(
        runs[2].frechet < runs[row.predictor.name == "reverse-diffusion" ? 0 : 1].frechet)
    }
  }

  /// The corrector alone, two steps at every level: the variance-exploding start of deviation 10 stays.
  @Test func correctorsAloneLagBehind() throws {
    let none = try PredictorSpecification(name: "none")
    let exploding = try distances(none, corrections: 2, along: Self.ve(25)).frechet
    #expect(rounds(exploding, to: "44.9"), "\(exploding)")
    let preserving = try distances(none, corrections: 2, along: Self.vp(50)).frechet
    #expect(rounds(preserving, to: "5.8e-2"), "\(preserving)")
  }
}
