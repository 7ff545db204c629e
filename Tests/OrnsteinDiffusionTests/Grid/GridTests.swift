import Foundation
import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

@Suite struct GridTests {
  static let kinds = GridKind.named.filter { $0 != .li }
  static let combinations = ProcessSpecification.all.flatMap { process in
    kinds.map { (process, $0) }
  }

  @Test(arguments: combinations)
  func everyGridFitsEveryProcess(_ name: ProcessSpecification, _ kind: GridKind) throws {
    let process = try name.make()
    for steps in [1, 2, 7, 100, 1000] {
      let grid = try GridSpecification(kind, steps: steps).make(for: process)
      #expect(grid.times.count == steps + 1)
      #expect(grid.horizon == process.horizon && grid.stop == process.defaultStop)
      #expect(zip(grid.times, grid.times.dropFirst()).allSatisfy { $0 > $1 })
      let levels = grid.levels(of: process)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $0.logSNR < $1.logSNR })
    }
  }

  /// The first time above the stop for 10 steps from 2 to 0.05 of the canonical process.
  @Test(arguments: [
    (GridKind.logSNR, 0.0895602191), (.geometric, 0.07230627748), (.karras, 0.1017937067),
    (.exponential, 0.07330831679), (.uniform, 0.05 + 1.95 / 10),
  ])
  func goldenTimes(_ kind: GridKind, _ expected: Double) throws {
    let grid = try GridSpecification(kind, steps: 10, horizon: 2, stop: 0.05)
      .make(for: OrnsteinUhlenbeck.canonical)
    #expect(agrees(grid.times[9], expected, relative: 1e-9))
  }

  @Test func exponentialGridsHaveTheRightRate() throws {
    for (steps, rate) in [(10, 0.46616633584226), (40, 0.10374349605852)] {
      let grid = try GridSpecification(.exponential, steps: steps, horizon: 2, stop: 0.05)
        .make(for: OrnsteinUhlenbeck.canonical)
      for (high, low) in zip(grid.times, grid.times.dropFirst()) {
        #expect(agrees((high - low) / min(1, low), rate, relative: 1e-9))
      }
    }
  }

  /// The noise deviations 80 to 0.002 of EDM with 18 points, in their own process.
  @Test func karrasDeviations() throws {
    let process = try VarianceExploding(minimum: 0.001, maximum: 100)
    let grid = try GridSpecification(
      .karras, steps: 17, horizon: process.time(ofLogSNR: -.log(80)),
      stop: process.time(ofLogSNR: -.log(0.002))
    ).make(for: process)
    let deviations = grid.levels(of: process).map(\.sigma)
    for (index, expected) in [(1, 57.585984721248), (8, 3.2568215197655), (16, 0.0075280199627841)]
    {
      #expect(agrees(deviations[index], expected))
    }
  }

  @Test(arguments: kinds)
  func someGridsReachCleanData(_ kind: GridKind) throws {
    let specification = GridSpecification(kind, steps: 5, horizon: 3, stop: 0)
    if kind.reachesCleanData {
      #expect(try specification.make(for: OrnsteinUhlenbeck.canonical).stop == 0)
    } else {
      #expect(throws: GridError.needsNoiseAtStop(kind: kind.rawValue)) {
        try specification.make(for: OrnsteinUhlenbeck.canonical)
      }
    }
  }

  @Test func mistakesAreNamed() throws {
    let process = OrnsteinUhlenbeck.canonical
    #expect(throws: GridError.invalidSteps(0)) {
      try GridSpecification(.uniform, steps: 0).make(for: process)
    }
    #expect(throws: GridError.emptyInterval(horizon: 1, stop: 2)) {
      try GridSpecification(.uniform, steps: 5, horizon: 1, stop: 2).make(for: process)
    }
    for horizon in [-1, .nan, .infinity, 1e9] {
      #expect(throws: GridError.self) {
        try GridSpecification(.uniform, steps: 5, horizon: horizon).make(for: process)
      }
    }
    #expect(throws: GridError.invalidExponent(0.5)) {
      try GridSpecification(.karras, steps: 5, exponent: 0.5).make(for: process)
    }
    #expect(throws: GridError.exponentNotUsed(kind: "uniform")) {
      try GridSpecification(.uniform, steps: 5, exponent: 7).make(for: process)
    }
    #expect(throws: GridError.tooFine(kind: "uniform", steps: 100)) {
      try GridSpecification(.uniform, steps: 100, horizon: 1, stop: 1 - 1e-15).make(for: process)
    }
    #expect(throws: GridError.unknownKind("sigmoid")) { try GridKind(name: "sigmoid") }
    #expect(throws: GridError.unknownKind("custom")) { try GridKind(name: "custom") }
    #expect(throws: GridError.notDecreasing(index: 2, time: 1, previous: 1)) {
      try TimeGrid(times: [2, 1, 1])
    }
    #expect(throws: GridError.tooFewTimes(1)) { try TimeGrid(times: [2]) }
    #expect(throws: GridError.invalidTime(index: 1, time: -1)) { try TimeGrid(times: [2, -1]) }
    #expect(throws: GridError.self) {
      try JSONDecoder().decode(TimeGrid.self, from: Data("[1, 2]".utf8))
    }
  }
}
