import RealModule

/// The reverse SDE with the score frozen over each step: DDPM by exponential integrator.
///
/// From time t down to s < t, with h = t - s in canonical time and z ~ N(0, I),
///
///     x' = e^h x + 2 (e^h - 1) score_t(x) + sqrt(e^{2h} - 1) z
///
/// - Order: 1 in law; the path-space divergence of a step is h^2 E|Hessian of log p_t|^2 to leading
///   order.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: x' = x + (e^{h/2} - 1)(x + 2 score) + sqrt(e^h - 1) z in the slow convention, where h is
///   twice as long; no scheduler of diffusers, whose DDPM freezes the denoiser (``FrozenDenoiser``).
/// - Limits: the factor e^h makes steps longer than 1 in canonical time inaccurate.
/// - Source: H. Chen, Lee, Lu, arXiv 2211.01916, section 2.
public struct FrozenScore: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ddpm", aliases: ["exponential-integrator"],
    title: "reverse SDE, score frozen over a step (exponential integrator)", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    source: "H. Chen, Lee, Lu, arXiv 2211.01916, section 2")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// e^h, 2 expm1(h), sqrt(expm1(2 h)) in canonical time.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let h = t.canonicalTime - s.canonicalTime
    return AffineStep(
      position: .exp(h), score: 2 * .expMinusOne(h), noise: .sqrt(.expMinusOne(2 * h))
    ).scaled(from: t, to: s)
  }
}
