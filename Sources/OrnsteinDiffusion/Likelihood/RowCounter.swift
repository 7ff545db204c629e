import Synchronization

/// Tells how many rows are done, from any thread.
final class RowCounter: Sendable {
  private let done = Mutex(0)
  private let progress: (@Sendable (Int) -> Void)?

  init(_ progress: (@Sendable (Int) -> Void)?) { self.progress = progress }

  func add(_ rows: Int) {
    guard let progress else { return }
    done.withLock {
      $0 += rows
      progress($0)
    }
  }
}
