import RealModule

/// The stochastic sampler of Li, Wei, Chen and Chi.
///
/// From time t down to s, with a = e^{-2h}, h the difference of canonical times, and z ~ N(0, I),
///
///     x' = (x + (1 - a) score_t(x) + sqrt(1 - a) z) / sqrt(a)
///
/// - Order: 1 in law; for its convergence theory use the grid `li`.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: the mean of ``SongAncestral`` with the noise of ``FrozenScore``.
/// - Limits: as those of ``FrozenScore``.
/// - Source: Li, Wei, Chen, Chi, arXiv 2306.09251, the sampler of DDPM type.
public struct LiStochastic: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "li-stochastic", title: "stochastic sampler of Li, Wei, Chen and Chi", order: 1,
    evaluationsPerStep: 1, stochastic: "yes", grid: .li,
    source: "Li, Wei, Chen, Chi, arXiv 2306.09251, the sampler of DDPM type")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// e^h, 2 sinh(h), sqrt(expm1(2 h)) in canonical time.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let h = t.canonicalTime - s.canonicalTime
    return AffineStep(
      position: .exp(h), score: 2 * .sinh(h), noise: .sqrt(.expMinusOne(2 * h))
    ).scaled(from: t, to: s)
  }
}
