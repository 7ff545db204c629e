import RealModule

/// Ancestral sampling as Song and others write it for both kinds of chain.
///
/// From level t down to s, with beta = 1 - e^{-2h}, h the difference of canonical times, and
/// z ~ N(0, I),
///
///     x' = (x + beta score_t(x)) / sqrt(1 - beta) + sqrt(beta) z
///
/// for variance-preserving processes. Where alpha is constant, with D = sigma_t^2 - sigma_s^2,
///
///     x' = x + D score_t(x) + (sigma_s / sigma_t) sqrt(D) z.
///
/// Other processes are led to the canonical one.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: `AncestralSamplingPredictor` of score_sde on the levels of its chain. For constant alpha
///   it is ``FrozenDenoiser``; otherwise ``FrozenDenoiser`` with the large variance has the same noise
///   and a more careful mean.
/// - Limits: score_sde leaves the noise of the last step out, which is the finish ``Finish/mean``.
/// - Source: Song et al., arXiv 2011.13456, equation 4 (VP) and appendix F (VE); Ho, Jain,
///   Abbeel, arXiv 2006.11239, algorithm 2.
public struct SongAncestral: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "song-ancestral", title: "ancestral sampling of Song et al. (VP and VE forms)", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [.scoreSDE: "AncestralSamplingPredictor"],
    source: "Song et al., arXiv 2011.13456, equation 4 and appendix F")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// e^h, 2 sinh(h), sqrt(beta); 1, D, (sigma_s / sigma_t) sqrt(D) where alpha is constant.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    switch ChainStep(from: t, to: s) {
    case .exploding(let added):
      AffineStep(position: 1, score: added, noise: s.sigma / t.sigma * .sqrt(added))
    case .preserving(let h):
      AffineStep(
        position: .exp(h), score: 2 * .sinh(h), noise: .sqrt(-.expMinusOne(-2 * h))
      ).scaled(from: t, to: s)
    }
  }
}
