import OrnsteinDiffusion
import OrnsteinNumerics

/// All that a search has tried.
struct MixtureTrials {
  private static let leastRowsPerComponent = 5
  private static let mergesTried = 4

  let search: MixtureSearch
  let goal: MixtureSearch.Goal
  let rows: JudgingRows
  let key: NoiseKey
  let threads: Int
  let ledger: MixtureLedger
  private(set) var all: [JudgedMixture] = []
  /// The place of the mixture of the fewest free numbers that is no worse than the best.
  private(set) var simplest = 0

  init(
    search: MixtureSearch, goal: MixtureSearch.Goal, rows: JudgingRows, key: NoiseKey, threads: Int,
    ledger: MixtureLedger
  ) {
    self.search = search
    self.goal = goal
    self.rows = rows
    self.key = key
    self.threads = threads
    self.ledger = ledger
  }

  /// The place of the highest goal.
  var highest: Int? { all.indices.max { all[$0].trial.goal < all[$1].trial.goal } }

  /// Tries more and more components for each form.
  mutating func climb(_ events: (MixtureSearch.Event) -> Bool) throws {
    let counts =
      search.components
      ?? MixtureSearch.ladder.filter {
        $0 == 1 || $0 * Self.leastRowsPerComponent <= rows.training.count
      }
    var failure: ExpectationMaximizationError?
    for covariance in search.covariances {
      var (top, misses) = (-Double.infinity, 0)
      for count in counts where misses < search.patience {
        do {
          let judged = try learn((count, covariance), from: nil, events)
          all.append(judged)
          misses = judged.trial.goal > top ? 0 : misses + 1
          top = max(top, judged.trial.goal)
        } catch let error as ExpectationMaximizationError {
          failure = failure ?? error
          misses += 1
        }
      }
    }
    guard let highest else {
      throw failure
        ?? ExpectationMaximizationError.tooFewRows(count: rows.training.count, components: 1)
    }
    simplest =
      all.indices.filter { all[$0].isNoWorse(than: all[highest]) }
      .min { all[$0].fit.record.parameterCount < all[$1].fit.record.parameterCount } ?? highest
  }

  /// Merges components of the simplest mixture for as long as that is no worse.
  mutating func merge(_ events: (MixtureSearch.Event) -> Bool) throws {
    while try mergeOnce(events) { simplest = all.count - 1 }
  }

  /// Adds the cheapest merges up to the first that is no worse than the best; whether there is one.
  private mutating func mergeOnce(_ events: (MixtureSearch.Event) -> Bool) throws -> Bool {
    let best = all[simplest]
    let reduction = MixtureReduction(best.fit.mixture.description)
    for start in reduction.merged(Self.mergesTried) {
      let judged = try learn(
        (start.components.count, best.trial.covariance), from: start, events)
      all.append(judged)
      if let highest, judged.isNoWorse(than: all[highest]) { return true }
    }
    return false
  }

  /// The weighted mean of the simplest mixture and those that make it better, or it alone.
  func stack(memberLimit: Int) -> MixtureStack {
    let simple = all[simplest]
    return MixtureStack(
      of: all.map(\.logDensities), weights: simple.weights, on: simplest,
      memberLimit: goal == .heldOut ? memberLimit : 1)
  }

  private func learn(
    _ form: (components: Int, covariance: CovarianceKind), from start: GaussianMixtureDescription?,
    _ events: (MixtureSearch.Event) -> Bool
  ) throws -> JudgedMixture {
    let best = highest.map { all[$0].trial }
    let fit = try search.learn(
      form, on: rows.training, rows.trainingWeights, from: start, key: key, threads: threads,
      ledger: ledger
    ) { events(MixtureSearch.Event(iteration: $0, best: best)) }
    return try JudgedMixture(fit, rows, threads: threads)
  }
}
