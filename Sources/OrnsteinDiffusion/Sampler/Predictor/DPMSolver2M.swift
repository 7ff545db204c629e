import RealModule

/// DPM-Solver multistep of order 2: the predicted noise extrapolated linearly in log-SNR.
///
/// From level t to s with h = log-SNR(s) - log-SNR(t), previous gap h_0, r = h_0 / h, E_0 the
/// predicted noise here and E_1 the one before,
///
///     x' = (alpha_s / alpha_t) x - sigma_s expm1(h) (E_0 + (E_0 - E_1) / (2 r))
///
/// or, with `taylor`, ... - sigma_s (expm1(h) / h - 1) (E_0 - E_1) / r, which integrates the line
/// exactly. The first step is of order 1, and so is one to clean data.
///
/// - Order: 2.
/// - Cost: one score evaluation, no noise; two scores are kept.
/// - Matches: DPMSolverMultistepScheduler of diffusers with `algorithm_type="dpmsolver"`,
///   `solver_order=2`, `solver_type="midpoint"` (`taylor`: "heun").
/// - Limits: less accurate than ``DPMSolverPlusPlus2M`` at few steps.
/// - Source: Lu et al., arXiv 2206.00927, in the multistep form of arXiv 2211.01095.
public struct DPMSolver2M: Predictor {
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
    name: "dpm-2m", aliases: ["dpm-solver-2m"],
    title: "DPM-Solver multistep: noise extrapolated from two steps", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [
      .diffusers: "DPMSolverMultistepScheduler, algorithm_type dpmsolver, solver_order 2"
    ],
    grid: .logSNR, source: "Lu et al., arXiv 2206.00927 and 2211.01095")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// One score into the older register and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    func score(_ index: Int, _ program: inout ProgramBuilder) -> Register {
      MultistepHistory.register("noise-prediction", at: index, slots: 2, in: &program)
    }
    let newest = score(index, &program)
    program.evaluate(at: t, into: newest)
    // sigma_s expm1(h) = scale (1 - e^{-h}), finite also where sigma_s = 0.
    let h = s.logSNR - t.logSNR
    let scale = s.alpha * t.relativeDeviation
    let frozen = -scale * .expMinusOne(-h)
    var slope = 0.0
    let history = MultistepHistory(order: 2, lowersAtEnd: lowersAtEnd)
    if history.order(ofStep: index, of: levels) == 2 {
      let ratio = (t.logSNR - levels[index - 1].logSNR) / h
      // sigma_s (expm1(h) / h - 1) = scale h (phi_1 - phi_2)(-h), since e^{-h} phi_2(h) is that.
      let area =
        isTaylor
        ? scale * h * (ExponentialFunctions.phi(1, -h) - ExponentialFunctions.phi(2, -h))
        : frozen / 2
      slope = area / ratio
    }
    var terms = [
      (s.alpha / t.alpha, Register.position), ((frozen + slope) * t.sigma, newest),
    ]
    if slope != 0 {
      terms.append((-slope * levels[index - 1].sigma, score(index - 1, &program)))
    }
    program.combine(terms)
  }
}
