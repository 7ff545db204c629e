import OrnsteinNumerics

/// Why two samples cannot be compared.
public enum MetricError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The points have different numbers of coordinates.
  case differentDimensions(samples: Int, reference: Int)
  /// There are too few points for the measure.
  case tooFewRows(found: Int, needed: Int)
  /// A coordinate is not a finite number.
  case notFinite(row: Int, coordinate: Int)
  /// A coordinate is so large that squares of distances overflow.
  case tooLarge(row: Int, coordinate: Int)
  /// There are more points than the measure can take.
  case tooManyRows(found: Int, most: Int)
  /// A measure means nothing or cannot be estimated here.
  case noEstimate(measure: String, reason: String)

  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .differentDimensions(let samples, let reference):
      "The samples have \(samples) coordinates and the reference has \(reference); "
        + "compare points of one space."
    case .tooFewRows(let found, let needed):
      "There are \(found) rows where the comparison needs at least \(needed)."
    case .notFinite(let row, let coordinate):
      "Row \(row), coordinate \(coordinate) is not a finite number."
    case .tooLarge(let row, let coordinate):
      "Row \(row), coordinate \(coordinate) is beyond 1e15; squares of distances would overflow."
    case .tooManyRows(let found, let most):
      "There are \(found) rows where the measure takes at most \(most); choose some of them."
    case .noEstimate(let measure, let reason): "There is no \(measure): \(reason)."
    }
  }

  /// Checks that two batches can be compared.
  static func check<Scalar: BatchScalar, Other: BatchScalar>(
    _ samples: Batch<Scalar>, _ reference: Batch<Other>, rows: Int
  ) throws(MetricError) {
    guard samples.dimension == reference.dimension else {
      throw .differentDimensions(samples: samples.dimension, reference: reference.dimension)
    }
    guard min(samples.count, reference.count) >= rows else {
      throw .tooFewRows(found: min(samples.count, reference.count), needed: rows)
    }
    try checkFinite(samples)
    try checkFinite(reference)
  }

  /// Checks that points lie in the space of a law and that their squares can be summed.
  static func check(
    _ samples: Batch<Double>, dimension: Int, rows: Int
  ) throws(MetricError) {
    guard samples.dimension == dimension else {
      throw .differentDimensions(samples: samples.dimension, reference: dimension)
    }
    guard samples.count >= rows else { throw .tooFewRows(found: samples.count, needed: rows) }
    try checkFinite(samples)
    let large = samples.withUnsafeBufferPointer { $0.firstIndex { abs($0) > 1e15 } }
    if let large { throw .tooLarge(row: large / dimension, coordinate: large % dimension) }
  }

  private static func checkFinite<Scalar: BatchScalar>(
    _ batch: Batch<Scalar>
  ) throws(MetricError) {
    let bad = batch.withUnsafeBufferPointer { elements in
      elements.firstIndex { !$0.isFinite }
    }
    guard let bad else { return }
    throw .notFinite(row: bad / batch.dimension, coordinate: bad % batch.dimension)
  }
}
