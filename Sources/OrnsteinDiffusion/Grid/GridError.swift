/// Why a grid of times cannot be made.
public enum GridError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A grid needs two times; this one has fewer.
  case tooFewTimes(Int)
  /// A time is negative, infinite or not a number.
  case invalidTime(index: Int, time: Double)
  /// A time is not below the one before it.
  case notDecreasing(index: Int, time: Double, previous: Double)
  /// The number of steps is not positive or above ``GridSpecification/maximumSteps``.
  case invalidSteps(Int)
  /// The horizon or the stop time lies outside the times of the process.
  case outsideProcess(option: String, time: Double, range: ClosedRange<Double>)
  /// The stop time is not below the horizon.
  case emptyInterval(horizon: Double, stop: Double)
  /// This kind of grid cannot reach a level without noise.
  case needsNoiseAtStop(kind: String)
  /// This kind of grid is planned for a model, which is not there.
  case needsModel(kind: String)
  /// The exponent is not a number of 1 or more.
  case invalidExponent(Double)
  /// A kind without exponent was given one.
  case exponentNotUsed(kind: String)
  /// This kind of grid has no such option.
  case optionNotUsed(kind: String, option: String)
  /// No option of this kind of grid has this name.
  case unknownOption(kind: String, option: String, known: [String])
  /// An option has a value that it cannot have.
  case invalidOption(option: String, value: Double, requirement: String)
  /// The chain of a Li grid is too short to lose the signal.
  case signalLeft(steps: Int, alphaBar: Double)
  /// A custom grid comes without times.
  case timesMissing
  /// A custom grid has another number of times than its steps need.
  case wrongCount(times: Int, steps: Int)
  /// The process has no time without noise, where a grid of times could end clean.
  case noCleanTime
  /// A grid that should end with a step to the clean level is there before.
  case alreadyClean(stop: Double)
  /// No kind of grid has this name.
  case unknownKind(String)
  /// Two times of the grid round to the same number.
  case tooFine(kind: String, steps: Int)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .tooFewTimes(let count): "A grid needs at least 2 times and got \(count)."
    case .invalidTime(let index, let time):
      "Time \(index) of the grid is \(time); times are finite and 0 or more."
    case .notDecreasing(let index, let time, let previous):
      "Time \(index) of the grid, \(time), is not below the time before it, \(previous)."
    case .invalidSteps(let steps):
      "A grid of \(steps) steps cannot be made; give 1 to \(GridSpecification.maximumSteps)."
    case .outsideProcess(let option, let time, let range):
      "The \(option) \(time) lies outside the times of the process, "
        + "\(range.lowerBound) to \(range.upperBound)."
    case .emptyInterval(let horizon, let stop):
      "The stop time \(stop) is not below the horizon \(horizon)."
    case .needsNoiseAtStop(let kind):
      "A \(kind) grid cannot end at a level without noise; stop later, or use the uniform grid."
    case .needsModel(let kind):
      "The \(kind) grid is planned for a model and a sampler that freezes something over a step; it "
        + "has no times of its own here."
    case .invalidExponent(let exponent):
      "The exponent rho = \(exponent) of a grid must be 1 or more."
    case .exponentNotUsed(let kind):
      "A \(kind) grid has no exponent rho; leave it out, or use the karras or quadratic grid."
    case .optionNotUsed(let kind, let option):
      "A \(kind) grid takes no \(option); leave it out."
    case .unknownOption(let kind, let option, let known):
      known.isEmpty
        ? "A \(kind) grid has no options; leave \"\(option)\" out."
        : "A \(kind) grid has no option \"\(option)\"; it has \(known.joined(separator: ", "))."
    case .invalidOption(let option, let value, let requirement):
      "The grid option \(option) = \(value) \(requirement)."
    case .signalLeft(let steps, let alphaBar):
      "The li chain of \(steps) levels keeps alpha-bar = \(alphaBar) of the signal; it must fall "
        + "below \(LiSchedule.largestSignal): take more steps, or a larger c1."
    case .timesMissing: "A custom grid needs its list of times."
    case .wrongCount(let times, let steps):
      "A custom grid lists \(times) times, which do not make \(steps) steps."
    case .noCleanTime:
      "The process has no time without noise, at which a grid of times could end."
    case .alreadyClean(let stop):
      "The stop time \(stop) has no noise already; a last step to the clean level needs a later one."
    case .unknownKind(let name):
      "There is no grid named \"\(name)\"; the grids are "
        + GridKind.catalogue.map(\.rawValue).joined(separator: ", ") + "."
    case .tooFine(let kind, let steps):
      "A \(kind) grid of \(steps) steps is too fine: some times round to the same number."
    }
  }
}
