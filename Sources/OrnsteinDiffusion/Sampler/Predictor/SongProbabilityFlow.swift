import RealModule

/// The probability-flow sampler of Song and others: ``ReverseDiffusion`` with half the score, no noise.
///
/// From level t down to s, with beta = 1 - e^{-2h}, h the difference of canonical times,
///
///     x' = (2 - sqrt(1 - beta)) x + beta / 2 score_t(x)
///
/// for variance-preserving processes. Where alpha is constant, with D = sigma_t^2 - sigma_s^2,
///
///     x' = x + D / 2 score_t(x).
///
/// Other processes are led to the canonical one.
///
/// - Order: 1.
/// - Cost: one score evaluation, no noise.
/// - Matches: `ReverseDiffusionPredictor` of score_sde with `probability_flow=True`, on the levels of
///   its chain.
/// - Limits: an error of the initial law is carried to the end.
/// - Source: Song et al., arXiv 2011.13456, appendix D.3.
public struct SongProbabilityFlow: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "song-probability-flow", title: "probability flow of Song et al. (VP and VE forms)",
    order: 1, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [.scoreSDE: "ReverseDiffusionPredictor, probability_flow"],
    source: "Song et al., arXiv 2011.13456, appendix D.3")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// 1 - expm1(-h), beta / 2, 0; 1, D / 2, 0 where alpha is constant.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    switch ChainStep(from: t, to: s) {
    case .exploding(let added): AffineStep(position: 1, score: added / 2, noise: 0)
    case .preserving(let h):
      AffineStep(
        position: 1 - .expMinusOne(-h), score: -.expMinusOne(-2 * h) / 2, noise: 0
      ).scaled(from: t, to: s)
    }
  }
}
