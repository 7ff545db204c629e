import OrnsteinNumerics
import RealModule

/// DPOM: the probability flow in stages, each followed by Langevin Monte Carlo at the level reached.
///
/// - Predictor: ``ProbabilityFlow``, or ``RandomizedMidpoint``.
/// - Corrector: Langevin steps h_corr = corrector-step / L for a total time corrector-time / L in
///   canonical time; as many equal steps as it takes, at most h_corr long.
/// - Stages and times: ``CorrectedStages``; the grid gives the ends and the number N of steps that the
///   longest step comes from.
/// - Order: none; the law is right to any accuracy for short steps of both kinds.
/// - Cost: one evaluation a predictor step (two with random times) and ceil(corrector-time /
///   corrector-step) for each stage; ``SamplerProgram/evaluations`` counts them.
/// - Matches: no common scheduler.
/// - Limits: a bound L below the Hessian of log p_t times corrector-step / 2 makes the corrector
///   unstable. A run that ends with a mean leaves the last correction out.
/// - Source: S. Chen, Chewi, Lee, Li, Lu, Salim, arXiv 2305.11798, algorithm 1.
public struct OverdampedStages: Predictor {
  /// The stages.
  public let stages: CorrectedStages
  /// The number of Langevin steps of a correction.
  public let correctorSteps: Int
  /// The length of a Langevin step in canonical time.
  public let correctorStep: Double
  /// Whether the predictor takes the score at random times.
  public let usesMidpoint: Bool

  /// The method with times in units of 1 / L.
  ///
  /// - Parameters:
  ///   - lipschitz: L, a bound of the Hessian of log p_t for all t.
  ///   - correctorTime: The time of a correction in units of 1 / L.
  ///   - correctorStep: The longest Langevin step in units of 1 / L.
  ///   - usesMidpoint: Whether the predictor takes the score at random times.
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless L is 1 or more and
  ///   both times are positive.
  public init(
    lipschitz: Double = 10, correctorTime: Double = 1, correctorStep: Double = 0.1,
    usesMidpoint: Bool = false
  ) throws(SamplingError) {
    stages = try CorrectedStages(lipschitz: lipschitz)
    let (count, step) = try evenSteps(time: correctorTime, longest: correctorStep)
    correctorSteps = count
    self.correctorStep = step / lipschitz
    self.usesMidpoint = usesMidpoint
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpom", title: "probability flow in stages, each corrected by Langevin steps", order: 0,
    orderSense: .none, evaluationsPerStep: 1, stochastic: "yes",
    source: "S. Chen et al., arXiv 2305.11798, algorithm 1")

  /// Corrections draw noise.
  public var isStochastic: Bool { true }

  /// Random times differ between blocks of rows.
  public var isRandomized: Bool { usesMidpoint }

  /// The levels of the stages.
  public func levels(of process: any ForwardProcess, grid: GridSpecification) throws
    -> [NoiseLevel]?
  {
    try stages.levels(of: process, grid: grid)
  }

  /// A step of the flow, and a correction at the end of a stage.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let s = levels[index + 1]
    if usesMidpoint {
      RandomizedMidpoint().emit(step: index, of: levels, into: &program)
    } else {
      ProbabilityFlow().emit(step: index, of: levels, into: &program)
    }
    guard s.sigma > 0, !program.isNoiseFree, stages.isEnd(step: index, of: levels) else { return }
    for _ in 0..<correctorSteps {
      program.langevinStep(correctorStep, unit: s.scale, at: s, purpose: .corrector)
    }
  }
}

/// How many equal steps of at most a given length a time takes, and their length.
func evenSteps(
  time: Double, longest: Double
) throws(SamplingError) -> (count: Int, step: Double) {
  let time = try time.checkedPositive("corrector-time")
  let longest = try longest.checkedPositive("corrector-step")
  let count = max((time / longest - 1e-9).rounded(.up), 1)
  guard count <= 1_000_000 else {
    throw .invalidOption(
      option: "corrector-step", value: longest,
      requirement: "makes more than a million steps of each correction")
  }
  return (Int(count), time / count)
}
