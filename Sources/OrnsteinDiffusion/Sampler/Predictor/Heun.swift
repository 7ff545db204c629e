/// Heun's method for the probability-flow ODE in the noise level.
///
/// With y = x / alpha, sigma_E = sigma / alpha and d = (y - m) / sigma_E, the predicted noise, from
/// level t to s:
///
///     y* = y + (sigma_E(s) - sigma_E(t)) d_t(y)
///     y' = y + (sigma_E(s) - sigma_E(t)) (d_t(y) + d_s(y*)) / 2
///
/// Where s is clean there is no slope, and y* is the end.
///
/// - Order: 2.
/// - Cost: two score evaluations a step, no noise; 2 N - 1 of N steps to clean data, or with
///   `last-correction` 0.
/// - Matches: `sample_heun` of k-diffusion with `s_churn=0`; HeunDiscreteScheduler of diffusers;
///   ``ChurnedHeun`` without churn.
/// - Limits: see ``DPMSolverPlusPlus2M`` for the same order at half the cost.
/// - Source: Karras et al., arXiv 2206.00364, algorithm 1.
public struct Heun: Predictor {
  /// Whether the last step is corrected, if it does not lead to clean data.
  public let correctsLast: Bool

  /// The rule in one of its variants.
  public init(correctsLast: Bool = true) { self.correctsLast = correctsLast }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "heun", title: "Heun's method in sigma / alpha on the noise", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 2, stochastic: "no",
    equivalents: [
      .diffusers: "HeunDiscreteScheduler", .kDiffusion: "sample_heun (s_churn 0)",
    ],
    grid: .karras, source: "Karras et al., arXiv 2206.00364, algorithm 1")

  /// Steps draw no noise.
  public var isStochastic: Bool { false }

  /// Euler's step, its score and the mean of both slopes.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let isLast = index == levels.count - 2
    let end = levels[index + 1]
    HeunStep(
      start: levels[index], end: end, isCorrected: end.sigma > 0 && (correctsLast || !isLast)
    ).emit(into: &program)
  }
}
