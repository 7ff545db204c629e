import OrnsteinDiffusion

/// Why a mixture cannot be learned.
public enum ExpectationMaximizationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A setting is out of range.
  case setting(name: String, value: String, expected: String)
  /// There are fewer rows with a weight than components.
  case tooFewRows(count: Int, components: Int)
  /// A coordinate is infinite, or so large that its square is.
  case notFinite(row: Int, column: Int)
  /// All coordinates of a row are missing.
  case emptyRow(Int)
  /// All coordinates of a column are missing.
  case emptyColumn(Int)
  /// The weights are not as many as the rows.
  case weightCount(Int, rows: Int)
  /// A weight is negative or not finite.
  case invalidWeight(row: Int, weight: Double)
  /// The start is not one for these points.
  case start(reason: String)
  /// A covariance has an eigenvalue that is not positive.
  case notPositiveDefinite(component: Int)
  /// The log-likelihood is no number: a row is farther from every component than numbers reach.
  case notANumber(iteration: Int)
  /// The parameters are not a mixture.
  case mixture(MixtureError)

  /// What is wrong and what can be done; rows, columns and components are counted from 0.
  public var description: String {
    switch self {
    case .setting(let name, let value, let expected):
      "The setting \(name) is \(value): it must be \(expected)."
    case .tooFewRows(let count, let components):
      "There are \(count) rows with a weight above 0 for \(components) components; there must be at "
        + "least as many. Ask for fewer components."
    case .notFinite(let row, let column):
      "The value in row \(row), column \(column) is infinite or beyond 1e150. Remove the row, or mark "
        + "the value as missing by NaN."
    case .emptyRow(let row):
      "All values of row \(row) are missing. Remove the row."
    case .emptyColumn(let column):
      "All values of column \(column) are missing. Remove the column."
    case .weightCount(let count, let rows):
      "There are \(count) weights for \(rows) rows; each row needs one."
    case .invalidWeight(let row, let weight):
      "The weight of row \(row) is \(weight): it must be a finite number of 0 or more."
    case .start(let reason):
      "The start does not fit: \(reason)"
    case .notPositiveDefinite(let component):
      "The covariance of component \(component) is not positive definite. Raise the ridge, or ask for "
        + "fewer components."
    case .notANumber(let iteration):
      "The log-likelihood is no number in iteration \(iteration): some row is too far from every "
        + "component. Raise the ridge, or remove outliers."
    case .mixture(let error):
      error.description
    }
  }
}
