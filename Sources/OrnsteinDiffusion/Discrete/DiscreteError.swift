/// Why discrete states cannot be described or drawn.
public enum DiscreteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A target or process has fewer than two states.
  case tooFewStates(Int)
  /// The dimension is not positive.
  case invalidDimension(Int)
  /// A table of all points would be larger than ``DiscreteTarget/maximumTable``.
  case tableTooLarge(states: Int, dimension: Int)
  /// A table of probabilities has another length than states^dimension.
  case wrongTableLength(count: Int, expected: Int)
  /// A target has neither a table nor a list of points, or both.
  case needsTableOrPoints
  /// The kind of a target file is not "discrete".
  case wrongKind(String)
  /// A probability or weight is negative or not finite.
  case invalidWeight(index: Int, weight: Double)
  /// The probabilities do not sum to 1 within 1e-6.
  case doNotSumToOne(Double)
  /// A point has another number of coordinates than the dimension.
  case wrongPointLength(index: Int, count: Int, expected: Int)
  /// A point has a state outside 0 ..< states.
  case stateOutOfRange(index: Int, coordinate: Int, state: Int, states: Int)
  /// No process or method has this name.
  case unknownName(kind: String, name: String, known: [String])
  /// The method exists for the absorbing process only.
  case needsAbsorbing(method: String)
  /// The times of a method are not usable.
  case invalidTimes(String)
  /// The model and the plan have different states or dimensions.
  case modelMismatch(String)
  /// A model returned a posterior that is not a probability vector.
  case invalidPosterior(row: Int, coordinate: Int, time: Double)
  /// The rates exceeded the bound that thinning relies on.
  case boundExceeded(row: Int, time: Double, rate: Double, bound: Double)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .tooFewStates(let states): "\(states) states make no distribution; give 2 or more."
    case .invalidDimension(let dimension): "The dimension \(dimension) must be 1 or more."
    case .tableTooLarge(let states, let dimension):
      "\(states) states in \(dimension) coordinates are more than "
        + "\(DiscreteTarget.maximumTable) points; give a list of points in place of a table."
    case .wrongTableLength(let count, let expected):
      "The table holds \(count) probabilities and needs \(expected), one for each point."
    case .needsTableOrPoints:
      "A discrete target needs either \"probabilities\" or \"points\"."
    case .wrongKind(let kind): "The target is of kind \"\(kind)\", not \"discrete\"."
    case .invalidWeight(let index, let weight):
      "Probability \(index) is \(weight); it must be 0 or more."
    case .doNotSumToOne(let sum): "The probabilities sum to \(sum) and must sum to 1."
    case .wrongPointLength(let index, let count, let expected):
      "Point \(index) has \(count) coordinates and needs \(expected)."
    case .stateOutOfRange(let index, let coordinate, let state, let states):
      "Coordinate \(coordinate) of point \(index) is \(state); states are 0 to \(states - 1)."
    case .unknownName(let kind, let name, let known):
      "There is no discrete \(kind) named \"\(name)\"; known are " + known.joined(separator: ", ")
        + "."
    case .needsAbsorbing(let method):
      "The method \(method) unmasks coordinates, so it needs the absorbing process."
    case .invalidTimes(let reason): "The times of the plan cannot be used: \(reason)."
    case .modelMismatch(let reason): "The model does not fit: \(reason)."
    case .invalidPosterior(let row, let coordinate, let time):
      "At row \(row) and time \(time) the model's posterior of coordinate \(coordinate) is not a "
        + "probability vector."
    case .boundExceeded(let row, let time, let rate, let bound):
      "At row \(row) and time \(time) the rate \(rate) exceeds the bound \(bound) of the thinning."
    }
  }
}
