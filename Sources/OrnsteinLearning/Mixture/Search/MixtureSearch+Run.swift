import OrnsteinDiffusion
import OrnsteinNumerics

extension MixtureSearch {
  private static let leastRowsPerComponent = 5
  private static let leastRowsToHoldOut = 4000
  private static let mergesTried = 4

  /// Learns.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - key: The seed of the starts and of the split.
  ///   - threads: How many threads work; does not change the result.
  ///   - events: Told of each iteration; answers whether to go on.
  /// - Throws: ``ExpectationMaximizationError`` if no mixture can be learned; `CancellationError` if
  ///   asked to stop.
  public func run(
    _ points: Batch<Double>, weights: [Double]? = nil, key: NoiseKey, threads: Int,
    events: (Event) -> Bool = { _ in true }
  ) throws -> Outcome {
    if let weights, weights.count != points.count {
      throw ExpectationMaximizationError.weightCount(weights.count, rows: points.count)
    }
    guard !covariances.isEmpty, components.map({ !$0.isEmpty }) ?? true else {
      throw ExpectationMaximizationError.setting(
        name: "components or covariances", value: "empty", expected: "at least one choice")
    }
    let goal =
      goal ?? (points.count < Self.leastRowsToHoldOut ? .bayesianInformation : .heldOut)
    let rows = JudgingRows(points, weights, holdsOut: goal == .heldOut, key: key)
    var trials: [JudgedMixture] = []
    var failure: (any Error)?
    for covariance in covariances {
      var (highest, misses) = (-Double.infinity, 0)
      for count in counts(rows: rows.training.count) where misses < patience {
        do {
          let best = trials.max { $0.trial.goal < $1.trial.goal }?.trial
          let fit = try learn(rows, count, covariance, key: key, threads: threads) {
            events(Event(iteration: $0, best: best))
          }
          let judged = try JudgedMixture(fit, goal, rows, threads: threads)
          trials.append(judged)
          misses = judged.trial.goal > highest ? 0 : misses + 1
          highest = max(highest, judged.trial.goal)
        } catch let error as ExpectationMaximizationError {
          failure = failure ?? error
          misses += 1
        }
      }
    }
    guard let highest = trials.indices.max(by: { trials[$0].trial.goal < trials[$1].trial.goal })
    else {
      throw failure ?? ExpectationMaximizationError.tooFewRows(count: points.count, components: 1)
    }
    var best =
      trials.indices.filter { trials[$0].isNoWorse(than: trials[highest]) }
      .min { trials[$0].fit.record.parameterCount < trials[$1].fit.record.parameterCount }
      ?? highest
    if components == nil {
      while try merge(trials[best], goal, rows, &trials, key, threads, events) {
        best = trials.indices.last ?? best
      }
    }
    let outcome = try Outcome(stack(trials, on: best, rows), trials: trials)
    return goal == .heldOut
      ? try goOn(
        outcome, with: points, weights: weights, key: key, threads: threads, events: events)
      : outcome
  }

  /// An outcome learned on with other rows, as those it was chosen by and more.
  ///
  /// - Parameters:
  ///   - outcome: What was found.
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - key: The seed of what collapses.
  ///   - threads: How many threads work; does not change the result.
  ///   - events: Told of each iteration; answers whether to go on.
  /// - Throws: As ``run(_:weights:key:threads:events:)``.
  public func goOn(
    _ outcome: Outcome, with points: Batch<Double>, weights: [Double]? = nil, key: NoiseKey,
    threads: Int, events: (Event) -> Bool = { _ in true }
  ) throws -> Outcome {
    let rows = JudgingRows(points, weights, holdsOut: false, key: key)
    let members = try outcome.members.map { member in
      var member = member
      member.fit = try learn(
        rows, member.trial.components, member.trial.covariance,
        from: member.fit.mixture.description, key: key, threads: threads
      ) { events(Event(iteration: $0, best: outcome.winner)) }
      return member
    }
    return try Outcome(members: members, gain: outcome.gain, trials: outcome.trials)
  }

  /// The weighted mean of the best trial and those that make it better, or it alone.
  private func stack(
    _ trials: [JudgedMixture], on best: Int, _ rows: JudgingRows
  ) -> MixtureStack {
    MixtureStack(
      of: trials.map(\.logDensities), weights: trials[best].weights, on: best,
      memberLimit: rows.heldOut == nil || components != nil ? 1 : memberLimit)
  }

  /// Adds the cheapest merges of a mixture up to the first that is no worse; whether there is one.
  private func merge(
    _ best: JudgedMixture, _ goal: Goal, _ rows: JudgingRows, _ trials: inout [JudgedMixture],
    _ key: NoiseKey,
    _ threads: Int, _ events: (Event) -> Bool
  ) throws -> Bool {
    for start in MixtureReduction(best.fit.mixture.description).merged(Self.mergesTried) {
      let fit = try learn(
        rows, start.components.count, best.trial.covariance, from: start, key: key,
        threads: threads
      ) { events(Event(iteration: $0, best: best.trial)) }
      let judged = try JudgedMixture(fit, goal, rows, threads: threads)
      trials.append(judged)
      if judged.isNoWorse(than: best) { return true }
    }
    return false
  }

  private func counts(rows: Int) -> [Int] {
    if let components { return components }
    return Self.ladder.filter { $0 == 1 || $0 * Self.leastRowsPerComponent <= rows }
  }

  private func learn(
    _ rows: JudgingRows, _ components: Int, _ covariance: CovarianceKind,
    from start: GaussianMixtureDescription? = nil, key: NoiseKey, threads: Int,
    _ events: (MixtureEvent) -> Bool
  ) throws -> MixtureFit {
    var settings = settings
    settings.components = components
    settings.covariance = covariance
    if let start { settings.start = .mixture(start) }
    let fit = try ExpectationMaximization(settings).fit(
      rows.training, weights: rows.trainingWeights, heldOut: rows.heldOut,
      heldOutWeights: rows.heldOutWeights, key: key, threads: threads, events: events)
    guard fit.record.finish != .stopped else { throw CancellationError() }
    return fit
  }
}
