import Ornstein

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Training as lines of JSON for machines, appended as they come.
struct EventLog {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>
  private var lastHeldOut: Double?
  private var lastWritten = ContinuousClock.now - .seconds(1)
  private var failure: Int32?

  /// Opens a file for appending.
  init(path: String) throws(FileError) {
    self.path = path
    guard let file = fopen(path, "a") else {
      throw FileError(path: path, action: .create, code: errno)
    }
    self.file = file
  }

  /// Writes an event if it is the first, the last, measures the held-out loss, or half a second has
  /// passed.
  mutating func append(_ event: TrainingEvent) {
    let now = ContinuousClock.now
    let isNews = event.finished != nil || event.heldOutLoss != lastHeldOut
    guard isNews || now - lastWritten >= .milliseconds(500) else { return }
    (lastHeldOut, lastWritten) = (event.heldOutLoss, now)
    let line = Self.json(event) + "\n"
    if fputs(line, file) < 0 || fflush(file) != 0 { failure = failure ?? errno }
  }

  /// Writes the log-density of held-out rows at the end of a fit.
  mutating func append(_ density: MeanLogDensity, step: Int, finished: TrainingFinish) {
    let line =
      "{\"step\":\(step),\"held_out_log_density\":\(density.mean),"
      + "\"held_out_log_density_standard_error\":\(density.standardError),"
      + "\"held_out_log_density_rows\":\(density.rows),\"finished\":\"\(finished.rawValue)\"}\n"
    if fputs(line, file) < 0 || fflush(file) != 0 { failure = failure ?? errno }
  }

  /// Closes the file.
  ///
  /// - Throws: `FileError` if a line could not be written.
  func finish() throws(FileError) {
    let closed = fclose(file) == 0
    if let failure { throw FileError(path: path, action: .write, code: failure) }
    if !closed { throw FileError(path: path, action: .write, code: errno) }
  }

  private static func json(_ event: TrainingEvent) -> String {
    var fields = ["\"step\":\(event.step)"]
    func add(_ name: String, _ value: Double?) {
      if let value, value.isFinite { fields.append("\"\(name)\":\(value)") }
    }
    if let total = event.totalSteps { fields.append("\"total_steps\":\(total)") }
    add("loss", event.loss)
    add("held_out_loss", event.heldOutLoss)
    add("held_out_standard_error", event.heldOutStandardError)
    add("best_held_out_loss", event.bestHeldOutLoss)
    add("learning_rate", event.learningRate)
    add("steps_per_second", event.stepsPerSecond)
    add("points_per_second", event.pointsPerSecond)
    add("elapsed_seconds", event.elapsedSeconds)
    add("remaining_seconds", event.remainingSeconds)
    if let finished = event.finished { fields.append("\"finished\":\"\(finished.rawValue)\"") }
    return "{" + fields.joined(separator: ",") + "}"
  }
}
