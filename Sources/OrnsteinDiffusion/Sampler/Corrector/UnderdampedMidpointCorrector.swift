import OrnsteinNumerics

/// Underdamped Langevin Monte Carlo with the score of each step taken at a random time of it.
///
/// With u uniform in (0, 1), x_u the step of length u h with the score frozen at x, and
/// phi(t) = (1 - e^{-gamma t}) / gamma,
///
///     x' = x + phi(h) v + h phi((1 - u) h) score(x_u) + n_x
///     v' = e^{-gamma h} v + h e^{-gamma (1 - u) h} score(x_u) + n_v
///
/// with the noise of x_u, x' and v' that of one Brownian motion. The integral of the score is then
/// right on average. The rows of a block share the times.
///
/// - Order: none; the bias of the stationary law is of higher order in the step than with the score
///   frozen.
/// - Cost: 2 `steps` evaluations, 4 `steps` + 1 normals a coordinate.
/// - Matches: no common scheduler.
/// - Source: Shen, Lee, arXiv 1909.05503, algorithm 1; Gupta, Cai, Chen, arXiv 2406.00924.
public struct UnderdampedMidpointCorrector: Corrector {
  /// The length of a step.
  public let step: Double
  /// gamma, the rate at which velocities are forgotten.
  public let friction: Double
  /// How many steps a correction has.
  public let steps: Int
  /// The unit of length.
  public let unit: LangevinUnit

  /// The corrector with steps and friction in units of length.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless the step is positive,
  ///   the friction is not negative, and the number of steps is at least 1.
  public init(
    step: Double = 0.4, friction: Double = 2, steps: Int = 3, unit: LangevinUnit = .noise
  ) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.friction = try friction.checkedNotNegative("friction")
    self.steps = try Double(steps).checkedWhole("steps", in: 1...1_000_000)
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "underdamped-midpoint", aliases: ["ulmc-midpoint"],
    title: "Langevin steps with velocities, score at a random time of a step", order: 0,
    orderSense: .none, evaluationsPerStep: 6, stochastic: "yes",
    source: "Shen, Lee, arXiv 1909.05503, algorithm 1")

  /// Each block of rows has its own times.
  public var isRandomized: Bool { true }

  /// New velocities, then two evaluations a step.
  public func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let level = levels[index]
    let velocity = program.register("corrector velocity")
    program.drawNormals(into: velocity, purpose: .corrector)
    for _ in 0..<steps {
      program.underdampedMidpointStep(
        step, friction: friction, unit: unit.length(at: level), velocity: velocity, at: level,
        purpose: .corrector)
    }
  }
}
