import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Learns a mixture by expectation-maximisation and finds its number of components and the form of its
/// covariances on the way.
///
/// For each form, more and more components are tried until the goal has not risen for some of them. From
/// the best mixture two components are then merged, those that cost the least, and all learned again,
/// for as long as the goal rises: so components that a start had put into one place find their own.
public struct MixtureSearch: Sendable, Hashable, Codable {
  /// What decides.
  public enum Goal: String, Sendable, Hashable, Codable, CaseIterable {
    /// The least Bayesian information criterion (Schwarz 1978).
    case bayesianInformation = "bic"
    /// The log-density of a tenth of the rows: the mixture of the fewest free numbers that is not lower
    /// than the highest by more than the standard error of the difference. It then goes on with all
    /// rows.
    case heldOut = "held-out"
  }

  /// The numbers of components to try, or `nil` for more and more from 1.
  public var components: [Int]?
  /// The forms of covariances to try.
  public var covariances: [CovarianceKind]
  /// What decides; `nil` for held-out rows where there are 4000 or more, which cost little then and see
  /// what the criterion does not: that the law is no mixture at all.
  public var goal: Goal?
  /// All other settings; components and covariance are replaced.
  public var settings: ExpectationMaximizationSettings
  /// How often in a row the goal may fail to rise before a form is left.
  public var patience: Int

  private static let ladder = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128,
    160,
    192, 224, 256,
  ]
  private static let heldOutShare = 0.1
  private static let leastRowsPerComponent = 5
  private static let leastRowsToHoldOut = 4000
  private static let mergesTried = 4

  /// A search.
  public init(
    components: [Int]? = nil, covariances: [CovarianceKind] = CovarianceKind.allCases,
    goal: Goal? = nil,
    settings: ExpectationMaximizationSettings = ExpectationMaximizationSettings(
      components: 1, restarts: 2), patience: Int = 3
  ) {
    self.components = components
    self.covariances = covariances
    self.goal = goal
    self.settings = settings
    self.patience = patience
  }

  /// Where a search stands.
  public struct Event: Sendable, Hashable {
    /// What is being tried, and where it stands.
    public var iteration: MixtureEvent
    /// The highest goal so far, in nats a row, and what reached it.
    public var best: Trial?

    /// The event as a few words.
    public var text: String {
      var text = "\(iteration.components) × \(iteration.covariance.rawValue), iteration "
      text += "\(iteration.iteration)"
      if let best {
        text += "; best so far \(best.components) × \(best.covariance.rawValue)"
      }
      return text
    }
  }

  /// One pair of a number and a form.
  public struct Trial: Sendable, Hashable, Codable {
    /// The number of components.
    public var components: Int
    /// The form of the covariances.
    public var covariance: CovarianceKind
    /// The held-out log-density, or -BIC / (2 rows), in nats a row: higher is better.
    public var goal: Double
    /// The components that collapsed and began anew.
    public var collapses: Int
  }

  /// What was found.
  public struct Outcome: Sendable {
    /// The mixture.
    public let mixture: GaussianMixture<Double>
    /// How it came about.
    public let record: MixtureRecord
    /// All trials, in their order.
    public let trials: [Trial]
    /// The trial that won.
    public let winner: Trial

    /// What a user should know, a sentence each.
    public var remarks: [String] {
      var remarks = [
        "\(winner.components) component\(winner.components == 1 ? "" : "s") with "
          + "\(winner.covariance.rawValue) covariance, the best of \(trials.count) tried."
      ]
      if !record.isConverged {
        remarks.append(
          "The last fit did not converge within \(record.settings.iterationLimit) iterations.")
      }
      if let collapse = record.collapses.first {
        remarks.append(
          "\(record.collapses.count) collapsed components, the first: \(collapse)")
      }
      return remarks
    }
  }

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
    let parts = Parts(
      points, weights, heldOut: goal == .heldOut ? Self.heldOutShare : 0, key: key)
    var trials: [Judged] = []
    var failure: (any Error)?
    for covariance in covariances {
      var (highest, misses) = (-Double.infinity, 0)
      for count in counts(rows: parts.training.count) where misses < patience {
        do {
          let best = trials.max { $0.trial.goal < $1.trial.goal }?.trial
          let fit = try learn(parts, count, covariance, key: key, threads: threads) {
            events(Event(iteration: $0, best: best))
          }
          let judged = try Judged(fit, goal, parts, threads: threads)
          trials.append(judged)
          misses = judged.trial.goal > highest ? 0 : misses + 1
          highest = max(highest, judged.trial.goal)
        } catch let error as ExpectationMaximizationError {
          failure = failure ?? error
          misses += 1
        }
      }
    }
    guard let highest = trials.max(by: { $0.trial.goal < $1.trial.goal }) else {
      throw failure ?? ExpectationMaximizationError.tooFewRows(count: points.count, components: 1)
    }
    var best =
      trials.filter { $0.isNoWorse(than: highest) }
      .min { $0.fit.record.parameterCount < $1.fit.record.parameterCount } ?? highest
    if components == nil {
      while let merged = try merge(best, goal, parts, &trials, key, threads, events) {
        best = merged
      }
    }
    var fit = best.fit
    let winner = best.trial
    if goal == .heldOut {
      fit = try learn(
        Parts(points, weights, heldOut: 0, key: key), winner.components, winner.covariance,
        from: best.fit.mixture.description, key: key, threads: threads
      ) { events(Event(iteration: $0, best: winner)) }
    }
    return Outcome(
      mixture: fit.mixture, record: fit.record, trials: trials.map(\.trial), winner: winner)
  }

  /// An outcome learned on with other rows, as those it was chosen by and more.
  ///
  /// - Throws: As ``run(_:key:threads:events:)``.
  public func goOn(
    _ outcome: Outcome, with points: Batch<Double>, key: NoiseKey, threads: Int,
    events: (Event) -> Bool = { _ in true }
  ) throws -> Outcome {
    let fit = try learn(
      Parts(points, nil, heldOut: 0, key: key), outcome.winner.components,
      outcome.winner.covariance,
      from: outcome.mixture.description, key: key, threads: threads
    ) { events(Event(iteration: $0, best: outcome.winner)) }
    return Outcome(
      mixture: fit.mixture, record: fit.record, trials: outcome.trials, winner: outcome.winner)
  }

  /// The first of the cheapest merges that is no worse.
  private func merge(
    _ best: Judged, _ goal: Goal, _ parts: Parts, _ trials: inout [Judged], _ key: NoiseKey,
    _ threads: Int, _ events: (Event) -> Bool
  ) throws -> Judged? {
    for start in MixtureReduction(best.fit.mixture.description).merged(Self.mergesTried) {
      let fit = try learn(
        parts, start.components.count, best.trial.covariance, from: start, key: key,
        threads: threads
      ) { events(Event(iteration: $0, best: best.trial)) }
      let judged = try Judged(fit, goal, parts, threads: threads)
      trials.append(judged)
      if judged.isNoWorse(than: best) { return judged }
    }
    return nil
  }

  private func counts(rows: Int) -> [Int] {
    if let components { return components }
    return Self.ladder.filter { $0 == 1 || $0 * Self.leastRowsPerComponent <= rows }
  }

  private func learn(
    _ parts: Parts, _ components: Int, _ covariance: CovarianceKind,
    from start: GaussianMixtureDescription? = nil, key: NoiseKey, threads: Int,
    _ events: (MixtureEvent) -> Bool
  ) throws -> MixtureFit {
    var settings = settings
    settings.components = components
    settings.covariance = covariance
    if let start { settings.start = .mixture(start) }
    let fit = try ExpectationMaximization(settings).fit(
      parts.training, weights: parts.trainingWeights, heldOut: parts.heldOut,
      heldOutWeights: parts.heldOutWeights, key: key, threads: threads, events: events)
    guard fit.record.finish != .stopped else { throw CancellationError() }
    return fit
  }

  /// A trial with its mixture and the log-densities of the rows that judge.
  private struct Judged {
    let fit: MixtureFit
    let trial: Trial
    let logDensities: [Double]
    let weights: [Double]

    init(_ fit: MixtureFit, _ goal: Goal, _ parts: Parts, threads: Int) throws {
      self.fit = fit
      trial = Trial(fit, goal: goal)
      logDensities =
        try parts.heldOut.map {
          try ExpectationMaximization.logDensities(of: $0, under: fit.mixture, threads: threads)
        } ?? []
      weights = parts.heldOutWeights ?? logDensities.map { _ in 1 }
    }

    /// Whether the goal is as high, on held-out rows up to the standard error of the difference.
    func isNoWorse(than other: Judged) -> Bool {
      let (count, total) = (Double(logDensities.count), weights.reduce(0, +))
      guard count > 1, total > 0 else { return trial.goal >= other.trial.goal }
      let losses = zip(other.logDensities, logDensities).map { $0 - $1 }
      let mean = zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 } / total
      let square = zip(weights, losses).reduce(0) {
        $0 + $1.0 * $1.0 * ($1.1 - mean) * ($1.1 - mean)
      }
      return mean <= (square * count / (count - 1)).squareRoot() / total
    }
  }

  /// The rows to learn from and those that judge.
  private struct Parts {
    let training: Batch<Double>
    let trainingWeights: [Double]?
    let heldOut: Batch<Double>?
    let heldOutWeights: [Double]?

    init(_ points: Batch<Double>, _ weights: [Double]?, heldOut share: Double, key: NoiseKey) {
      let kept = min(Int((share * Double(points.count)).rounded()), points.count / 2)
      guard kept > 0 else {
        (training, trainingWeights) = (points, weights)
        (heldOut, heldOutWeights) = (nil, nil)
        return
      }
      let order = EpochPermutation(of: points.count, stream: key.stream(.mixtureSplit))
      func rows(_ places: Range<Int>) -> (Batch<Double>, [Double]?) {
        (
          Batch(places.flatMap { points.point(order[$0]) }, dimension: points.dimension),
          weights.map { weights in places.map { weights[order[$0]] } }
        )
      }
      (heldOut, heldOutWeights) = rows(0..<kept)
      (training, trainingWeights) = rows(kept..<points.count)
    }
  }
}

extension MixtureSearch.Trial {
  init(_ fit: MixtureFit, goal: MixtureSearch.Goal) {
    let record = fit.record
    components = record.settings.components
    covariance = record.settings.covariance
    collapses = record.collapses.count
    self.goal =
      goal == .heldOut
      ? record.heldOut?.mean ?? -.infinity
      : -record.bayesianInformation / (2 * Double(max(record.rows, 1)))
  }
}
