import OrnsteinNumerics
import RealModule

/// The probability-flow ODE with the score at a random time of each step.
///
/// In canonical time, from t down to s = t - h, with theta uniform in (0, 1),
///
///     y = e^{theta h} x + (e^{theta h} - 1) score_t(x)
///     x' = e^h x + h e^{(1 - theta) h} score_{t - theta h}(y).
///
/// Over theta, the last term is an unbiased estimate of the integral of e^{r - s} score_r dr. Other
/// processes are led to the canonical one. theta is common to the rows of a block of 256.
///
/// - Order: 2 in the mean over theta, 3/2 in root mean square; 1 is what every draw of the times
///   exceeds.
/// - Cost: two score evaluations, no noise.
/// - Matches: no common scheduler.
/// - Limits: rows of one block share the error that the random times make.
/// - Source: Gupta, Cai, S. Chen, arXiv 2406.00924, algorithm 1; Shen, Lee, arXiv 1909.05503.
public struct RandomizedMidpoint: Predictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "randomized-midpoint",
    title: "probability-flow ODE, score at a random time of each step", order: 1,
    orderSense: .trajectory, evaluationsPerStep: 2, stochastic: "no",
    source: "Gupta, Cai, S. Chen, arXiv 2406.00924")

  /// Steps draw no noise, only times.
  public var isStochastic: Bool { false }

  /// Each block of rows has its own times.
  public var isRandomized: Bool { true }

  /// A step to the random time, then the whole step with the score found there.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    emit(from: levels[index], to: levels[index + 1], at: program.uniform(), into: &program)
  }

  /// Emits a step whose random time is chosen.
  ///
  /// - Parameters:
  ///   - t: The level of the points.
  ///   - s: A cleaner level.
  ///   - share: theta in (0, 1), the share of the step before the time of the second score.
  ///   - program: Receives the instructions.
  public func emit(
    from t: NoiseLevel, to s: NoiseLevel, at share: Double, into program: inout ProgramBuilder
  ) {
    let h = t.canonicalTime - s.canonicalTime
    let middle = t.interpolated(to: s, share: share)
    let half = ProbabilityFlow().step(from: t, to: middle)
    let score = program.evaluate(at: t)
    let point = program.register("midpoint")
    program.combine(into: point, [(half.position, .position), (half.score, score)])
    program.evaluate(point, at: middle, into: score)
    program.combine([
      (.exp(h) * (s.scale / t.scale), .position),
      (h * .exp((1 - share) * h) * s.scale * middle.scale, score),
    ])
  }
}
