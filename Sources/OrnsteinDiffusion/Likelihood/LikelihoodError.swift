/// Why log-densities cannot be computed.
public enum LikelihoodError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A setting has a value that it cannot have.
  case invalidSetting(name: String, value: Double, requirement: String)
  /// The levels do not go from some noise to more.
  case invalidLevels(stop: Double, horizon: Double)
  /// The base law is to be that of the noised data, whose density the model does not know.
  case densityMissing
  /// The moments do not belong to the model, or their covariance is not positive semidefinite.
  case invalidMoments(String)
  /// Points have the wrong number of coordinates.
  case wrongDimension(found: Int, expected: Int)
  /// A coordinate of row `row` (counted from 0) is not finite.
  case pointNotFinite(row: Int)
  /// The way of row `row` (counted from 0) to the horizon met a number that is not finite.
  case notFinite(row: Int)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .invalidSetting(let name, let value, let requirement):
      "The \(name) is \(value); it \(requirement)."
    case .invalidLevels(let stop, let horizon):
      "A density needs noise at the stop time and more of it at the horizon; the times \(stop) and "
        + "\(horizon) do not have that."
    case .densityMissing:
      "Only an exact target knows the law of its noised data; take the law of the process or the "
        + "moment-matched one at the horizon."
    case .invalidMoments(let reason): "The moments of the data cannot be used: \(reason)."
    case .wrongDimension(let found, let expected):
      "Points of \(found) coordinates do not fit a model of \(expected)."
    case .pointNotFinite(let row):
      "Row \(row + 1) has a coordinate that is not a finite number."
    case .notFinite(let row):
      "The density of row \(row + 1) is not finite: the score is not, on its way to the horizon; the "
        + "point may lie far outside what the model has learned."
    }
  }
}
