import OrnsteinNumerics
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 8], [false, true])
  func everyThreadRunsOnce(threads: Int, bindsToCores: Bool) throws {
    let pool = try #require(ThreadPool(threads: threads, bindsToCores: bindsToCores))
    #expect(pool.threads == threads)
    for _ in 0..<200 {
      let runs = Mutex([Int](repeating: 0, count: threads))
      pool.run { thread, count in
        runs.withLock { $0[thread] += 1 }
        #expect(count == threads)
      }
      #expect(runs.withLock { $0 } == [Int](repeating: 1, count: threads))
    }
  }

  /// Between two barriers, every thread sees what all others wrote before the first.
  @Test(arguments: 1...3)
  func barrierSeparatesPhases(threads: Int) throws {
    let pool = try #require(ThreadPool(threads: threads))
    let rounds = 500
    let counter = Atomic<Int>(0)
    let mistakes = Atomic<Int>(0)
    pool.run { _, _ in
      for round in 1...rounds {
        counter.wrappingAdd(1, ordering: .relaxed)
        pool.barrier()
        if counter.load(ordering: .relaxed) != round * threads {
          mistakes.wrappingAdd(1, ordering: .relaxed)
        }
        pool.barrier()
      }
    }
    #expect(mistakes.load(ordering: .relaxed) == 0)
  }

  /// A region of one pool may use another pool.
  @Test(arguments: 1...3, 1...3)
  func poolsNest(outer: Int, inner: Int) throws {
    let pool = try #require(ThreadPool(threads: outer))
    let others = try (0..<outer).map { _ in try #require(ThreadPool(threads: inner)) }
    let runs = Atomic<Int>(0)
    pool.run { thread, _ in
      others[thread].run { _, _ in
        runs.wrappingAdd(1, ordering: .relaxed)
        others[thread].barrier()
      }
    }
    #expect(runs.load(ordering: .relaxed) == outer * inner)
  }

  @Test func impossibleCountsAreRefused() {
    #expect(ThreadPool(threads: 0) == nil)
    #expect(ThreadPool(threads: -1) == nil)
    #expect(ThreadPool(threads: .max) == nil)
  }
}
