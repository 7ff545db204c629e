import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// The chain of Li, Wei, Chen and Chi.
@Suite struct LiScheduleTests {
  @Test func goldenValues() throws {
    let schedule = try LiSchedule(count: 100)
    for (level, expected) in [
      (1, 1e-4), (2, 2.5832163588917e-5), (10, 9.9903616227597e-5), (50, 0.086433747073333),
      (100, 0.18420680743952),
    ] {
      #expect(agrees(schedule.noises[level - 1], expected))
    }
    #expect(agrees(.exp(-2 * schedule.canonicalTimes[99]), 2.7181158021305e-5))
  }

  /// alpha-bar_t is the product of the alphas, for a grid that stops at level 1 and for one that
  /// ends clean.
  @Test(arguments: [false, true])
  func gridIsTheChain(endsClean: Bool) throws {
    let schedule = try LiSchedule(count: 60, c0: 1.5, c1: 5)
    let levels = try GridSpecification(
      .li, steps: endsClean ? 60 : 59, c0: 1.5, c1: 5, endsClean: endsClean
    ).levels(for: OrnsteinUhlenbeck.canonical)
    #expect(levels.count == (endsClean ? 61 : 60))
    var signal = 1.0
    for (index, noise) in schedule.noises.enumerated() {
      signal *= 1 - noise
      let level = levels[59 - index]
      #expect(agrees(level.alpha * level.alpha, signal, relative: 1e-12))
    }
  }

  @Test func mistakesAreNamed() throws {
    #expect(throws: GridError.self) { try LiSchedule(count: 8) }
    #expect(throws: GridError.self) { try LiSchedule(count: 1) }
    #expect(throws: GridError.self) { try LiSchedule(count: 100, c0: 0) }
    #expect(throws: GridError.self) { try LiSchedule(count: 100, c1: .nan) }
    do {
      _ = try LiSchedule(count: 100, c1: 1)
      Issue.record("A chain that keeps its signal was made.")
    } catch {
      guard case .signalLeft(100, let alphaBar) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(alphaBar >= 1e-3 && error.description.contains("\(alphaBar)"))
    }
    // The chain of 100 levels is noisier than the linear rate ever gets.
    let process = try ProcessSpecification.linearVariancePreserving().make()
    do {
      _ = try GridSpecification(.li, steps: 99).make(for: process)
      Issue.record("A chain beyond the end of its process was made.")
    } catch {
      guard case .outsideProcess = error else {
        Issue.record("\(error)")
        return
      }
    }
  }
}
