import OrnsteinNumerics

/// Langevin Monte Carlo at the stop level, from the initial law on: one step for each of the grid.
///
///     x' = x + h score(x) + sqrt(2h) z,  h = step sigma^2  (or step (alpha^2 + sigma^2))
///
/// The levels of the grid but the last are not used. The points at the horizon are first brought to
/// the scale of the stop level.
///
/// - Order: none; the law tends to one whose covariance is off by a share of order h. On N(m, v I)
///   the variance is v / (1 - h / (2v)).
/// - Cost: one evaluation and one normal a coordinate.
/// - Matches: no common scheduler; unadjusted Langevin, the baseline that diffusion was made to beat.
/// - Limits: unstable for h above twice the least variance; modes far apart take exponentially long.
/// - Source: Roberts, Tweedie, Bernoulli 2 (1996), section 1.2.
public struct LangevinSampler: Predictor {
  /// h in units of the squared length.
  public let step: Double
  /// The unit of length.
  public let unit: LangevinUnit

  /// The sampler with a step in squared units.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the step is positive.
  public init(step: Double = 0.1, unit: LangevinUnit = .noise) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "langevin", aliases: ["lmc", "ula"], title: "Langevin steps at the stop level", order: 0,
    orderSense: .none, evaluationsPerStep: 1, stochastic: "yes",
    source: "Roberts, Tweedie, Bernoulli 2 (1996), section 1.2")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// One evaluation and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let stop = program.moveToStop(step: index, of: levels)
    program.langevinStep(step, unit: unit.length(at: stop), at: stop, purpose: .predictor)
  }
}

extension ProgramBuilder {
  /// At step 0, brings the points from the scale of the horizon to that of the stop level, which is
  /// returned at every step.
  mutating func moveToStop(step index: Int, of levels: [NoiseLevel]) -> NoiseLevel {
    let stop = levels[levels.count - 1]
    if index == 0 { combine([(stop.scale / levels[0].scale, .position)]) }
    return stop
  }
}
