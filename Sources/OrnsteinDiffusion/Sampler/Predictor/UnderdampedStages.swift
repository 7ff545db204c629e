import OrnsteinNumerics
import RealModule

/// DPUM: the probability flow in stages, each followed by underdamped Langevin Monte Carlo at the level
/// reached.
///
/// - Predictor: ``ProbabilityFlow``, or ``RandomizedMidpoint``.
/// - Corrector: velocities from N(0, I), then steps (``UnderdampedStep``) of length h_corr =
///   corrector-step / sqrt(L) and friction 2 sqrt(L) for a total time corrector-time / sqrt(L), in
///   canonical units; as many equal steps as it takes, at most h_corr long.
/// - Stages and times: ``CorrectedStages``; the grid gives the ends and the number N of steps that the
///   longest step comes from.
/// - Order: none; the law is right to any accuracy for short steps of both kinds.
/// - Cost: one evaluation a predictor step and ceil(corrector-time / corrector-step) for each stage,
///   each twice with random times; ``SamplerProgram/evaluations`` counts them.
/// - Matches: no common scheduler.
/// - Limits: a bound L far below the Hessian of log p_t makes the corrector unstable. A run that ends
///   with a mean leaves the last correction out.
/// - Source: S. Chen, Chewi, Lee, Li, Lu, Salim, arXiv 2305.11798, algorithm 2; random times are those
///   of Gupta, Cai, Chen, arXiv 2406.00924.
public struct UnderdampedStages: Predictor {
  /// Which steps take the score at random times.
  public enum Midpoints: Int, Sendable, CaseIterable {
    /// None.
    case none = 0
    /// Those of the predictor.
    case predictor = 1
    /// Those of the predictor and of the corrector.
    case all = 2
  }

  /// The stages.
  public let stages: CorrectedStages
  /// The number of Langevin steps of a correction.
  public let correctorSteps: Int
  /// The length of a Langevin step in canonical units.
  public let correctorStep: Double
  /// Which steps take the score at random times.
  public let midpoints: Midpoints

  /// The method with times in units of 1 / L for the flow and 1 / sqrt(L) for velocities.
  ///
  /// - Parameters:
  ///   - lipschitz: L, a bound of the Hessian of log p_t for all t.
  ///   - correctorTime: The time of a correction in units of 1 / sqrt(L).
  ///   - correctorStep: The longest Langevin step in units of 1 / sqrt(L).
  ///   - midpoints: Which steps take the score at random times.
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless L is 1 or more and
  ///   both times are positive.
  public init(
    lipschitz: Double = 10, correctorTime: Double = 1, correctorStep: Double = 0.1,
    midpoints: Midpoints = .none
  ) throws(SamplingError) {
    stages = try CorrectedStages(lipschitz: lipschitz)
    let (count, step) = try evenSteps(time: correctorTime, longest: correctorStep)
    correctorSteps = count
    self.correctorStep = step / .sqrt(lipschitz)
    self.midpoints = midpoints
  }

  /// 2 sqrt(L), the rate at which velocities are forgotten.
  public var friction: Double { 2 * .sqrt(stages.lipschitz) }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpum", title: "probability flow in stages, each corrected by underdamped Langevin steps",
    order: 0, orderSense: .none, evaluationsPerStep: 1, stochastic: "yes",
    source: "S. Chen et al., arXiv 2305.11798, algorithm 2")

  /// Corrections draw noise.
  public var isStochastic: Bool { true }

  /// Random times differ between blocks of rows.
  public var isRandomized: Bool { midpoints != .none }

  /// The levels of the stages.
  public func levels(of process: any ForwardProcess, grid: GridSpecification) throws
    -> [NoiseLevel]?
  {
    try stages.levels(of: process, grid: grid)
  }

  /// A step of the flow, and a correction at the end of a stage.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let s = levels[index + 1]
    if midpoints == .none {
      ProbabilityFlow().emit(step: index, of: levels, into: &program)
    } else {
      RandomizedMidpoint().emit(step: index, of: levels, into: &program)
    }
    guard s.sigma > 0, !program.isNoiseFree, stages.isEnd(step: index, of: levels) else { return }
    correct(at: s, into: &program)
  }

  private func correct(at level: NoiseLevel, into program: inout ProgramBuilder) {
    let velocity = program.register("velocity")
    program.drawNormals(into: velocity, purpose: .corrector)
    let move = UnderdampedStep(step: correctorStep, friction: friction)
    for _ in 0..<correctorSteps {
      if midpoints == .all {
        program.underdampedMidpointStep(
          correctorStep, friction: friction, unit: level.scale, velocity: velocity, at: level,
          purpose: .corrector)
      } else {
        program.underdampedStep(
          move, unit: level.scale, velocity: velocity, at: level, purpose: .corrector)
      }
    }
  }
}
