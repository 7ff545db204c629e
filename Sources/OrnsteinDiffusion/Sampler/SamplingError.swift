/// Why points cannot be drawn.
public enum SamplingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where a number that is not finite came from.
  public enum Cause: Sendable, Equatable {
    /// The initial draw.
    case initial
    /// The model returned a score that is not finite at a finite point.
    case score
    /// The score was finite, the point after the step was not.
    case step
    /// A second run of the same points was finite: the model is not a pure function.
    case notReproduced
  }

  /// No predictor has this name.
  case unknownPredictor(String)
  /// No corrector has this name.
  case unknownCorrector(String)
  /// The predictor or corrector has no such option.
  case unknownOption(predictor: String, option: String)
  /// An option has a value that it cannot have.
  case invalidOption(option: String, value: Double, requirement: String)
  /// A start from the moments of the data was asked for and no moments are known.
  case momentsMissing
  /// The method accepts or rejects by log-densities and the model does not know them.
  case logDensityMissing
  /// The moments do not belong to the model, or their covariance is not positive semidefinite.
  case invalidMoments(String)
  /// The grid starts where no signal is left, or ends above where it starts.
  case invalidLevels(String)
  /// The method plans its own levels and takes nothing of a grid but its steps and its ends.
  case plansOwnGrid(predictor: String)
  /// The rows reach beyond the end of the stream of noise.
  case tooManyRows(last: Int, limit: Int)
  /// Step `step` (counted from 0) from time `time` gave row `row` a number that is not finite.
  case notFinite(step: Int, row: Int, time: Double, cause: Cause)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownPredictor(let name):
      "There is no sampler named \"\(name)\"; the samplers are "
        + PredictorSpecification.names.joined(separator: ", ") + "."
    case .unknownCorrector(let name):
      "There is no corrector named \"\(name)\"; the correctors are "
        + CorrectorSpecification.names.joined(separator: ", ") + "."
    case .unknownOption(let predictor, let option):
      "The method \(predictor) has no option \"\(option)\"."
    case .invalidOption(let option, let value, let requirement):
      "The sampler option \(option) = \(value) \(requirement)."
    case .momentsMissing:
      "A start from the moments of the data needs the moments, which this model does not know; "
        + "start from the prior of the process instead."
    case .logDensityMissing:
      "The method accepts or rejects points by their log-density, which this model does not know; "
        + "use a target whose density is exact, or a method without acceptance such as langevin."
    case .invalidMoments(let reason): "The moments of the data cannot be used: \(reason)."
    case .invalidLevels(let reason): "The noise levels of the plan cannot be used: \(reason)."
    case .plansOwnGrid(let predictor):
      "The sampler \(predictor) plans its own grid; leave out the kind of grid and its options, or "
        + "take another sampler."
    case .tooManyRows(let last, let limit):
      "Rows up to \(last) were asked for; at this dimension the noise has \(limit) rows."
    case .notFinite(let step, let row, let time, let cause):
      "Row \(row) is not finite after step \(step) from time \(time): "
        + Self.explanation(of: cause)
    }
  }

  private static func explanation(of cause: Cause) -> String {
    switch cause {
    case .initial: "the initial draw overflowed; the scale of the process is too large."
    case .score:
      "the model returned a score that is not finite there; the point may lie far outside what "
        + "the model has learned, or the noise level may be too low for it."
    case .step:
      "the step overflowed; take more steps, or a grid with shorter steps at this time."
    case .notReproduced:
      "a second run was finite, so the model does not return the same score twice."
    }
  }
}
