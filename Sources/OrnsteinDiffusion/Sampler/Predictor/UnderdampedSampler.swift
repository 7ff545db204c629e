import OrnsteinNumerics

/// Underdamped Langevin Monte Carlo at the stop level, from the initial law and velocities from
/// N(0, I) on: one step for each of the grid.
///
/// The score is frozen over a step and the rest solved exactly (``UnderdampedStep``), in units of sigma
/// (or sqrt(alpha^2 + sigma^2)). The levels of the grid but the last are not used.
///
/// - Order: none; the stationary law is off by a share of order step.
/// - Cost: one evaluation and two normals a coordinate.
/// - Matches: no common scheduler.
/// - Limits: as ``LangevinSampler``, with shorter ways between points that are far apart.
/// - Source: Cheng, Chatterji, Bartlett, Jordan, arXiv 1707.03663, algorithm 1.
public struct UnderdampedSampler: Predictor {
  /// The step of positions and velocities.
  public let move: UnderdampedStep
  /// The unit of length.
  public let unit: LangevinUnit

  /// The sampler with steps and friction in units of length.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the step is positive
  ///   and the friction is not negative.
  public init(
    step: Double = 0.2, friction: Double = 2, unit: LangevinUnit = .noise
  ) throws(SamplingError) {
    move = UnderdampedStep(
      step: try step.checkedPositive("step"), friction: try friction.checkedNotNegative("friction"))
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "underdamped", aliases: ["ulmc"],
    title: "Langevin steps with velocities at the stop level", order: 0, orderSense: .none,
    evaluationsPerStep: 1, stochastic: "yes",
    source: "Cheng, Chatterji, Bartlett, Jordan, arXiv 1707.03663, algorithm 1")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// One evaluation and two combinations; velocities are drawn at step 0.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let stop = program.moveToStop(step: index, of: levels)
    let velocity = program.register("velocity")
    if index == 0 { program.drawNormals(into: velocity) }
    program.underdampedStep(
      move, unit: unit.length(at: stop), velocity: velocity, at: stop, purpose: .predictor)
  }
}
