/// The clock of one call of a run.
struct Pace {
  /// The reading at the beginning.
  let start: Double
  /// The steps done before.
  let step: Int
  /// The seconds of training before.
  let secondsBefore: Double
  /// The seconds that the first measurement of the held-out loss took.
  var firstMeasurement = 0.0

  init(start: Double, step: Int, secondsBefore: Double) {
    self.start = start
    self.step = step
    self.secondsBefore = secondsBefore
  }
}

/// Says when something that is done at intervals is due.
struct Alarm {
  private let interval: TrainingInterval
  private var last: Double

  init(_ interval: TrainingInterval, now: Double) {
    self.interval = interval
    last = now
  }

  /// Whether it is time.
  mutating func rings(step: Int, now: Double) -> Bool {
    switch interval {
    case .never: return false
    case .steps(let steps): return step.isMultiple(of: max(1, steps))
    case .seconds(let seconds):
      guard now - last >= seconds else { return false }
      last = now
      return true
    }
  }
}
