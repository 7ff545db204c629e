import OrnsteinDiffusion
import OrnsteinNumerics

/// Chooses the number of components and the form of their covariances.
public struct MixtureSelection: Sendable {
  /// What decides.
  public enum Criterion: Sendable, Hashable, Codable {
    /// The least Bayesian information criterion (Schwarz 1978).
    case bayesianInformation
    /// The highest mean log-density of a random share of the rows, in (0, 1), that is kept out; the
    /// winner then learns from all rows.
    case heldOut(fraction: Double)
  }

  /// One choice and how it did.
  public struct Candidate: Sendable, Equatable {
    /// The number of components.
    public var components: Int
    /// The form of the covariances.
    public var covariance: CovarianceKind
    /// How its mixture came about, or `nil` where there is none.
    public var record: MixtureRecord?
    /// Why there is no mixture.
    public var error: ExpectationMaximizationError?
  }

  /// The choice and its mixture.
  public struct Outcome: Sendable {
    /// The mixture that was chosen, learned from all rows.
    public let fit: MixtureFit
    /// All choices, in the order in which they were tried.
    public let candidates: [Candidate]
    /// The place of the winner among the candidates.
    public let winner: Int
  }

  /// The numbers of components to try.
  public let components: [Int]
  /// The forms of covariances to try.
  public let covariances: [CovarianceKind]
  /// What decides.
  public let criterion: Criterion
  /// All other settings.
  public let settings: ExpectationMaximizationSettings

  /// A choice among all pairs of numbers of components and forms of covariances.
  ///
  /// - Parameters:
  ///   - components: The numbers of components to try.
  ///   - covariances: The forms of covariances to try.
  ///   - criterion: What decides.
  ///   - settings: Their start must not be given; components and covariance are replaced.
  /// - Throws: ``ExpectationMaximizationError`` if a setting is out of range.
  public init(
    components: [Int], covariances: [CovarianceKind], criterion: Criterion,
    settings: ExpectationMaximizationSettings = ExpectationMaximizationSettings(components: 1)
  ) throws(ExpectationMaximizationError) {
    guard !components.isEmpty, !covariances.isEmpty else {
      throw .setting(
        name: components.isEmpty ? "components" : "covariances", value: "empty",
        expected: "at least one choice")
    }
    if let wrong = components.first(where: { $0 < 1 }) {
      throw .setting(name: "components", value: "\(wrong)", expected: "1 or more")
    }
    if case .heldOut(let fraction) = criterion, !(fraction > 0 && fraction < 1) {
      throw .setting(name: "fraction", value: "\(fraction)", expected: "between 0 and 1")
    }
    guard !settings.start.isGiven else {
      throw .start(reason: "a start that is given has one number of components only.")
    }
    try settings.validate()
    self.components = components
    self.covariances = covariances
    self.criterion = criterion
    self.settings = settings
  }

  /// Learns a mixture for each choice and picks the best.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - key: The seed of the starts and of the split.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - events: Called after each iteration; `false` ends the work with the best choice so far.
  /// - Throws: ``ExpectationMaximizationError`` if no choice has a mixture.
  public func run(
    _ points: Batch<Double>, weights: [Double]? = nil, key: NoiseKey, threads: Int,
    events: (MixtureEvent) -> Bool = { _ in true }
  ) throws(ExpectationMaximizationError) -> Outcome {
    let split = try RowSplit(points, weights: weights, criterion: criterion, key: key)
    var candidates: [Candidate] = []
    var best: (index: Int, value: Double, fit: MixtureFit)?
    var isStopped = false
    search: for covariance in covariances {
      for count in components {
        var choice = settings
        choice.components = count
        choice.covariance = covariance
        var candidate = Candidate(components: count, covariance: covariance)
        do throws(ExpectationMaximizationError) {
          let fit = try ExpectationMaximization(choice).fit(
            split.points, weights: split.weights, heldOut: split.heldOut,
            heldOutWeights: split.heldOutWeights, key: key, threads: threads
          ) { event in
            isStopped = !events(event)
            return !isStopped
          }
          candidate.record = fit.record
          let value = fit.record.heldOut?.mean ?? -fit.record.bayesianInformation
          if best.map({ value > $0.value }) ?? true { best = (candidates.count, value, fit) }
        } catch {
          candidate.error = error
        }
        candidates.append(candidate)
        if isStopped { break search }
      }
    }
    guard let best else {
      throw candidates.first?.error ?? .start(reason: "there is no choice.")
    }
    var fit = best.fit
    if split.heldOut != nil, !isStopped {
      fit = try refit(best.fit, points, weights, key, threads, events)
    }
    return Outcome(fit: fit, candidates: candidates, winner: best.index)
  }

  /// Goes on from a mixture with all rows; what was measured on rows kept out stays in the record.
  private func refit(
    _ fit: MixtureFit, _ points: Batch<Double>, _ weights: [Double]?, _ key: NoiseKey,
    _ threads: Int, _ events: (MixtureEvent) -> Bool
  ) throws(ExpectationMaximizationError) -> MixtureFit {
    var choice = fit.record.settings
    choice.start = .mixture(fit.mixture.description)
    let whole = try ExpectationMaximization(choice).fit(
      points, weights: weights, key: key, threads: threads, events: events)
    var record = whole.record
    record.settings = fit.record.settings
    record.heldOut = fit.record.heldOut
    record.collapses = fit.record.collapses + record.collapses
    return MixtureFit(mixture: whole.mixture, record: record)
  }
}

/// The rows to learn from and those to judge by.
private struct RowSplit {
  var points: Batch<Double>
  var weights: [Double]?
  var heldOut: Batch<Double>?
  var heldOutWeights: [Double]?

  init(
    _ points: Batch<Double>, weights: [Double]?, criterion: MixtureSelection.Criterion,
    key: NoiseKey
  ) throws(ExpectationMaximizationError) {
    self.points = points
    self.weights = weights
    guard case .heldOut(let fraction) = criterion else { return }
    if let weights, weights.count != points.count {
      throw .weightCount(weights.count, rows: points.count)
    }
    let uniforms = [Double](unsafeUninitializedCapacity: points.count) { buffer, count in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<points.count]),
        stream: key.stream(.split), first: 0)
      count = points.count
    }
    let order = uniforms.indices.sorted { uniforms[$0] < uniforms[$1] }
    let kept = Int((fraction * Double(points.count)).rounded())
    guard kept >= 1, kept < points.count else {
      throw .setting(
        name: "fraction", value: "\(fraction)",
        expected: "such that of \(points.count) rows some are kept out and some are not")
    }
    let (out, rest) = (order[..<kept].sorted(), order[kept...].sorted())
    heldOut = Self.rows(out, of: points)
    heldOutWeights = weights.map { weights in out.map { weights[$0] } }
    self.points = Self.rows(rest, of: points)
    self.weights = weights.map { weights in rest.map { weights[$0] } }
  }

  private static func rows(_ rows: [Int], of points: Batch<Double>) -> Batch<Double> {
    Batch(rows.flatMap { points.point($0) }, dimension: points.dimension)
  }
}
