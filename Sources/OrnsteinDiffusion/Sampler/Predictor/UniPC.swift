import RealModule

/// UniPC: a multistep predictor and a corrector that reuses the evaluation of the next step.
///
/// From level t to s with h = log-SNR(s) - log-SNR(t), z = -h, denoisers D_0 here and D_j before,
/// r_j = (log-SNR_j - log-SNR(t)) / h, B = expm1(z) (bh 2) or z (bh 1):
///
///     x* = (sigma_s / sigma_t) x - alpha_s expm1(z) D_0 - alpha_s B sum_j rho_j (D_j - D_0) / r_j
///     D  = denoiser of x* at s, the next step's D_0
///     x' = as x*, with D of r = 1 among the D_j
///
/// where sum_j rho_j r_j^{i-1} = i! z phi_{i+1}(z) / B, i = 1, 2, ...: polynomials in log-SNR are
/// integrated exactly. With one unknown rho = 1/2.
///
/// - Order: `order` + 1, or `order` without corrector; raised by one a step from 1 at the first,
///   which makes the order on a whole run 3 (2 without corrector) at most asymptotically, with a
///   small constant where the first step is at high noise. A step to clean data is of order 1.
/// - Cost: one score evaluation a step, and one more for the run if its last level is corrected;
///   no noise; `order` + 1 denoisers and one point are kept.
/// - Matches: UniPCMultistepScheduler of diffusers with `solver_order`, `solver_type="bh1"` or
///   "bh2" and `lower-order-final` 1, which never corrects the last level.
/// - Limits: needs steps in log-SNR that change slowly.
/// - Source: Zhao, Bai, Rao, Zhou, Lu, arXiv 2302.04867, algorithms 1 and 2.
public struct UniPC: Predictor {
  /// The number of denoisers that the predictor combines, 1 to 3.
  public let order: Int
  /// The function B: 1 or 2.
  public let variant: Int
  /// Whether steps are corrected.
  public let isCorrected: Bool
  /// Whether the last step is corrected too, at the cost of one evaluation.
  public let correctsLast: Bool
  /// Whether the order falls to 1 towards the last step.
  public let lowersAtEnd: Bool

  /// The rule of an order.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for an order outside 1...3
  ///   or a variant other than 1 and 2.
  public init(
    order: Int = 2, variant: Int = 2, isCorrected: Bool = true, correctsLast: Bool = false,
    lowersAtEnd: Bool = false
  ) throws(SamplingError) {
    self.order = try Self.orderOption.checked(order)
    self.variant = try Self.variantOption.checked(variant)
    self.isCorrected = isCorrected
    self.correctsLast = correctsLast
    self.lowersAtEnd = lowersAtEnd
  }

  static let orderOption = WholeNumberOption(name: "order", range: 1...3)
  static let variantOption = WholeNumberOption(name: "bh", range: 1...2)

  /// What the method is.
  public static let summary = MethodSummary(
    name: "unipc", aliases: ["uni-pc"],
    title: "UniPC: multistep predictor, corrected by the next evaluation (default order 2)",
    order: 3, orderSense: .trajectory, evaluationsPerStep: 1, stochastic: "no",
    equivalents: [.diffusers: "UniPCMultistepScheduler"], grid: .logSNR,
    source: "Zhao et al., arXiv 2302.04867, algorithms 1 and 2")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// The prediction, its denoiser and the correction.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let step = DenoiserMultistepStep(
      index: index, levels: levels, slots: isCorrected ? order + 1 : order)
    let history = MultistepHistory(order: order, lowersAtEnd: lowersAtEnd)
    let used = history.order(ofStep: index, of: levels)
    let corrects =
      isCorrected && levels[index + 1].sigma > 0
      && (correctsLast || index < levels.count - 2)
    if index == 0 || !isCorrected { step.evaluate(into: &program) }
    let places = (1..<used).map { back in
      (levels[index - back].logSNR - levels[index].logSNR) / step.gap
    }
    let weights = weights(places, over: step.gap)
    let prediction = step.terms([step.frozenWeight - weights.reduce(0, +)] + weights, in: &program)
    guard corrects else { return program.combine(prediction) }
    let predicted = program.register("predicted")
    program.combine(into: predicted, prediction)
    let next = step.denoiser(-1, in: &program)
    program.evaluateDenoiser(predicted, at: levels[index + 1], into: next)
    let corrected = self.weights(places + [1], over: step.gap)
    var terms = step.terms(
      [step.frozenWeight - corrected.reduce(0, +)] + corrected.dropLast(), in: &program)
    terms.append((levels[index + 1].alpha * corrected[corrected.count - 1], next))
    program.combine(terms)
  }

  /// The weights of D_j, over alpha_s, at places r_j in units of the gap.
  private func weights(_ places: [Double], over gap: Double) -> [Double] {
    guard !places.isEmpty else { return [] }
    let z = -gap
    let scale = variant == 1 ? z : .expMinusOne(z)
    var factorial = 1.0
    let moments = (1...places.count).map { i in
      factorial *= Double(i)
      return factorial * z * ExponentialFunctions.phi(i + 1, z) / scale
    }
    let rho = places.count == 1 ? [0.5] : Vandermonde(nodes: places).solve(moments)
    return zip(rho, places).map { -scale * $0 / $1 }
  }
}
