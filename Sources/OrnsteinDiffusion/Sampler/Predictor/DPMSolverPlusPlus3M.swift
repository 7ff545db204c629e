import RealModule

/// DPM-Solver++(3M): the denoiser extrapolated in log-SNR from three steps, as published.
///
/// From level t to s with gap h, previous gaps h_0 and h_1, r_0 = h_0 / h, r_1 = h_1 / h and
/// denoisers D_0, D_1, D_2 from the newest on, P = (D_0 - D_1) / r_0, Q = (D_1 - D_2) / r_1,
///
///     x' = (sigma_s / sigma_t) x - alpha_s expm1(-h) D_0
///          + alpha_s h phi_2(-h) (P + r_0 (P - Q) / (r_0 + r_1))
///          + alpha_s h phi_3(-h) (P - Q) / (r_0 + r_1)
///
/// with phi_k(z) = sum_n z^n / (n + k)!. The first two steps are of orders 1 and 2, the second one
/// that of ``DPMSolverPlusPlus2M`` in its midpoint form or, with `taylor`, the other; a step to clean
/// data returns D_0.
///
/// - Order: 2, with a smaller constant than 2M. The published weight of the second difference is half
///   of what integrates a parabola exactly (2 phi_3), so the order is not 3;
///   ``ExponentialAdamsBashforth`` at order 3 on the denoiser is the same rule with that weight.
/// - Cost: one score evaluation, no noise; three denoisers are kept.
/// - Matches: DPMSolverMultistepScheduler of diffusers with `algorithm_type="dpmsolver++"`,
///   `solver_order=3`, `solver_type="midpoint"` (`taylor`: "heun").
/// - Limits: needs steps in log-SNR that change slowly.
/// - Source: Lu et al., arXiv 2211.01095, and their published code.
public struct DPMSolverPlusPlus3M: Predictor {
  /// Whether steps of order 2 integrate the line exactly.
  public let isTaylor: Bool
  /// Whether the last two steps are of orders 2 and 1.
  public let lowersAtEnd: Bool

  /// The rule in one of its variants.
  public init(isTaylor: Bool = false, lowersAtEnd: Bool = false) {
    self.isTaylor = isTaylor
    self.lowersAtEnd = lowersAtEnd
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "dpm++3m", aliases: ["dpmpp-3m", "dpm-solver++3m"],
    title: "DPM-Solver++(3M): denoiser extrapolated from three steps", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [
      .diffusers: "DPMSolverMultistepScheduler, algorithm_type dpmsolver++, solver_order 3"
    ],
    grid: .logSNR, source: "Lu et al., arXiv 2211.01095 and published code")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// One denoiser into the oldest register and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let step = DenoiserMultistepStep(index: index, levels: levels, slots: 3)
    step.evaluate(into: &program)
    let history = MultistepHistory(order: 3, lowersAtEnd: lowersAtEnd)
    let weights =
      switch history.order(ofStep: index, of: levels) {
      case 1: [step.frozenWeight]
      case 2: isTaylor ? step.taylorWeights() : step.midpointWeights()
      default: weights(of: step)
      }
    program.combine(step.terms(weights, in: &program))
  }

  private func weights(of step: DenoiserMultistepStep) -> [Double] {
    let (h, r0, r1) = (step.gap, step.ratio(1), step.ratio(2))
    let first = h * ExponentialFunctions.phi(2, -h)
    let second = (first * r0 + h * ExponentialFunctions.phi(3, -h)) / (r0 + r1)
    // first P + second (P - Q), in denoisers.
    let (p, q) = ((first + second) / r0, -second / r1)
    return [step.frozenWeight + p, q - p, -q]
  }
}
