/// DPM-Solver++(2M): the denoiser extrapolated linearly in log-SNR from two steps.
///
/// From level t to s with h = log-SNR(s) - log-SNR(t), previous gap h_0, r = h_0 / h, D_0 the
/// denoiser here and D_1 the one before,
///
///     x' = (sigma_s / sigma_t) x - alpha_s expm1(-h) (D_0 + (D_0 - D_1) / (2 r))
///
/// or, with `taylor`, ... + alpha_s (expm1(-h) / h + 1) (D_0 - D_1) / r, which integrates the line
/// exactly. The first step is of order 1, and so is one to clean data, which returns D_0.
///
/// - Order: 2.
/// - Cost: one score evaluation, no noise; two denoisers are kept.
/// - Matches: `sample_dpmpp_2m` of k-diffusion; DPMSolverMultistepScheduler of diffusers with
///   `algorithm_type="dpmsolver++"`, `solver_order=2`, `solver_type="midpoint"` (`taylor`: "heun").
///   The same as ``UniPC`` without corrector at order 2, bh 2.
/// - Limits: needs steps in log-SNR that change slowly.
/// - Source: Lu et al., arXiv 2211.01095, algorithm 2.
public struct DPMSolverPlusPlus2M: Predictor {
  /// Whether the line is integrated exactly.
  public let isTaylor: Bool
  /// Whether the last step is of order 1.
  public let lowersAtEnd: Bool

  /// The rule in one of its variants.
  public init(isTaylor: Bool = false, lowersAtEnd: Bool = false) {
    self.isTaylor = isTaylor
    self.lowersAtEnd = lowersAtEnd
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpm++2m", aliases: ["dpmpp-2m", "dpm-solver++2m"],
    title: "DPM-Solver++(2M): denoiser extrapolated from two steps", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [
      .diffusers: "DPMSolverMultistepScheduler, algorithm_type dpmsolver++, solver_order 2",
      .kDiffusion: "sample_dpmpp_2m",
    ],
    grid: .logSNR, source: "Lu et al., arXiv 2211.01095, algorithm 2")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// One denoiser into the older register and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let step = DenoiserMultistepStep(index: index, levels: levels, slots: 2)
    step.evaluate(into: &program)
    let history = MultistepHistory(order: 2, lowersAtEnd: lowersAtEnd)
    let weights =
      history.order(ofStep: index, of: levels) == 1
      ? [step.frozenWeight] : isTaylor ? step.taylorWeights() : step.midpointWeights()
    program.combine(step.terms(weights, in: &program))
  }
}
