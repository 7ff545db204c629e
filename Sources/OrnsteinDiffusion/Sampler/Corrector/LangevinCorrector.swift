import OrnsteinNumerics

/// Langevin Monte Carlo at a level, with a step proportional to the variance of the noise.
///
///     x' = x + h score(x) + sqrt(2h) z,  h = step sigma^2  (or step (alpha^2 + sigma^2))
///
/// - Order: none; its law tends to one whose covariance is off by a share of order h. On N(m, v I)
///   the variance is v / (1 - h / (2v)).
/// - Cost: `steps` evaluations and as many normals a coordinate.
/// - Matches: the annealed Langevin dynamics of NCSN, which takes no predictor and 100 steps a level,
///   for step = epsilon / (2 sigma_L^2), sigma_L the lowest noise; `AnnealedLangevinDynamics` of
///   score_sde (VE) for step = 2 snr^2.
/// - Limits: unstable for h above twice the least variance; steps in sigma^2 below 2 never are.
/// - Source: Song, Ermon, arXiv 1907.05600, algorithm 1; Song et al., arXiv 2011.13456, section 3.3.
public struct LangevinCorrector: Corrector {
  /// h in units of the squared length.
  public let step: Double
  /// How many steps a correction has.
  public let steps: Int
  /// The unit of length.
  public let unit: LangevinUnit

  /// The corrector with a step in squared units, made some times.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the step is positive
  ///   and the number of steps is at least 1.
  public init(
    step: Double = 0.1, steps: Int = 1, unit: LangevinUnit = .noise
  ) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.steps = try Double(steps).checkedWhole("steps", in: 1...1_000_000)
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "langevin", aliases: ["annealed-langevin", "lmc"],
    title: "Langevin steps proportional to the variance of the noise", order: 0, orderSense: .none,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [.scoreSDE: "AnnealedLangevinDynamics (VE, step = 2 snr^2)"],
    source: "Song, Ermon, arXiv 1907.05600, algorithm 1")

  /// One evaluation and one combination a step.
  public func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let length = unit.length(at: levels[index])
    for _ in 0..<steps {
      program.langevinStep(step, unit: length, at: levels[index], purpose: .corrector)
    }
  }
}
