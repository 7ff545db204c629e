import CKernels

/// Threads that stay between regions of work, for loops with a barrier every few hundred
/// microseconds: a waiting thread spins for a moment, then sleeps.
///
/// Long independent work is better served by `Chunks`. Only one region runs at a time; a region that
/// starts another on the same pool waits for itself.
public final class ThreadPool: Sendable {
  private struct Region {
    let body: (_ thread: Int, _ threads: Int) -> Void
  }

  nonisolated(unsafe) private let pool: OpaquePointer

  /// How many threads work in a region, the caller's included.
  public let threads: Int

  /// A pool of threads, or `nil` if the system refuses to make them.
  ///
  /// - Parameters:
  ///   - threads: 1 or more; with 1, the caller does the work.
  ///   - bindsToCores: Whether each made thread stays on one core, where the system lets it.
  public init?(threads: Int, bindsToCores: Bool = false) {
    guard let count = Int32(exactly: threads),
      let pool = ornstein_pool_create(count, bindsToCores ? 1 : 0)
    else { return nil }
    self.pool = pool
    self.threads = threads
  }

  deinit { ornstein_pool_destroy(pool) }

  /// Calls `body(thread, threads)` once on every thread, 0 being the caller, and returns when all
  /// are done.
  public func run(_ body: (_ thread: Int, _ threads: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var region = Region(body: body)
      withUnsafeMutablePointer(to: &region) { region in
        ornstein_pool_run(
          pool,
          { context, thread, threads in
            context?.assumingMemoryBound(to: Region.self).pointee.body(Int(thread), Int(threads))
          }, region)
      }
    }
  }

  /// Inside a region: waits until every thread of the region has come here.
  public func barrier() { ornstein_pool_barrier(pool) }
}
