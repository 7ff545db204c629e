import OrnsteinDiffusion
import OrnsteinNumerics

extension MixtureSearch {
  private static let leastRowsToHoldOut = 4000

  /// Learns.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - key: The seed of the starts and of the split.
  ///   - threads: How many threads work; does not change the result.
  ///   - ledger: What was learned before an interruption; receives what is learned.
  ///   - events: Told of each iteration; answers whether to go on.
  /// - Throws: ``ExpectationMaximizationError`` if no mixture can be learned; `CancellationError` if
  ///   asked to stop.
  public func run(
    _ points: Batch<Double>, weights: [Double]? = nil, key: NoiseKey, threads: Int,
    ledger: MixtureLedger = MixtureLedger(), events: (Event) -> Bool = { _ in true }
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
    let rows = JudgingRows(
      points, weights, holdsOut: goal == .heldOut, key: key)
    var trials = MixtureTrials(
      search: self, goal: goal, rows: rows, key: key, threads: threads, ledger: ledger)
    try trials.climb(events)
    if components == nil { try trials.merge(events) }
    let outcome = try Outcome(
      trials.stack(memberLimit: components == nil ? memberLimit : 1), trials: trials.all)
    return goal == .heldOut
      ? try goOn(
        outcome, with: points, weights: weights, key: key, threads: threads, ledger: ledger,
        events: events)
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
  ///   - ledger: What was learned before an interruption; receives what is learned.
  ///   - events: Told of each iteration; answers whether to go on.
  /// - Throws: As ``run(_:weights:key:threads:ledger:events:)``.
  public func goOn(
    _ outcome: Outcome, with points: Batch<Double>, weights: [Double]? = nil, key: NoiseKey,
    threads: Int, ledger: MixtureLedger = MixtureLedger(),
    events: (Event) -> Bool = { _ in true }
  ) throws -> Outcome {
    let members = try outcome.members.map { member in
      var member = member
      member.fit = try learn(
        (member.trial.components, member.trial.covariance), on: points, weights,
        from: member.fit.mixture.description, key: key,
        threads: threads, ledger: ledger
      ) { events(Event(iteration: $0, best: outcome.winner)) }
      return member
    }
    return try Outcome(members: members, gain: outcome.gain, trials: outcome.trials)
  }

  /// A mixture of given form, from a start of its own or from another mixture.
  func learn(
    _ form: (components: Int, covariance: CovarianceKind), on points: Batch<Double>,
    _ weights: [Double]?, from start: GaussianMixtureDescription? = nil, key: NoiseKey,
    threads: Int, ledger: MixtureLedger, _ events: (MixtureEvent) -> Bool
  ) throws -> MixtureFit {
    var settings = settings
    settings.components = form.components
    settings.covariance = form.covariance
    if let start { settings.start = .mixture(start) }
    let fit = try ledger.fit(
      settings, points, weights, key: key, threads: threads, events)
    guard fit.record.finish != .stopped else { throw CancellationError() }
    return fit
  }
}
