/// Where training stands.
public struct TrainingEvent: Sendable, Hashable {
  /// The steps done.
  public var step: Int
  /// The steps of the whole run, or `nil` while the speed is being measured.
  public var totalSteps: Int?
  /// The smoothed loss of the last steps, or `nil` before the first.
  public var loss: Double?
  /// The last held-out loss, of the averaged weights, or `nil` without held-out rows.
  public var heldOutLoss: Double?
  /// The standard error of `heldOutLoss` over the held-out rows.
  public var heldOutStandardError: Double?
  /// The lowest held-out loss so far.
  public var bestHeldOutLoss: Double?
  /// The learning rate of the last step.
  public var learningRate: Double
  /// Steps per second in this run.
  public var stepsPerSecond: Double
  /// Points per second in this run.
  public var pointsPerSecond: Double
  /// Seconds of training so far, earlier runs included.
  public var elapsedSeconds: Double
  /// The seconds left to the last step at this speed, or `nil` while unknown.
  public var remainingSeconds: Double?
  /// Why training ended, in the last event.
  public var finished: TrainingFinish?
}

/// Why training ended.
public enum TrainingFinish: String, Codable, Sendable {
  /// All steps were done.
  case steps
  /// The time was over before all steps were done.
  case time
  /// The held-out loss no longer improved.
  case heldOutLoss
  /// The caller asked for it.
  case stopped
}

/// The answer to an event.
public enum TrainingControl: Sendable {
  /// Go on.
  case `continue`
  /// End with what has been learned so far; a checkpoint taken then can be resumed.
  case stop
}

/// How often something is done during training.
public enum TrainingInterval: Sendable, Hashable {
  /// After every so many steps, counted from the beginning of training.
  case steps(Int)
  /// Whenever so many seconds have passed.
  case seconds(Double)
  /// Only at the end.
  case never
}
