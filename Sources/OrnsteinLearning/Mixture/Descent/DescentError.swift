import OrnsteinNumerics

/// Why descent on a mixture cannot start or go on.
public enum DescentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are too few rows.
  case tooFewRows(count: Int, minimum: Int)
  /// Points have another dimension than the student.
  case wrongDimension(found: Int, expected: Int)
  /// A cell of the data is NaN or infinite.
  case dataNotFinite(row: Int, column: Int)
  /// A number among the settings is out of range.
  case invalid(setting: String, value: Double)
  /// A random start has a stage of power iteration, which finds one direction: two components.
  case randomStartNeedsPair(components: Int)
  /// The given centres or weights are not as many as the components.
  case wrongCount(of: String, found: Int, expected: Int)
  /// All rows are equal, so no variance can be estimated.
  case noSpread
  /// A parameter became NaN or infinite.
  case diverged(iteration: Int)
  /// The learned parameters are no mixture.
  case noMixture(reason: String)
  /// The system gives no more threads.
  case threads(count: Int)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .tooFewRows(let count, let minimum):
      "There are \(count) rows; this many components need at least \(minimum)."
    case .wrongDimension(let found, let expected):
      "The points have \(found) coordinates and the centres \(expected)."
    case .dataNotFinite(let row, let column):
      "The value in row \(row), column \(column) of the data (counted from 0) is not finite. "
        + "Remove the row or fill in the value."
    case .invalid(let setting, let value):
      "The setting \(setting) is \(value), which is out of its range."
    case .randomStartNeedsPair(let components):
      "A random start finds two components, not \(components). Start from centres or spectrally."
    case .wrongCount(let what, let found, let expected):
      "There are \(found) \(what) for \(expected) components."
    case .noSpread:
      "All rows of the data are equal, so no variance can be estimated. Give the variance."
    case .diverged(let iteration):
      "Descent failed at iteration \(iteration): a centre is not finite. Use a smaller rate, or a "
        + "larger time."
    case .noMixture(let reason):
      "The learned parameters are no mixture: \(reason)"
    case .threads(let count):
      "The system does not provide \(count) threads. Ask for fewer."
    }
  }

  /// Throws unless the points are finite, enough, and of the dimension.
  static func check(
    _ points: Batch<Double>, dimension: Int, atLeast minimum: Int
  ) throws(DescentError) {
    guard points.dimension == dimension else {
      throw .wrongDimension(found: points.dimension, expected: dimension)
    }
    guard points.count >= minimum else {
      throw .tooFewRows(count: points.count, minimum: minimum)
    }
    let bad = points.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    if let bad { throw .dataNotFinite(row: bad / dimension, column: bad % dimension) }
  }
}
