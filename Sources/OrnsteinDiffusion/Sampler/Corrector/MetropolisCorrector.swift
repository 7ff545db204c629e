import OrnsteinNumerics

/// The Metropolis-adjusted Langevin algorithm at a level: it keeps p_t exactly.
///
/// A Langevin step of length h = step sigma^2 (or step (alpha^2 + sigma^2)) is proposed and accepted
/// or rejected (``MetropolisAcceptance``).
///
/// - Order: none; p_t is stationary for every step.
/// - Cost: `steps` + 1 evaluations and 2 `steps` log-densities; as many normals a coordinate, and one
///   uniform a row.
/// - Matches: no common scheduler.
/// - Limits: needs log-densities, which learned scores do not have.
/// - Source: Roberts, Tweedie, Bernoulli 2 (1996), section 1.4.
public struct MetropolisCorrector: Corrector {
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
    step: Double = 0.5, steps: Int = 1, unit: LangevinUnit = .noise
  ) throws(SamplingError) {
    self.step = try step.checkedPositive("step")
    self.steps = try Double(steps).checkedWhole("steps", in: 1...1_000_000)
    self.unit = unit
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "mala", aliases: ["metropolis-adjusted-langevin"],
    title: "Langevin steps accepted or rejected by density", order: 0, orderSense: .none,
    evaluationsPerStep: 2, stochastic: "yes",
    source: "Roberts, Tweedie, Bernoulli 2 (1996), section 1.4")

  /// A proposal, its score and a decision a step.
  public func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let length = unit.length(at: levels[index])
    for _ in 0..<steps {
      program.metropolisStep(step, unit: length, at: levels[index], purpose: .corrector)
    }
  }
}
