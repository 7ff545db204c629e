import OrnsteinDiffusion

/// What a sampler keeps fixed over a step while it follows the reverse SDE exactly otherwise.
///
/// The law of such a sampler's path is known, and so is how far it is from the reversed process: the
/// divergence of the paths is a sum of one number a step (``PathCost``).
public enum Freezing: String, Sendable, Codable, CaseIterable {
  /// The score.
  case score
  /// The score relative to N(0, I), score + x, on the canonical process.
  case relativeScore = "relative-score"
  /// The denoiser E[X_0 | x].
  case denoiser
  /// The predicted noise E[xi | x] = -sigma score.
  case noise

  /// What a predictor freezes, or `nil` if its step is no exponential integrator of the reverse SDE.
  ///
  /// `ddpm`, `ddpm-relative`, `ancestral` with the small variance and no base variance (which `ddim`
  /// with eta = 1 is too) and `ddpm-noise` are; discretised chains, solvers of higher order and deterministic samplers are
  /// not.
  public init?(_ predictor: PredictorSpecification) {
    switch predictor.name {
    case PredictorSpecification.frozenScore.name: self = .score
    case PredictorSpecification.frozenRelativeScore.name: self = .relativeScore
    case PredictorSpecification.frozenNoise.name: self = .noise
    case PredictorSpecification.frozenDenoiser.name
    where predictor.parameters["variance"] == 0 && predictor.parameters["base-variance"] == 0:
      self = .denoiser
    case PredictorSpecification.denoisingDiffusionImplicit().name
    where predictor.parameters["eta"] == 1:
      self = .denoiser
    default: return nil
    }
  }

  /// What a plan freezes, or `nil` if its predictor freezes nothing or a corrector disturbs the path.
  public init?(of plan: SamplingPlan) {
    guard plan.corrector == nil || plan.correctorSteps == 0 else { return nil }
    self.init(plan.predictor)
  }

  /// The predictor that freezes this.
  public var predictor: PredictorSpecification {
    switch self {
    case .score: .frozenScore
    case .relativeScore: .frozenRelativeScore
    case .denoiser: .frozenDenoiser
    case .noise: .frozenNoise
    }
  }

  /// The names of the predictors that freeze something.
  public static var predictorNames: [String] { allCases.map(\.predictor.name) }
}
