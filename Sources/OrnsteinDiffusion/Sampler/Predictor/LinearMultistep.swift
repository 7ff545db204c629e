/// Linear multistep in the noise level: Adams-Bashforth for the predicted noise.
///
/// With y = x / alpha and sigma_E = sigma / alpha the probability-flow ODE is
/// dy / d sigma_E = eps, the predicted noise. From level t to s,
///
///     y' = y + sum_j w_j eps_j,    w_j = integral of L_j from sigma_E(t) to sigma_E(s),
///
/// with L_j the Lagrange polynomials on the last `order` values of sigma_E, integrated exactly in
/// Double.
///
/// - Order: `order`, 1 to 6, raised by one a step from 1 at the first; this start makes the order on
///   a whole run 2 asymptotically, with a small constant where the first step is at high noise.
/// - Cost: one score evaluation, no noise; `order` scores are kept.
/// - Matches: `sample_lms` of k-diffusion with the same order; LMSDiscreteScheduler of diffusers;
///   ABSampler of azula. Order 1 is DDIM.
/// - Limits: high orders need steps that change slowly; the last step may lead to clean data, by
///   extrapolation to sigma_E = 0.
/// - Source: Liu, Ren, Lin, Zhao, arXiv 2202.09778, section 3 (uniform steps); Karras et al.,
///   arXiv 2206.00364, equation 1 in these variables.
public struct LinearMultistep: Predictor {
  /// The number of scores that a step combines, 1 to 6.
  public let order: Int

  /// The rule of an order.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for an order outside 1...6.
  public init(order: Int = 4) throws(SamplingError) {
    self.order = try Self.orderOption.checked(order)
  }

  static let orderOption = WholeNumberOption(name: "order", range: 1...6)

  /// What the method is.
  public static let summary = MethodSummary(
    name: "lms", aliases: ["linear-multistep", "adams-bashforth"],
    title: "linear multistep in sigma / alpha on the noise; order raised by one a step (default 4)",
    order: 2, orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [
      .diffusers: "LMSDiscreteScheduler", .kDiffusion: "sample_lms", .azula: "ABSampler",
    ],
    grid: .karras, source: "Liu et al., arXiv 2202.09778, section 3")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// One evaluation into the oldest register and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let score = MultistepHistory.register(
      "noise-prediction", at: index, slots: order, in: &program)
    program.evaluate(at: t, into: score)
    let step = s.relativeDeviation - t.relativeDeviation
    let used = (0..<min(order, index + 1)).map { index - $0 }
    let basis = LagrangeBasis(
      nodes: used.map { (levels[$0].relativeDeviation - t.relativeDeviation) / step })
    let weights = basis.integrals(over: 1) { _ in 1 }
    var terms = [(s.alpha / t.alpha, Register.position)]
    for (place, weight) in zip(used, weights) {
      terms.append(
        (
          -s.alpha * step * weight * levels[place].sigma,
          MultistepHistory.register("noise-prediction", at: place, slots: order, in: &program)
        ))
    }
    program.combine(terms)
  }
}
