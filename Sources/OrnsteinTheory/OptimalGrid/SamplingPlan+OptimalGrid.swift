import OrnsteinDiffusion
import OrnsteinNumerics

extension OptimalGrid {
  /// The largest number of steps that a plan's optimal grid may have.
  public static let mostSteps = 2048

  /// What a plan freezes.
  ///
  /// - Throws: ``BudgetError/notFrozen(predictor:)`` or ``BudgetError/corrected(corrector:)``.
  public static func freezing(of plan: SamplingPlan) throws(BudgetError) -> Freezing {
    if let freezing = Freezing(of: plan) { return freezing }
    if let corrector = plan.corrector, plan.correctorSteps != 0 {
      throw .corrected(corrector: corrector.name)
    }
    throw .notFrozen(predictor: plan.predictor.name)
  }
}

extension SamplingPlan {
  /// The plan with its grid replaced by the one of least divergence of the paths, for the same process,
  /// ends and number of steps.
  ///
  /// The curves of an exact target are computed at 193 levels even in log-SNR, and the times chosen
  /// among 513 or more. The new grid lists its times, so that a record of the plan repeats it without
  /// the target.
  ///
  /// - Parameters:
  ///   - target: The law.
  ///   - rows: The number of paths, where the law must be sampled.
  ///   - threads: How many threads work; the grid does not depend on it.
  /// - Throws: ``BudgetError`` if the plan freezes nothing, has a corrector, or stops without noise;
  ///   ``/OrnsteinDiffusion/GridError`` for ends that cannot be.
  public func withOptimalGrid(
    for target: any ExactTarget<Double>, rows: Int = 16_384, threads: Int = 1
  ) throws -> SamplingPlan {
    try withOptimalGrid(levels: 193) {
      try PathStatistics(of: target, times: $0, rows: rows, threads: threads)
    }
  }

  /// The plan with its grid replaced by the one of least divergence of the paths, as far as the model
  /// is the score of its own samples.
  ///
  /// No data is needed: 2048 points are drawn from the model by 48 steps of a second-order sampler, noised
  /// again along 97 levels, and the score is taken for that of their law. An
  /// ``/OrnsteinDiffusion/ExactTarget`` of `Double` is measured exactly instead.
  ///
  /// - Parameters:
  ///   - model: The score.
  ///   - moments: The moments of the data, or `nil` for those of the model or of the points.
  ///   - threads: How many threads work; the grid does not depend on it.
  /// - Throws: As ``withOptimalGrid(for:rows:threads:)``, and what keeps the pilot from being drawn.
  public func withOptimalGrid<Scalar: BatchScalar>(
    for model: any ScoreModel<Scalar>, moments: DataMoments? = nil, threads: Int = 1
  ) throws -> SamplingPlan {
    if let target = model as? any ExactTarget<Double> {
      return try withOptimalGrid(for: target, threads: threads)
    }
    return try withOptimalGrid(levels: 97) { times in
      let (points, measured) = try pilot(
        of: model, moments: moments, threads: threads, canonicalStop: times[0])
      return try PathStatistics(
        selfConsistent: model, points: points, moments: measured, times: times, threads: threads)
    }
  }

  private func withOptimalGrid(
    levels: Int, _ measure: ([Double]) throws -> PathStatistics
  ) throws -> SamplingPlan {
    let freezing = try OptimalGrid.freezing(of: self)
    let process = try process.make()
    let steps = grid.steps - (grid.endsClean ? 1 : 0)
    guard (1...OptimalGrid.mostSteps).contains(steps) else {
      throw BudgetError.invalidSteps(grid.steps, limit: OptimalGrid.mostSteps)
    }
    guard grid.exponent == nil else {
      throw GridError.exponentNotUsed(kind: GridKind.optimal.rawValue)
    }
    let plain = GridSpecification(
      .uniform, steps: 1, horizon: grid.horizon, stop: grid.stop)
    let ends = try plain.make(for: process)
    let low = process.level(at: ends.stop).canonicalTime
    let high = process.level(at: ends.horizon).canonicalTime
    guard low > 0 else { throw BudgetError.noNoiseAtStop }
    let statistics = try measure(
      CandidateTimes.evenInLogSNR(levels, from: low, to: high))
    let count = max(513, 4 * steps + 1)
    let candidates = try statistics.resampled(
      at: CandidateTimes.evenInLogSNR(min(count, 2 * OptimalGrid.mostSteps), from: low, to: high))
    let optimal = OptimalGrid(
      PathCost(candidates, freezing: freezing), maximumSteps: steps)
    var plan = self
    plan.grid = optimal.grid(
      steps: steps, for: process, horizon: ends.horizon, stop: ends.stop)
    plan.grid.endsClean = grid.endsClean
    plan.grid.steps = grid.steps
    return plan
  }

  /// Points of the model at the stop, on the canonical process, and the moments of the data.
  func pilot<Scalar: BatchScalar>(
    of model: any ScoreModel<Scalar>, moments: DataMoments?, threads: Int, canonicalStop: Double
  ) throws -> (Batch<Scalar>, DataMoments) {
    let known = moments ?? (model as? any MomentsModel)?.moments
    var reference = GridSpecification(
      .logSNR, steps: 48, horizon: grid.horizon, stop: grid.stop)
    reference.endsClean = false
    let plan = SamplingPlan(
      process: process, grid: reference,
      predictor: try PredictorSpecification(name: "dpm++2m-sde"),
      initialLaw: known == nil ? .process : .momentMatched, finish: .none)
    let sampler = try plan.makeSampler(for: model, moments: known)
    var points = try sampler.draw(rows: 0..<2048, threads: threads)
    let scale = Scalar(1 / sampler.levels[sampler.levels.count - 1].scale)
    points.withUnsafeMutableBufferPointer { numbers in
      for index in numbers.indices { numbers[index] *= scale }
    }
    if let known { return (points, known) }
    let level = OrnsteinUhlenbeck.canonical.level(at: canonicalStop)
    var measured = DataMoments(of: points)
    let square = level.alpha * level.alpha
    for index in measured.mean.indices { measured.mean[index] /= level.alpha }
    for index in measured.covariance.indices {
      let isDiagonal = index % (points.dimension + 1) == 0
      let noise = isDiagonal ? level.sigma * level.sigma : 0
      measured.covariance[index] = (measured.covariance[index] - noise) / square
      if isDiagonal { measured.covariance[index] = max(measured.covariance[index], 0) }
    }
    return (points, measured)
  }
}
