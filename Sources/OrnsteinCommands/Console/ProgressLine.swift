/// One line at the bottom of a terminal that is drawn over itself, at most ten times a second.
///
/// Draws nothing where standard error is not a terminal.
struct ProgressLine {
  private let isShown: Bool
  private var lastDrawn: ContinuousClock.Instant?
  private var width = 0

  init(isShown: Bool) { self.isShown = isShown && Console.isInteractive }

  /// Shows a text in place of the last one, unless one was drawn a moment ago.
  mutating func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    let line = text()
    let padding = String(repeating: " ", count: max(0, width - line.count))
    width = line.count
    Console.writeToStandardError("\r\(line)\(padding)")
  }

  /// Wipes the line, so that other words can follow.
  mutating func clear() {
    guard isShown, width > 0 else { return }
    Console.writeToStandardError("\r" + String(repeating: " ", count: width) + "\r")
    width = 0
    lastDrawn = nil
  }
}
