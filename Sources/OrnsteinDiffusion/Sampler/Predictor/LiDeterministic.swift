import RealModule

/// The deterministic sampler of Li, Wei, Chen and Chi.
///
/// From time t down to s, with a = e^{-2h}, h the difference of canonical times,
///
///     x' = (x + (1 - a) / 2 score_t(x)) / sqrt(a)
///
/// - Order: 1; for its convergence theory use the grid `li`.
/// - Cost: one score evaluation, no noise.
/// - Matches: no common scheduler.
/// - Limits: an error of the initial law is carried to the end.
/// - Source: Li, Wei, Chen, Chi, arXiv 2306.09251, the sampler of DDIM type.
public struct LiDeterministic: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "li-deterministic", title: "deterministic sampler of Li, Wei, Chen and Chi", order: 1,
    evaluationsPerStep: 1, stochastic: "no", grid: .li,
    source: "Li, Wei, Chen, Chi, arXiv 2306.09251, the sampler of DDIM type")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// e^h, sinh(h), 0 in canonical time.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let h = t.canonicalTime - s.canonicalTime
    return AffineStep(position: .exp(h), score: .sinh(h), noise: 0).scaled(from: t, to: s)
  }
}
