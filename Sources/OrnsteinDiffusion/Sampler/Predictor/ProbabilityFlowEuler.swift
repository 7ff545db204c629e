import RealModule

/// The Euler step of the probability-flow ODE.
///
/// From level t down to s, with h the difference of canonical times,
///
///     x' = (1 + h) x + h score_t(x)
///
/// for the canonical process. Where alpha is constant, with D = sigma_t^2 - sigma_s^2,
///
///     x' = x + D / 2 score_t(x),
///
/// the Euler step in the variance of the noise.
///
/// - Order: 1.
/// - Cost: one score evaluation, no noise.
/// - Matches: for constant alpha ``SongProbabilityFlow``. The Euler step in sigma is
///   ``DenoisingDiffusionImplicit``.
/// - Limits: less accurate than ``ProbabilityFlow`` at the same cost; an error of the initial law is
///   carried to the end.
/// - Source: Song et al., arXiv 2011.13456, equation 13.
public struct ProbabilityFlowEuler: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "probability-flow-euler", aliases: ["pf-euler"],
    title: "probability-flow ODE, Euler steps in canonical time", order: 1, evaluationsPerStep: 1,
    stochastic: "no", source: "Song et al., arXiv 2011.13456, equation 13")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// 1 + h, h, 0; 1, D / 2, 0 where alpha is constant.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    switch ChainStep(from: t, to: s) {
    case .exploding(let added): AffineStep(position: 1, score: added / 2, noise: 0)
    case .preserving(let h):
      AffineStep(position: 1 + h, score: h, noise: 0).scaled(from: t, to: s)
    }
  }
}
