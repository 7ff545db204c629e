import RealModule

/// DPM-Solver++ 2M for the reverse SDE: the denoiser extrapolated linearly in log-SNR.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t), r = (previous H) / H, E = 1 -
/// e^{-(1 + eta) H}, D_0 the denoiser here, D_1 that of the step before, and z ~ N(0, I),
///
///     x' = (sigma_s / sigma_t) e^{-eta H} x + alpha_s [E D_0 + w (D_0 - D_1) / r]
///          + sigma_s sqrt(1 - e^{-2 eta H}) z
///
/// with w = E / 2 ("midpoint") or w = 1 - E / ((1 + eta) H) ("taylor", "heun" in libraries). The first step has no D_1; a
/// step to a level without noise is x' = alpha_s D_0.
///
/// - Order: 2 in law on Gaussian data, for every eta.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: `sample_dpmpp_2m_sde` of k-diffusion with the same eta and solver type;
///   DPMSolverMultistep of diffusers with `algorithm_type="sde-dpmsolver++"` for eta = 1.
/// - Limits: eta = 0 is DPM-Solver++ 2M for the probability flow.
/// - Source: Lu et al., arXiv 2211.01095, section 5 (SDE-DPM-Solver++ 2M).
public struct SecondOrderMultistepSDE: Predictor {
  /// The noise, 1 for that of the reverse SDE, 0 for none.
  public let eta: Double
  /// Whether the line through two denoisers is integrated exactly.
  public let isTaylor: Bool

  /// The rule with an amount of noise.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless eta is 0 or more.
  public init(eta: Double = 1, isTaylor: Bool = false) throws(SamplingError) {
    self.eta = try Self.checked(eta: eta)
    self.isTaylor = isTaylor
  }

  static func checked(eta: Double) throws(SamplingError) -> Double {
    guard eta >= 0, eta.isFinite else {
      throw .invalidOption(option: "eta", value: eta, requirement: "must be 0 or more")
    }
    return eta
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpm++2m-sde", aliases: ["dpmpp-2m-sde", "sde-dpm-solver++2m"],
    title: "reverse SDE, denoiser extrapolated linearly in log-SNR (DPM-Solver++ 2M SDE)", order: 2,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [
      .diffusers: "DPMSolverMultistepScheduler, algorithm_type sde-dpmsolver++ (eta 1)",
      .kDiffusion: "sample_dpmpp_2m_sde",
    ], grid: .karras, source: "Lu et al., arXiv 2211.01095, section 5")

  /// Steps draw noise if eta is positive.
  public var isStochastic: Bool { eta > 0 }

  /// One evaluation; the denoisers of two steps live in registers.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let newest = denoiser(at: index, in: &program)
    program.evaluateDenoiser(at: t, into: newest)
    guard s.sigma > 0 else { return program.combine([(s.alpha, newest)]) }
    let gap = s.logSNR - t.logSNR
    let decay = -Double.expMinusOne(-(1 + eta) * gap)
    var terms = [
      (s.sigma / t.sigma * .exp(-eta * gap), Register.position), (s.alpha * decay, newest),
    ]
    if index > 0 {
      let ratio = (t.logSNR - levels[index - 1].logSNR) / gap
      let length = (1 + eta) * gap
      let weight = isTaylor ? length * ExponentialFunctions.phi(2, -length) : decay / 2
      let share = s.alpha * weight / ratio
      terms += [(share, newest), (-share, denoiser(at: index - 1, in: &program))]
    }
    program.combine(terms, noise: s.sigma * .sqrt(-.expMinusOne(-2 * eta * gap)))
  }

  private func denoiser(at index: Int, in program: inout ProgramBuilder) -> Register {
    MultistepHistory.register("denoiser", at: index, slots: 2, in: &program)
  }
}
