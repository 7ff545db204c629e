import RealModule

/// The reverse SDE with the predicted noise eps = -sigma score frozen over each step.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t) and z ~ N(0, I),
///
///     x' = (alpha_s / alpha_t) x - 2 sigma_s (e^H - 1) eps + sigma_s sqrt(e^{2H} - 1) z
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: the first-order SDE-DPM-Solver, DPMSolverMultistep of diffusers with
///   `algorithm_type="sde-dpmsolver"`, `solver_order=1`.
/// - Limits: the noise of a step that leads to clean data does not vanish; stop before, or freeze the
///   denoiser (``FrozenDenoiser``).
/// - Source: Lu et al., arXiv 2211.01095, section 5 (SDE-DPM-Solver-1).
public struct FrozenNoise: AffinePredictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ddpm-noise", aliases: ["sde-dpm-solver-1"],
    title: "reverse SDE, predicted noise frozen over a step", order: 1, evaluationsPerStep: 1,
    stochastic: "yes",
    equivalents: [
      .diffusers: "DPMSolverMultistepScheduler, algorithm_type sde-dpmsolver, solver_order 1"
    ], source: "Lu et al., arXiv 2211.01095, section 5")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// With H the difference of log-SNRs: alpha_s / alpha_t, 2 sigma_s sigma_t (e^H - 1),
  /// sigma_s sqrt(e^{2H} - 1).
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let gap = s.logSNR - t.logSNR
    let position = s.alpha / t.alpha
    // sigma_s e^H = sigma_t alpha_s / alpha_t stays finite where sigma_s is 0.
    let growth = gap < 1 ? s.sigma * .expMinusOne(gap) : t.sigma * position - s.sigma
    return AffineStep(
      position: position, score: 2 * t.sigma * growth,
      noise: .sqrt(growth * (growth + 2 * s.sigma)))
  }
}
