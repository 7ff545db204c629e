import RealModule

/// The accelerated deterministic sampler of Li, Wei, Chen, Chi and others: the score extrapolated from
/// a step back up.
///
/// In canonical time, from level t down to s, with u the level before t (noisier), a = e^{-2 (t - s)}
/// and b = e^{-2 (u - t)},
///
///     y = sqrt(b) (x - (1 - b) / 2 score_t(x))
///     x' = [x + (1 - a) / 2 score_t(x)
///           + (1 - a)^2 / (4 (1 - b)) (score_t(x) - sqrt(b) score_u(y))] / sqrt(a).
///
/// y is an Euler step back to u; in w = e^{2t} - 1 the flow is d(e^t x)/dw = -e^{-t} score / 2, and
/// e^{-t} score is extrapolated linearly in w. The first step has no level before it and is that of
/// ``LiDeterministic``. Other processes are led to the canonical one.
///
/// - Order: 2.
/// - Cost: two score evaluations, one in the first step; no noise.
/// - Matches: no common scheduler.
/// - Limits: on long steps the linear extrapolation can be worse than none.
/// - Source: Li, Huang, Efimov, Wei, Chi, Chen, arXiv 2403.03852, the deterministic sampler; Li, Wei,
///   Chen, Chi, arXiv 2306.09251.
public struct AcceleratedODE: Predictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "accelerated-ode", title: "accelerated deterministic sampler of Li et al.", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 2, stochastic: "no", grid: .li,
    source: "Li, Huang, Efimov, Wei, Chi, Chen, arXiv 2403.03852")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// A step back up, then the step down.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let h = t.canonicalTime - s.canonicalTime
    let step = LiDeterministic().step(from: t, to: s)
    let score = program.evaluate(at: t)
    guard index > 0 else {
      return program.combine([(step.position, .position), (step.score, score)])
    }
    let u = levels[index - 1]
    let backTime = u.canonicalTime - t.canonicalTime
    let (loss, backLoss) = (-Double.expMinusOne(-2 * h), -Double.expMinusOne(-2 * backTime))
    let up = AffineStep(position: .exp(-backTime), score: -.exp(-backTime) * backLoss / 2, noise: 0)
      .scaled(from: t, to: u)
    let (back, earlier) = (program.register("back"), program.register("earlier score"))
    program.combine(into: back, [(up.position, .position), (up.score, score)])
    program.evaluate(back, at: u, into: earlier)
    let weight = s.scale * .exp(h) * loss * loss / (4 * backLoss)
    program.combine([
      (step.position, .position), (step.score + weight * t.scale, score),
      (-weight * .exp(-backTime) * u.scale, earlier),
    ])
  }
}
