import RealModule

/// The probability-flow ODE with the score frozen over each step (exponential integrator).
///
/// From time t down to s < t, with h = t - s in canonical time,
///
///     x' = e^h x + (e^h - 1) score_t(x)
///
/// - Order: 1.
/// - Cost: one score evaluation, no noise.
/// - Matches: no scheduler of diffusers, whose DDIM freezes the noise (``DenoisingDiffusionImplicit``).
/// - Limits: an error of the initial law is carried to the end, since nothing contracts it.
/// - Source: S. Chen, Chewi, Lee, Li, Lu, Salim, arXiv 2305.11798, section 2; the ODE is from Song et
///   al., arXiv 2011.13456, equation 13.
public struct ProbabilityFlow: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "probability-flow", aliases: ["pf", "pf-ode"],
    title: "probability-flow ODE, score frozen over a step (exponential integrator)", order: 1,
    evaluationsPerStep: 1, stochastic: "no", source: "S. Chen et al., arXiv 2305.11798, section 2")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// e^h, expm1(h), 0 in canonical time.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let h = t.canonicalTime - s.canonicalTime
    return AffineStep(position: .exp(h), score: .expMinusOne(h), noise: 0).scaled(from: t, to: s)
  }
}
