import OrnsteinNumerics

/// Why two samples cannot be compared.
public enum MetricError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The points have different numbers of coordinates.
  case differentDimensions(samples: Int, reference: Int)
  /// There are too few points for the measure.
  case tooFewRows(found: Int, needed: Int)
  /// A coordinate is not a finite number.
  case notFinite(row: Int, coordinate: Int)

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
