import RealModule

/// The reverse SDE with the relative score r = score + x, grad log(p_t / N(0, I)), frozen over each
/// step.
///
/// From time t down to s < t, with h = t - s in canonical time and z ~ N(0, I),
///
///     x' = e^{-h} x + 2 (1 - e^{-h}) (score_t(x) + x) + sqrt(1 - e^{-2h}) z
///
/// - Order: 1 in law; exact for data that is standard normal.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: no common scheduler.
/// - Limits: best for data scaled to unit variance, where r is small at late times.
/// - Source: Conforti, Durmus, Gentiloni Silveri, arXiv 2308.12240, section 2.
public struct FrozenRelativeScore: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ddpm-relative", aliases: [],
    title: "reverse SDE, score relative to N(0, I) frozen over a step", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    source: "Conforti, Durmus, Gentiloni Silveri, arXiv 2308.12240, section 2")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// e^{-h} - 2 expm1(-h), -2 expm1(-h), sqrt(-expm1(-2 h)) in canonical time.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let h = t.canonicalTime - s.canonicalTime
    let gain = -Double.expMinusOne(-h)
    return AffineStep(
      position: 1 + gain, score: 2 * gain, noise: .sqrt(-.expMinusOne(-2 * h))
    ).scaled(from: t, to: s)
  }
}
