/// Why a kernel law cannot be learned.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are too few rows to tell a bandwidth.
  case tooFewRows(count: Int, minimum: Int)
  /// A coordinate is a NaN or an infinity; rows and columns count from 0.
  case notFinite(row: Int, column: Int)
  /// All rows are equal, or so large that their distances are not finite.
  case noSpread
  /// The weights are not one number of 0 or more a row, with two above 0.
  case invalidWeights
  /// A setting is out of its range.
  case setting(name: String, value: Double, range: String)
  /// Stopped before a bandwidth was tried.
  case stopped

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .tooFewRows(let count, let minimum):
      "\(count) rows are too few for a kernel law; at least \(minimum) are needed."
    case .notFinite(let row, let column):
      "Row \(row), coordinate \(column) is not finite; leave the row out or fill it."
    case .noSpread:
      "The rows are all equal, or too far apart for their distances to be numbers; a kernel needs a "
        + "finite spread."
    case .invalidWeights:
      "The weights must be one finite number of 0 or more a row, at least two of them above 0."
    case .setting(let name, let value, let range):
      "The setting \(name) is \(value); it must be \(range)."
    case .stopped: "The choice of a bandwidth was stopped before one was tried."
    }
  }
}
