import RealModule

/// DDIM: denoiser and noise frozen over each step, with a share eta of the noise drawn anew.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t), c = eta sigma_s sqrt(1 - e^{-2H}),
/// m the denoiser, eps the predicted noise and z ~ N(0, I),
///
///     x' = alpha_s m + sqrt(sigma_s^2 - c^2) eps + c z
///
/// - Order: 1; eta = 0 solves the probability-flow ODE, eta = 1 is ``FrozenDenoiser``.
/// - Cost: one score evaluation, and one normal a coordinate unless eta = 0.
/// - Matches: DDIM of diffusers with the same eta; with eta = 0 the first-order DPM-Solver.
/// - Limits: with eta = 0 an error of the initial law is carried to the end.
/// - Source: Song, Meng, Ermon, arXiv 2010.02502, equation 12.
public struct DenoisingDiffusionImplicit: AffinePredictor {
  /// The share of noise drawn anew, in [0, 1].
  public let eta: Double

  /// The rule with a share of new noise.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for a share outside [0, 1].
  public init(eta: Double = 0) throws(SamplingError) {
    guard eta >= 0, eta <= 1 else {
      throw .invalidOption(option: "eta", value: eta, requirement: "must lie in [0, 1]")
    }
    self.eta = eta
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ddim", aliases: ["dpm-solver-1", "euler"],
    title: "denoiser and noise frozen over a step; eta of the noise is new (default 0)", order: 1,
    evaluationsPerStep: 1, stochastic: "if eta > 0",
    equivalents: [
      .diffusers: "DDIMScheduler", .kDiffusion: "sample_euler (eta 0)", .azula: "DDIMSampler",
    ],
    source: "Song, Meng, Ermon, arXiv 2010.02502, equation 12")

  /// Steps draw noise if eta is positive.
  public var isStochastic: Bool { eta > 0 }

  /// With E = 1 - e^{-2H} and r = sqrt(1 - eta^2 E): position alpha_s / alpha_t, score
  /// sigma_t sigma_s (e^H - r), noise eta sigma_s sqrt(E).
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let gap = s.logSNR - t.logSNR
    let fresh = -eta * eta * .expMinusOne(-2 * gap)
    let position = s.alpha / t.alpha
    // e^H - 1 and 1 - r apart: neither is then a difference of nearly equal numbers.
    let growth = gap < 1 ? s.sigma * .expMinusOne(gap) : t.sigma * position - s.sigma
    let kept = Double.sqrt(max(1 - fresh, 0))
    return AffineStep(
      position: position, score: t.sigma * (growth + s.sigma * fresh / (1 + kept)),
      noise: s.sigma * .sqrt(fresh))
  }
}
