import RealModule

/// Exponential Adams-Bashforth in log-SNR: a polynomial through earlier noises, denoisers or
/// velocities, integrated exactly.
///
/// From level t to s, with lambda = log-SNR, h its gap, L_j the Lagrange polynomials on the last
/// `order` values of lambda, theta = arctan(sigma / alpha) and kappa = sqrt(alpha^2 + sigma^2):
///
/// - noise eps: x' = (alpha_s / alpha_t) x - sigma_s sum_j eps_j int_0^h e^{h - u} L_j du
/// - denoiser m: x' = (sigma_s / sigma_t) x + alpha_s sum_j m_j int_0^h e^{u - h} L_j du
/// - velocity v = (alpha eps - sigma m) / kappa:
///   x' = (kappa_s / kappa_t) x + kappa_s sum_j v_j int L_j d theta
///
/// - Order: `order`, 1 to 4, raised by one a step from 1 at the first; this start makes the order on
///   a whole run 2 asymptotically, with a small constant where the first step is at high noise. A
///   step to clean data is of order 1.
/// - Cost: one score evaluation, no noise; `order` values are kept.
/// - Matches: at order 2 on the denoiser ``DPMSolverPlusPlus2M`` with `taylor`; DDIM at order 1 on
///   noise or denoiser; EABSampler of azula on the noise.
/// - Limits: high orders need steps in log-SNR that change slowly.
/// - Source: Zhang, Chen, arXiv 2204.13902, section 3 (tAB-DEIS, with a polynomial in lambda);
///   Gonzalez et al., arXiv 2305.14267, for the exponential weights in lambda.
public struct ExponentialAdamsBashforth: Predictor {
  /// What the polynomial goes through.
  public enum Quantity: Int, Sendable, CaseIterable {
    /// The predicted noise, -sigma score.
    case noise
    /// E[x_0 | x].
    case denoiser
    /// The derivative of x / kappa by the angle arctan(sigma / alpha).
    case velocity
  }

  /// The number of values that a step combines, 1 to 4.
  public let order: Int
  /// What the polynomial goes through.
  public let quantity: Quantity
  /// Whether the order falls to 1 towards the last step.
  public let lowersAtEnd: Bool

  /// The rule of an order.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for an order outside 1...4.
  public init(
    order: Int = 3, quantity: Quantity = .denoiser, lowersAtEnd: Bool = false
  ) throws(SamplingError) {
    self.order = try Self.orderOption.checked(order)
    self.quantity = quantity
    self.lowersAtEnd = lowersAtEnd
  }

  static let orderOption = WholeNumberOption(name: "order", range: 1...4)
  static let quantityOption = WholeNumberOption(name: "quantity", range: 0...2)

  /// What the method is.
  public static let summary = MethodSummary(
    name: "exponential-adams-bashforth", aliases: ["eab", "deis"],
    title: "polynomial in log-SNR through noises, denoisers or velocities (default order 3)",
    order: 2, orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [.azula: "EABSampler (quantity 0)"], grid: .logSNR,
    source: "Zhang, Chen, arXiv 2204.13902, section 3")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// One value into the oldest register and one combination.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let newest = register(index, &program)
    program.evaluate(at: t, into: newest)
    // Noises stay as scores, whose sign and sigma are in the weights.
    switch quantity {
    case .noise: break
    case .denoiser:
      program.combine(
        into: newest, [(t.sigma * t.sigma / t.alpha, newest), (1 / t.alpha, .position)])
    case .velocity:
      let ratio = -t.relativeDeviation
      program.combine(into: newest, [(ratio * t.scale, newest), (ratio / t.scale, .position)])
    }
    let history = MultistepHistory(order: order, lowersAtEnd: lowersAtEnd)
    let used = (0..<history.order(ofStep: index, of: levels)).map { index - $0 }
    let weights = weights(used.map { levels[$0] }, to: s)
    let position =
      switch quantity {
      case .noise: s.alpha / t.alpha
      case .denoiser: s.sigma / t.sigma
      case .velocity: s.scale / t.scale
      }
    var terms = [(position, Register.position)]
    for (place, weight) in zip(used, weights) { terms.append((weight, register(place, &program))) }
    program.combine(terms)
  }

  private func register(_ index: Int, _ program: inout ProgramBuilder) -> Register {
    MultistepHistory.register("prediction", at: index, slots: order, in: &program)
  }

  /// The coefficients of the values at some levels, newest first.
  private func weights(_ levels: [NoiseLevel], to s: NoiseLevel) -> [Double] {
    let t = levels[0]
    let h = s.logSNR - t.logSNR
    let basis = LagrangeBasis(nodes: levels.map { $0.logSNR - t.logSNR })
    let isFrozen = levels.count == 1
    switch quantity {
    case .noise:
      // sigma_s e^h = alpha_s sigma_t / alpha_t.
      let scale = s.alpha * t.relativeDeviation
      let areas = isFrozen ? [-.expMinusOne(-h)] : basis.integrals(over: h) { .exp(-$0) }
      return zip(areas, levels).map { scale * $0 * $1.sigma }
    case .denoiser:
      let areas = isFrozen ? [-.expMinusOne(-h)] : basis.integrals(over: h) { .exp($0 - h) }
      return areas.map { s.alpha * $0 }
    case .velocity:
      let turn = Double.atan2(y: s.sigma, x: s.alpha) - .atan2(y: t.sigma, x: t.alpha)
      let areas =
        isFrozen ? [turn] : basis.integrals(over: h) { -0.5 / .cosh(t.logSNR + $0) }
      return areas.map { s.scale * $0 }
    }
  }
}
