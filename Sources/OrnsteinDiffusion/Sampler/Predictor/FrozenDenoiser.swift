import RealModule

/// The reverse SDE with the denoiser m = E[x_0 | x] frozen over each step: ancestral sampling.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t) and z ~ N(0, I),
///
///     x' = (sigma_s / sigma_t) e^{-H} x + alpha_s (1 - e^{-2H}) m + sigma_s sqrt(1 - e^{-2H}) z,
///
/// a draw from the law of X_s given X_t = x and X_0 = m. Right for any alpha and sigma, and for a
/// stop level without noise, where x' = alpha_s m. With the large variance the deviation of the noise
/// is kappa_s sqrt(1 - e^{-2h}) instead, with h the difference of canonical times and
/// kappa^2 = alpha^2 + sigma^2: that of X_s given X_t for standard normal data.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: DDPM of diffusers with `variance_type="fixed_small"` or `"fixed_large"`; DDIM with eta = 1; first-order
///   SDE-DPM-Solver++.
/// - Limits: neither variance is exact. That of X_s given X_t is the small one plus a share of that of
///   X_0 given X_t; on average it is below the large one for data of variance up to 1.
/// - Source: Ho, Jain, Abbeel, arXiv 2006.11239, equation 7; Lu et al., arXiv 2211.01095, section 5.
public struct FrozenDenoiser: AffinePredictor {
  /// The variance of the noise of a step.
  public enum Variance: Int, Sendable {
    /// That of the law of X_s given X_t and X_0: exact for data in one point.
    case small = 0
    /// That of the law of X_s given X_t for standard normal data; 0 for a level without noise.
    case large = 1
  }

  /// The variance of the noise of a step.
  public let variance: Variance

  /// The rule.
  public init(variance: Variance = .small) { self.variance = variance }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ancestral", aliases: ["ddpm-ancestral", "sde-dpm-solver++1"],
    title: "reverse SDE, denoiser frozen over a step (posterior sampling)", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [
      .diffusers: "DDPMScheduler, variance_type fixed_small or fixed_large",
      .kDiffusion: "sample_euler_ancestral",
      .azula: "DDPMSampler",
    ],
    source: "Ho, Jain, Abbeel, arXiv 2006.11239, equation 7")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// The bridge to the cleaner level with the Tweedie denoiser as origin.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let bridge = t.bridge(to: s)
    return AffineStep(
      position: bridge.position + bridge.origin / t.alpha,
      score: bridge.origin * t.sigma * t.sigma / t.alpha, noise: noise(bridge, t, s))
  }

  private func noise(_ bridge: BridgeLaw, _ t: NoiseLevel, _ s: NoiseLevel) -> Double {
    guard variance == .large, s.sigma > 0 else { return .sqrt(bridge.variance) }
    return s.scale * .sqrt(-.expMinusOne(-2 * (t.canonicalTime - s.canonicalTime)))
  }
}
