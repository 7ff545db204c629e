import Ornstein

/// Draws rows block by block into files, shows how far it is, and stops when asked to.
struct DrawLoop {
  /// How many rows.
  var count: Int
  /// The row of the endless sample at which to begin.
  var firstRow: Int
  /// Rows drawn between two writes.
  var blockRows: Int
  /// Whether a line of progress is shown on a terminal.
  var showsProgress: Bool

  /// Calls `draw` with every block of rows.
  ///
  /// - Returns: The seconds it took.
  func run(_ draw: (Range<Int>) throws -> Void) throws -> Double {
    let start = ContinuousClock.now
    var progress = ProgressLine(isShown: showsProgress)
    for first in stride(from: 0, to: count, by: blockRows) {
      try checkInterruption(rows: first)
      let done = min(first + blockRows, count)
      try draw(firstRow + first..<firstRow + done)
      progress.show(line(done: done, since: start))
    }
    try checkInterruption(rows: count)
    progress.clear()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  /// About 4 million numbers, whole chunks of the sampler.
  static func blockRows(numbersPerRow: Int) -> Int {
    let chunk = Sampler<Float>.chunkRows
    return max(1, min(256, (1 << 22) / (numbersPerRow * chunk))) * chunk
  }

  private func checkInterruption(rows: Int) throws(CommandFailure) {
    guard Interruption.isRequested else { return }
    throw CommandFailure(
      .interrupted, "Interrupted after \(rows) of \(count) rows; nothing was written.")
  }

  private func line(done: Int, since start: ContinuousClock.Instant) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(done) / max(seconds, 1e-9)
    let left = Spelling.duration(seconds: Double(count - done) / rate)
    return "\(done) of \(count) rows  \(Spelling.number(rate, digits: 3)) rows/s  \(left) left"
  }
}
