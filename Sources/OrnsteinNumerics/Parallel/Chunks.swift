import Dispatch
import Synchronization

/// Cuts a range of rows at the multiples of a fixed size and works on the pieces in parallel.
///
/// The cuts depend on the range and the size alone, never on the number of threads, so a
/// computation that is a pure function of its piece gives the same bits on any machine.
public struct Chunks: Sendable {
  /// All rows.
  public let rows: Range<Int>
  /// The number of rows between two cuts.
  public let size: Int

  /// The pieces of `rows` between the multiples of `size`.
  public init(of rows: Range<Int>, size: Int) {
    precondition(size >= 1, "A chunk cannot hold \(size) rows.")
    self.rows = rows
    self.size = size
  }

  /// The number of pieces.
  public var count: Int {
    rows.isEmpty ? 0 : (rows.upperBound - 1) / size - rows.lowerBound / size + 1
  }

  /// The rows of one piece.
  public subscript(index: Int) -> Range<Int> {
    let first = (rows.lowerBound / size + index) * size
    return max(first, rows.lowerBound)..<min(first + size, rows.upperBound)
  }

  /// Calls `body` once for each piece, on at most `threads` threads, and returns when all are done.
  ///
  /// - Parameters:
  ///   - threads: How many threads work at once, 1 or more.
  ///   - body: Gets the rows of a piece and the scratch memory of the thread it runs on.
  /// - Throws: The error of the first piece, in row order, among those that threw; pieces not yet
  ///   started then are skipped.
  public func forEach(
    threads: Int, _ body: @Sendable (Range<Int>, Workspace) throws -> Void
  ) throws {
    precondition(threads >= 1, "Work needs a thread, not \(threads).")
    let count = count
    let next = Atomic<Int>(0)
    let failure = Mutex<(piece: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
      let workspace = Workspace()
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        do {
          try body(self[piece], workspace)
        } catch {
          failure.withLock { if $0.map({ piece < $0.piece }) ?? true { $0 = (piece, error) } }
          next.store(count, ordering: .relaxed)
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}
