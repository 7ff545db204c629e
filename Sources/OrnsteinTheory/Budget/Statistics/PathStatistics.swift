import OrnsteinDiffusion
import OrnsteinNumerics

/// What one pass over some noise levels says about a model: the numbers that every divergence of
/// paths and every optimal grid is made of.
///
/// The exact law of an ``/OrnsteinDiffusion/ExactTarget`` is taken apart: normal parts have closed
/// forms, parts on the line and spheres are integrated to 1e-11 or better, and only what is left is
/// measured along sampled paths, with 64 groups for the standard errors. A learned model is measured on
/// data, or against the law of its own samples.
public struct PathStatistics: Sendable {
  /// Where the numbers come from.
  public enum Basis: String, Sendable, Codable {
    /// Closed forms and quadrature.
    case exact
    /// Paths of an exact law.
    case sampled
    /// Points that the model itself drew, whose law the score is taken for.
    case selfConsistent = "self-consistent"
    /// Data: what the model does to it is known, what an exact score would do is not.
    case data
  }

  /// Where the numbers come from.
  public let basis: Basis
  /// The number of coordinates.
  public let dimension: Int
  /// The canonical times, ascending.
  public let times: [Double]
  /// The moments of the data.
  public let moments: DataMoments
  /// The number of sampled paths or draws; 0 if exact.
  public let rows: Int
  let mean: Curves
  let groups: [Curves]
  /// What exact numbers at other times are made from.
  private let source: (parts: LawParts, error: ScoreError?)?

  struct Curves: Sendable {
    var law: LawCurves?
    var error: ErrorCurves?
    var data: DataCurves?
  }

  /// The statistics of an exact law, and of the known error of its score if it is
  /// ``/OrnsteinDiffusion/PerturbedScore``.
  ///
  /// - Parameters:
  ///   - target: The law.
  ///   - times: Ascending canonical times.
  ///   - rows: The number of paths for the parts that must be sampled; 64 or more. Costs a score a
  ///     time and path, and 8 passes over as many numbers.
  ///   - key: The randomness.
  ///   - threads: How many threads work; the numbers do not depend on it.
  /// - Throws: ``BudgetError``, or ``OracleError`` if the covariance of a part is not one.
  public init(
    of target: any ExactTarget<Double>, times: [Double], rows: Int = 16_384,
    key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws {
    try Self.check(times, rows: rows)
    var parts = try LawParts(target)
    var law = parts.closedCurves(at: times)
    var sampled: [SampledCurves] = []
    var known = parts.closedSecondMoment
    for other in parts.others {
      sampled.append(
        try .exact(other, times: times, rows: rows, key: key, threads: threads))
      known += other.moments.secondMoment
    }
    law.addSecondMoment(parts.secondMoment - known, times: times)
    let error = Self.error(of: target)
    let base = Self.withoutError(target)
    let closedError = error.flatMap { ErrorCurves($0, moments: base.moments, times: times) }
    var errors: [ErrorCurves] = []
    if case .sinusoidal(let amplitude, let frequency) = error {
      errors = ErrorCurves.sinusoidal(
        amplitude: amplitude, frequency: frequency, target: base, times: times, rows: rows,
        key: key)
    }
    func total(_ pick: (SampledCurves) -> LawCurves) -> LawCurves {
      sampled.reduce(into: law) { $0 += pick($1) }
    }
    mean = Curves(law: total(\.mean), error: closedError ?? errors.first)
    let count = max(sampled.first?.groups.count ?? 0, max(0, errors.count - 1))
    groups = (0..<count).map { group in
      Curves(
        law: total { $0.groups[group] },
        error: errors.isEmpty ? closedError : errors[group + 1])
    }
    basis = count == 0 ? .exact : .sampled
    dimension = target.dimension
    self.times = times
    moments = base.moments
    self.rows = count == 0 ? 0 : rows
    source = count == 0 ? (parts, error) : nil
    try checkFinite()
  }

  /// The statistics of a model that is taken for the score of the law of some points, as those that a
  /// sampler has drawn from it.
  ///
  /// What the score costs by not being a score of that law is not seen; the steps, and so the optimal
  /// grid, are.
  ///
  /// - Parameters:
  ///   - model: The score.
  ///   - points: Points at the first time, 64 or more.
  ///   - moments: The moments of the data.
  ///   - times: Ascending canonical times.
  ///   - key: The randomness of the paths.
  ///   - threads: How many threads work; the numbers do not depend on it.
  /// - Throws: ``BudgetError``.
  public init<Scalar: BatchScalar>(
    selfConsistent model: any ScoreModel<Scalar>, points: Batch<Scalar>, moments: DataMoments,
    times: [Double], key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws {
    try Self.check(times, rows: points.count)
    for dimension in [points.dimension, moments.dimension] where dimension != model.dimension {
      throw BudgetError.wrongDimension(dimension, expected: model.dimension)
    }
    let curves = try SampledCurves.selfConsistent(
      model, moments: moments, times: times, points: points, key: key, threads: threads)
    mean = Curves(law: curves.mean)
    groups = curves.groups.map { Curves(law: $0) }
    basis = .selfConsistent
    dimension = model.dimension
    self.times = times
    self.moments = moments
    rows = points.count
    source = nil
    try checkFinite()
  }

  /// The statistics of a model on data.
  ///
  /// - Parameters:
  ///   - model: The score.
  ///   - data: Points without noise, best of rows that the model has not learned from.
  ///   - times: Ascending canonical times.
  ///   - rows: The number of draws of a point with a noise, each used with both signs; 64 or more.
  ///   - key: The randomness.
  ///   - threads: How many threads work; the numbers do not depend on it.
  /// - Throws: ``BudgetError``.
  public init<Scalar: BatchScalar>(
    of model: any ScoreModel<Scalar>, on data: Batch<Scalar>, times: [Double], rows: Int = 16_384,
    key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws {
    try Self.check(times, rows: rows)
    guard data.count >= 2 else { throw BudgetError.tooFewRows(data.count, needed: 2) }
    guard data.dimension == model.dimension else {
      throw BudgetError.wrongDimension(data.dimension, expected: model.dimension)
    }
    let curves = try DataCurves.measure(
      model, on: data, times: times, rows: rows, key: key, threads: threads)
    mean = Curves(data: curves[0])
    groups = curves.dropFirst().map { Curves(data: $0) }
    basis = .data
    dimension = model.dimension
    self.times = times
    moments = DataMoments(of: data)
    self.rows = rows
    source = nil
    try checkFinite()
  }

  private init(
    _ other: PathStatistics, times: [Double], mean: Curves, groups: [Curves]
  ) {
    basis = other.basis
    dimension = other.dimension
    self.times = times
    moments = other.moments
    rows = other.rows
    self.mean = mean
    self.groups = groups
    source = other.source
  }

  /// The statistics at other times between the first and the last: exact ones anew, others by cubic
  /// interpolation of bounded functions of log(alpha / sigma).
  ///
  /// - Parameter wanted: Ascending canonical times.
  /// - Throws: ``BudgetError``.
  public func resampled(at wanted: [Double]) throws -> PathStatistics {
    if wanted == times { return self }
    try Self.check(wanted, rows: .max)
    let (first, last) = (times[0], times[times.count - 1])
    let slack = 1e-9
    for time in wanted where time < first * (1 - slack) || time > last * (1 + slack) {
      throw BudgetError.outsideStatistics(time: time, first: first, last: last)
    }
    if let source {
      var parts = source.parts
      var law = parts.closedCurves(at: wanted)
      law.addSecondMoment(parts.secondMoment - parts.closedSecondMoment, times: wanted)
      let error = source.error.flatMap { ErrorCurves($0, moments: moments, times: wanted) }
      return PathStatistics(
        self, times: wanted, mean: Curves(law: law, error: error), groups: [])
    }
    func moved(_ curves: Curves) -> Curves {
      Curves(
        law: curves.law?.interpolated(from: times, to: wanted),
        error: curves.error?.interpolated(from: times, to: wanted),
        data: curves.data?.interpolated(from: times, to: wanted))
    }
    return PathStatistics(self, times: wanted, mean: moved(mean), groups: groups.map(moved))
  }

  /// The value of a function of the curves with the standard error that its scatter over the groups
  /// shows.
  func quantity(_ function: (Curves) -> Double) -> Quantity {
    let value = function(mean)
    guard value.isFinite else { return .unknown }
    guard groups.count > 1 else { return .exact(value) }
    let values = groups.map(function)
    let n = Double(values.count)
    let average = values.reduce(0, +) / n
    let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / (n - 1)
    return .estimate(value, standardError: (variance / n).squareRoot())
  }

  /// Whether the law of the data itself is known, so that divergences are absolute.
  public var isAbsolute: Bool { mean.law != nil }

  private static func error(of target: any ExactTarget<Double>) -> ScoreError? {
    (target as? PerturbedScore<Double>)?.error
  }

  private static func withoutError(
    _ target: any ExactTarget<Double>
  ) -> any ExactTarget<Double> {
    (target as? PerturbedScore<Double>)?.base ?? target
  }

  private static func check(_ times: [Double], rows: Int) throws(BudgetError) {
    guard times.count >= 2, times.allSatisfy(\.isFinite), times[0] > 0,
      zip(times, times.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw .invalidTimes }
    let needed = ForwardPaths<Double>.groups
    guard rows >= needed else { throw .tooFewRows(rows, needed: needed) }
  }

  private func checkFinite() throws(BudgetError) {
    for index in times.indices {
      let values = [
        mean.law?.fisher[index], mean.law?.meanSquareError[index], mean.error?.squared[index],
        mean.data?.squared[index], mean.data?.loss[index],
      ]
      guard values.allSatisfy({ $0?.isFinite ?? true }) else {
        throw .notFinite(time: times[index])
      }
    }
  }
}
