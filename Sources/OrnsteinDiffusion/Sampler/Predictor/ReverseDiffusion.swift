import RealModule

/// The reverse diffusion sampler of Song and others: the steps of the forward chain, reversed.
///
/// The forward chain adds f(x) + G z a step; read backwards it is x' = x - f(x) + G^2 score + G z. From
/// level t down to s, with beta = 1 - e^{-2h}, h the difference of canonical times, and z ~ N(0, I),
///
///     x' = (2 - sqrt(1 - beta)) x + beta score_t(x) + sqrt(beta) z
///
/// for variance-preserving processes. Where alpha is constant, with D = sigma_t^2 - sigma_s^2,
///
///     x' = x + D score_t(x) + sqrt(D) z.
///
/// Other processes are led to the canonical one.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: `ReverseDiffusionPredictor` of score_sde on the levels of its chain; for constant alpha
///   the predictor of ScoreSdeVe of diffusers.
/// - Limits: the last step adds the full noise of the chain; score_sde leaves it out, which is the
///   finish ``Finish/mean``.
/// - Source: Song et al., arXiv 2011.13456, appendix E and algorithms 2 and 3.
public struct ReverseDiffusion: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "reverse-diffusion", title: "reverse diffusion of Song et al. (VP and VE forms)",
    order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [
      .scoreSDE: "ReverseDiffusionPredictor", .diffusers: "ScoreSdeVeScheduler, step_pred (VE)",
    ], source: "Song et al., arXiv 2011.13456, appendix E")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// 1 - expm1(-h), beta, sqrt(beta); 1, D, sqrt(D) where alpha is constant.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    switch ChainStep(from: t, to: s) {
    case .exploding(let added):
      return AffineStep(position: 1, score: added, noise: .sqrt(added))
    case .preserving(let h):
      let beta = -Double.expMinusOne(-2 * h)
      return AffineStep(position: 1 - .expMinusOne(-h), score: beta, noise: .sqrt(beta))
        .scaled(from: t, to: s)
    }
  }
}
