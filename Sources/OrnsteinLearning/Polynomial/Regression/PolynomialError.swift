import OrnsteinNumerics

/// Why polynomials cannot be learned, or numbers are no piecewise polynomial score.
public enum PolynomialError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are too few rows to learn a distribution from.
  case tooFewRows(count: Int, minimum: Int)
  /// A cell of the data is NaN or infinite.
  case dataNotFinite(row: Int, column: Int)
  /// The squares of the data overflow.
  case dataTooLarge
  /// A setting is out of range.
  case setting(name: String, value: String, expected: String)
  /// A level's equations could not be solved.
  case notSolved(level: Int, cell: Int)
  /// A decomposition of the covariance failed.
  case linearAlgebra(LinearAlgebraError)
  /// A tensor is not there.
  case missingTensor(name: String)
  /// A tensor does not hold what it should.
  case tensor(name: String, reason: String)
  /// The parts do not make a score.
  case parts(reason: String)

  /// What is wrong and what can be done.
  public var description: String {
    switch self {
    case .tooFewRows(let count, let minimum):
      "There are \(count) rows; learning polynomials needs at least \(minimum)."
    case .dataNotFinite(let row, let column):
      "The value in row \(row), column \(column) of the data (counted from 0) is not finite. "
        + "Remove the row or fill in the value."
    case .dataTooLarge:
      "The squares of the data overflow. Standardise the data."
    case .setting(let name, let value, let expected):
      "The polynomial setting \(name) is \(value): it must be \(expected)."
    case .notSolved(let level, let cell):
      "The least squares of cell \(cell) at level \(level) have no finite solution. Standardise the "
        + "data, or lower the maximum degree."
    case .linearAlgebra(let error):
      "The covariance of the data cannot be decomposed: \(error.description)"
    case .missingTensor(let name):
      "The tensor \(name) of a piecewise polynomial score is missing."
    case .tensor(let name, let reason):
      "The tensor \(name) \(reason)."
    case .parts(let reason):
      "These are no parts of a piecewise polynomial score: \(reason)"
    }
  }
}
