/// A reverse diffusion whose levels and coefficients are planned for the model.
///
/// A step follows the probability flow beyond the next level sigma_{i+1}, to sigma'' = sigma_{i+1}
/// (sigma_{i+1} / sigma_i)^eta, and adds the noise that leads back:
///
///     y_{i+1} = Phi(y_i) + sqrt(sigma_{i+1}^2 - sigma''^2) z_i,   y = x / alpha, sigma = sigma_t / alpha_t.
///
/// Where the flow Phi is exact, so is the law of the points for steps of any length; with the noise
/// frozen as Phi it is the ancestral sampler at eta = 1. As steps get shorter the points become those
/// of the reverse diffusion with the noise sqrt(eta) times that of time reversal. Phi is a
/// multistep rule planned as in ``PlannedFlow``, fitted on the chains themselves, whose last noises
/// may enter too. The last step, to the clean level, draws no noise and keeps the law as the flow
/// does.
///
/// - Order: none; the coefficients suit one number of steps.
/// - Cost: one evaluation a step. The pilot costs about `max(700, 20 N) + 34 N` evaluations.
/// - Limits: as of ``PlannedFlow``; at few steps noise makes the history of slopes stale, so the
///   usual eta is min(1, max(1/4, N / 100)).
/// - Source: eta as in Song, Meng, Ermon, arXiv 2010.02502, section 4; flow and noise in turn as in
///   Karras et al., arXiv 2206.00364, section 4, and Xu et al., arXiv 2306.14878.
public struct PlannedDiffusion: PlannedPredictor {
  /// How far the flow goes beyond the next level, in (0, 1], or `nil` for min(1, max(1/4, N / 100)).
  public let eta: Double?
  let plan: MultistepPlan?

  /// The method without a plan.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless eta is in (0, 1].
  public init(eta: Double? = nil) throws(SamplingError) {
    if let eta, !(eta > 0 && eta <= 1) {
      throw .invalidOption(option: "eta", value: eta, requirement: "must lie in (0, 1]")
    }
    self.eta = eta
    plan = nil
  }

  private init(eta: Double?, plan: MultistepPlan) {
    self.eta = eta
    self.plan = plan
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "sde", aliases: ["planned-sde"],
    title: "reverse diffusion, levels and coefficients planned for the model in a pilot run",
    order: 0, orderSense: .none, evaluationsPerStep: 1, stochastic: "yes", isPlanned: true,
    source: "Song et al., arXiv 2010.02502, sec. 4; planning: cf. Shaul et al., arXiv 2403.01329")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  func eta(steps: Int) -> Double { eta ?? min(1, max(0.25, Double(steps) / 100)) }

  func planned(_ plan: MultistepPlan) -> PlannedDiffusion {
    PlannedDiffusion(eta: eta, plan: plan)
  }
}
