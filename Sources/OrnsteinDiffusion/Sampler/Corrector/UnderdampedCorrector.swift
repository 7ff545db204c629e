import OrnsteinNumerics

/// Underdamped Langevin Monte Carlo at a level: positions with velocities, the score frozen over each
/// step and the rest solved exactly (``UnderdampedStep``).
///
/// Lengths are in units of sigma (or sqrt(alpha^2 + sigma^2)); velocities are drawn from N(0, I) at the
/// beginning of each correction.
///
/// - Order: none; the stationary law is off by a share of order step.
/// - Cost: `steps` evaluations, 2 `steps` + 1 normals a coordinate.
/// - Matches: no common scheduler; the corrector of DPUM with its own units.
/// - Limits: unstable for steps above about 2 friction times the least variance, all in units, so
///   never stable in the long run without friction.
/// - Source: Cheng, Chatterji, Bartlett, Jordan, arXiv 1707.03663, algorithm 1.
public struct UnderdampedCorrector: Corrector {
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
    step: Double = 0.2, friction: Double = 2, steps: Int = 5, unit: LangevinUnit = .noise
  ) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.friction = try friction.checkedNotNegative("friction")
    self.steps = try Double(steps).checkedWhole("steps", in: 1...1_000_000)
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "underdamped", aliases: ["ulmc"],
    title: "Langevin steps with velocities, score frozen over a step", order: 0, orderSense: .none,
    evaluationsPerStep: 5, stochastic: "yes",
    source: "Cheng, Chatterji, Bartlett, Jordan, arXiv 1707.03663, algorithm 1")

  /// New velocities, then one evaluation a step.
  public func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let level = levels[index]
    let velocity = program.register("corrector velocity")
    let move = UnderdampedStep(step: step, friction: friction)
    program.drawNormals(into: velocity, purpose: .corrector)
    for _ in 0..<steps {
      program.underdampedStep(
        move, unit: unit.length(at: level), velocity: velocity, at: level, purpose: .corrector)
    }
  }
}
