import OrnsteinNumerics

/// The law of the points at the horizon.
public enum InitialLaw: String, Sendable, Codable, CaseIterable {
  /// N(0, (alpha^2 + sigma^2) I), what the process tends to.
  case process
  /// The normal law with the mean and covariance of the noised data,
  /// N(alpha mu, alpha^2 C + sigma^2 I).
  case momentMatched = "moment-matched"
}

/// What is done with the points at the stop level, x = alpha x_0 + sigma xi.
public enum Finish: String, Sendable, Codable, CaseIterable {
  /// Nothing: points of the law at the stop time.
  case none
  /// x / alpha: data plus noise of deviation sigma / alpha.
  case rescale
  /// The posterior mean E[x_0 | x], at the cost of one more score evaluation.
  case denoise
}

/// Everything that decides which points are drawn from a model: a value to record and repeat.
public struct SamplingPlan: Sendable, Hashable, Codable {
  /// The forward process.
  public var process: ProcessSpecification
  /// The times.
  public var grid: GridSpecification
  /// The rule of a step.
  public var predictor: PredictorSpecification
  /// The law at the horizon.
  public var initialLaw: InitialLaw
  /// What is done at the stop level.
  public var finish: Finish
  /// The seed of all noise.
  public var seed: UInt64

  /// A plan by its parts.
  public init(
    process: ProcessSpecification = .ornsteinUhlenbeck,
    grid: GridSpecification = GridSpecification(.logSNR, steps: 100),
    predictor: PredictorSpecification = .frozenDenoiser, initialLaw: InitialLaw = .process,
    finish: Finish = .rescale, seed: UInt64 = 0
  ) {
    self.process = process
    self.grid = grid
    self.predictor = predictor
    self.initialLaw = initialLaw
    self.finish = finish
    self.seed = seed
  }

  /// The score evaluations that each point costs.
  public var evaluations: Int {
    grid.steps * predictor.summary.evaluationsPerStep + (finish == .denoise ? 1 : 0)
  }

  /// The noise levels from the horizon to the stop.
  ///
  /// - Throws: ``ProcessError`` or ``GridError``.
  public func levels() throws -> [NoiseLevel] {
    try grid.levels(for: try process.make())
  }

  /// The sampler that this plan makes of a model.
  ///
  /// - Parameters:
  ///   - model: The score of the noised data.
  ///   - moments: The moments of the data for a moment-matched start, if the model does not know
  ///     them or others are wanted.
  /// - Throws: ``ProcessError``, ``GridError`` or ``SamplingError``.
  public func makeSampler<Scalar: BatchScalar>(
    for model: any ScoreModel<Scalar>, moments: DataMoments? = nil
  ) throws -> Sampler<Scalar> {
    let start: Sampler<Scalar>.Start
    switch initialLaw {
    case .process: start = .process
    case .momentMatched:
      guard let moments = moments ?? (model as? any MomentsModel)?.moments else {
        throw SamplingError.momentsMissing
      }
      start = .moments(moments)
    }
    return try Sampler(
      model: model, levels: try levels(), predictor: try predictor.make(), start: start,
      finish: finish, key: NoiseKey(seed: seed))
  }
}
