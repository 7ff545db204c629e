import RealModule

/// The Euler-Maruyama step of the reverse SDE.
///
/// From level t down to s, with h the difference of canonical times and z ~ N(0, I),
///
///     x' = (1 + h) x + 2 h score_t(x) + sqrt(2 h) z
///
/// for the canonical process. Where alpha is constant, dX = g dW, and with
/// D = sigma_t^2 - sigma_s^2, the integral of g^2,
///
///     x' = x + D score_t(x) + sqrt(D) z.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: `EulerMaruyamaPredictor` of score_sde, up to its rectangle rule for the integral of
///   beta, and for constant alpha ``ReverseDiffusion``.
/// - Limits: less accurate than ``FrozenScore`` at the same cost; the drift of the process is not
///   integrated exactly.
/// - Source: Song et al., arXiv 2011.13456, equation 6 and section 4.1.
public struct EulerMaruyama: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "euler-maruyama", aliases: ["em"], title: "reverse SDE, Euler-Maruyama", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [.scoreSDE: "EulerMaruyamaPredictor, where beta is constant"],
    source: "Song et al., arXiv 2011.13456, equation 6")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// 1 + h, 2 h, sqrt(2 h); 1, D, sqrt(D) where alpha is constant.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    switch ChainStep(from: t, to: s) {
    case .exploding(let added):
      AffineStep(position: 1, score: added, noise: .sqrt(added))
    case .preserving(let h):
      AffineStep(position: 1 + h, score: 2 * h, noise: .sqrt(2 * h)).scaled(from: t, to: s)
    }
  }
}
