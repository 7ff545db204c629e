/// Why training cannot start or go on.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There are too few rows to learn a distribution from.
  case tooFewRows(count: Int, minimum: Int)
  /// A cell of the data is NaN or infinite.
  case dataNotFinite(row: Int, column: Int)
  /// A setting is out of range.
  case setting(name: String, value: String, expected: String)
  /// The network cannot be built.
  case network(NetworkError)
  /// The data are not those that the checkpoint was made from.
  case dataChanged(expected: String, found: String)
  /// The checkpoint is incomplete or damaged.
  case checkpoint(reason: String)
  /// A number became NaN or infinite; the weights are those before the step.
  case notFinite(step: Int, layer: String, cause: NotFiniteCause)
  /// The system gives no more threads.
  case threads(count: Int)

  /// What is wrong and what can be done.
  public var description: String {
    switch self {
    case .tooFewRows(let count, let minimum):
      "There are \(count) rows; learning a distribution needs at least \(minimum)."
    case .dataNotFinite(let row, let column):
      "The value in row \(row), column \(column) of the data (counted from 0) is not finite. "
        + "Remove the row or fill in the value."
    case .setting(let name, let value, let expected):
      "The training setting \(name) is \(value): it must be \(expected)."
    case .network(let error):
      error.description
    case .dataChanged(let expected, let found):
      "The data (hash \(found)) are not those of the checkpoint (hash \(expected)). Resume with the "
        + "same table and schema, or begin anew."
    case .checkpoint(let reason):
      "The checkpoint cannot be resumed: \(reason)"
    case .notFinite(let step, let layer, let cause):
      "Training failed at step \(step) in \(layer): \(cause.description)"
    case .threads(let count):
      "The system does not provide \(count) threads. Ask for fewer."
    }
  }
}

/// What a number that is not finite came from.
public enum NotFiniteCause: Equatable, Sendable, CustomStringConvertible {
  /// A cell of the data is not finite.
  case dataRow(Int, coordinate: Int)
  /// A parameter is not finite.
  case parameter
  /// An activation overflowed.
  case activation
  /// The gradient overflowed.
  case gradient

  /// What happened and what can be done.
  public var description: String {
    switch self {
    case .dataRow(let row, let coordinate):
      "row \(row), column \(coordinate) of the training data is not finite."
    case .parameter: "the parameter is not finite. Use a smaller learning rate."
    case .activation:
      "the activation overflowed. Standardise the data, or use a smaller learning rate."
    case .gradient:
      "the gradient overflowed. Use a smaller learning rate, or a weighting that varies less."
    }
  }
}
