import RealModule

/// The reverse SDE with the denoiser m = E[x_0 | x] frozen over each step: ancestral sampling.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t) and z ~ N(0, I),
///
///     x' = (sigma_s / sigma_t) e^{-H} x + alpha_s (1 - e^{-2H}) m + sigma_s sqrt(1 - e^{-2H}) z,
///
/// a draw from the law of X_s given X_t = x and X_0 = m. Right for any alpha and sigma, and for a
/// stop level without noise, where x' = alpha_s m.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: DDPM of diffusers with `variance_type="fixed_small"`; DDIM with eta = 1; first-order
///   SDE-DPM-Solver++.
/// - Limits: the posterior variance, not the larger forward one ("fixed_large"), is added.
/// - Source: Ho, Jain, Abbeel, arXiv 2006.11239, equation 7; Lu et al., arXiv 2211.01095, section 5.
public struct FrozenDenoiser: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ancestral", aliases: ["ddpm-ancestral", "sde-dpm-solver++1"],
    title: "reverse SDE, denoiser frozen over a step (posterior sampling)", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [
      .diffusers: "DDPMScheduler, variance_type fixed_small", .kDiffusion: "sample_euler_ancestral",
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
      score: bridge.origin * t.sigma * t.sigma / t.alpha, noise: .sqrt(bridge.variance))
  }
}
