import OrnsteinNumerics

/// The Metropolis-adjusted Langevin algorithm at the stop level, from the initial law on: one step for
/// each of the grid.
///
/// A Langevin step of length h = step sigma^2 (or step (alpha^2 + sigma^2)) is proposed and accepted
/// or rejected (``MetropolisAcceptance``). The levels of the grid but the last are not used. A run that
/// ends with a mean leaves its last step out, since a decision has none.
///
/// - Order: none; the law at the stop level is stationary for every step.
/// - Cost: one evaluation (two at the first step), two log-densities, one normal a coordinate and one
///   uniform a row.
/// - Matches: no common scheduler.
/// - Limits: needs log-densities; modes far apart take exponentially long.
/// - Source: Roberts, Tweedie, Bernoulli 2 (1996), section 1.4.
public struct MetropolisSampler: Predictor {
  /// h in units of the squared length.
  public let step: Double
  /// The unit of length.
  public let unit: LangevinUnit

  /// The sampler with a step in squared units.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the step is positive.
  public init(step: Double = 0.5, unit: LangevinUnit = .noise) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "mala", aliases: ["metropolis-adjusted-langevin"],
    title: "Langevin steps at the stop level, accepted or rejected by density", order: 0,
    orderSense: .none, evaluationsPerStep: 1, stochastic: "yes",
    source: "Roberts, Tweedie, Bernoulli 2 (1996), section 1.4")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// A proposal, its score and a decision.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let stop = program.moveToStop(step: index, of: levels)
    guard !program.isNoiseFree else { return }
    program.metropolisStep(step, unit: unit.length(at: stop), at: stop, purpose: .predictor)
  }
}
