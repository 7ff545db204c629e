/// Why a budget or an optimal grid cannot be made.
public enum BudgetError: Error, Equatable, CustomStringConvertible {
  /// The predictor of this name freezes nothing, so that its paths have no density against those of
  /// the reversed process, or none in closed form.
  case notFrozen(predictor: String)
  /// A corrector disturbs the path.
  case corrected(corrector: String)
  /// Times that are not at least two, finite, above 0 and ascending.
  case invalidTimes
  /// A time outside of those that were measured.
  case outsideStatistics(time: Double, first: Double, last: Double)
  /// Too few points or rows to measure with.
  case tooFewRows(Int, needed: Int)
  /// Data of another dimension than the model.
  case wrongDimension(Int, expected: Int)
  /// A number of steps outside of what an optimal grid has been computed for.
  case invalidSteps(Int, limit: Int)
  /// The process has no noise at the stop, so that the divergence of the paths is infinite.
  case noNoiseAtStop
  /// The score or the curves are not finite at a time.
  case notFinite(time: Double)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .notFrozen(let predictor):
      "The optimal grid and the divergence of the path are known for samplers that freeze something "
        + "over a step, which \"\(predictor)\" does not; take one of "
        + "\(Freezing.predictorNames.joined(separator: ", "))."
    case .corrected(let corrector):
      "The optimal grid and the divergence of the path are not known with a corrector; leave "
        + "\"\(corrector)\" out."
    case .invalidTimes:
      "The times of a budget must be at least two, finite, above 0 and ascending."
    case .outsideStatistics(let time, let first, let last):
      "Nothing was measured at time \(time); the measurements lie between \(first) and \(last)."
    case .tooFewRows(let rows, let needed):
      "\(rows) points are too few to measure with; give at least \(needed)."
    case .wrongDimension(let dimension, let expected):
      "The data has \(dimension) coordinates and the model \(expected)."
    case .invalidSteps(let steps, let limit):
      "An optimal grid of \(steps) steps cannot be made; the number must be between 1 and \(limit)."
    case .noNoiseAtStop:
      "The optimal grid needs noise at the stop time; stop at a time above that of clean data."
    case .notFinite(let time):
      "The score is not finite on the way of the pilot points at canonical time \(time)."
    }
  }
}
