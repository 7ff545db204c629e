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
  /// The last step of the predictor without its noise, then x / alpha.
  case mean
}

/// Everything that decides which points are drawn from a model: a value to record and repeat.
public struct SamplingPlan: Sendable, Hashable, Codable {
  /// The forward process.
  public var process: ProcessSpecification
  /// The times.
  public var grid: GridSpecification
  /// The rule of a step.
  public var predictor: PredictorSpecification
  /// What corrects the points at each level, or `nil`.
  public var corrector: CorrectorSpecification?
  /// How often the corrector works at each level.
  public var correctorSteps: Int?
  /// Which of predictor and corrector comes first; `nil` for the predictor.
  public var correctorOrder: CorrectorOrder?
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
    finish: Finish = .rescale, seed: UInt64 = 0, corrector: CorrectorSpecification? = nil,
    correctorSteps: Int? = nil, correctorOrder: CorrectorOrder? = nil
  ) {
    self.process = process
    self.grid = grid
    self.predictor = predictor
    self.corrector = corrector
    self.correctorSteps = correctorSteps
    self.correctorOrder = correctorOrder
    self.initialLaw = initialLaw
    self.finish = finish
    self.seed = seed
  }

  /// The noise levels from the horizon to the stop.
  ///
  /// - Throws: ``ProcessError``, ``GridError`` or ``SamplingError``.
  public func levels() throws -> [NoiseLevel] {
    let process = try process.make()
    return try predictor.make().levels(of: process, grid: grid)
      ?? grid.levels(for: process)
  }

  /// The predictor with what surrounds it.
  ///
  /// - Throws: ``SamplingError`` if an option has a value that it cannot have.
  public func method() throws(SamplingError) -> SamplingMethod {
    let correctorSteps = correctorSteps ?? 1
    guard correctorSteps >= 0 else {
      throw .invalidOption(
        option: "corrector-steps", value: Double(correctorSteps), requirement: "must be 0 or more")
    }
    return SamplingMethod(
      predictor: try predictor.make(), corrector: try corrector?.make(),
      correctorSteps: correctorSteps, order: correctorOrder ?? .afterPredictor, finish: finish)
  }

  /// What the sampler does to a chunk of points.
  ///
  /// A predictor that plans for a model (``MethodSummary/isPlanned``) takes the steps here that suit
  /// data of mean 0 and variance 1; ``prepared(for:moments:)`` gives those for a model.
  ///
  /// - Throws: ``ProcessError``, ``GridError`` or ``SamplingError``.
  public func program() throws -> SamplerProgram {
    try method().program(along: levels(), key: NoiseKey(seed: seed))
  }

  /// The levels and the method for a model: those of ``levels()`` and ``method()``, or what a predictor
  /// plans in a pilot run of the model.
  ///
  /// - Parameters:
  ///   - model: The score of the noised data.
  ///   - moments: The moments of the data, if the model does not know them or others are wanted.
  /// - Throws: ``ProcessError``, ``GridError`` or ``SamplingError``.
  public func prepared<Scalar: BatchScalar>(
    for model: any ScoreModel<Scalar>, moments: DataMoments? = nil
  ) throws -> (levels: [NoiseLevel], method: SamplingMethod) {
    var method = try method()
    guard let predictor = method.predictor as? any PlannedPredictor else {
      return (try levels(), method)
    }
    try predictor.check(grid)
    let plan = try PilotRun(
      model, process: try process.make(),
      moments: moments ?? (model as? any MomentsModel)?.moments, grid: grid,
      eta: predictor.eta(steps: grid.steps), startsAtHorizon: initialLaw == .process
    ).plan()
    method.predictor = predictor.planned(plan)
    return (plan.levels, method)
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
    let (levels, method) = try prepared(for: model, moments: moments)
    return try Sampler(
      model: model, levels: levels, method: method, start: start, key: NoiseKey(seed: seed))
  }
}
