import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import Testing
import TestSupport

/// Discrete samplers draw from the laws that enumeration says.
@Suite struct DiscreteSamplerTests {
  static let grid = GridSpecification(.geometric, steps: 5, horizon: 2, stop: 0.05)

  static let plans = DiscreteProcess.Kind.allCases.flatMap { kind in
    DiscreteMethod.allCases.filter { kind == .absorbing || $0 != .oneAtATime }.flatMap { method in
      DiscreteStart.allCases.map {
        DiscretePlan(process: kind, grid: grid, method: method, start: $0, seed: 5)
      }
    }
  }

  /// False-alarm rate 1e-6 for each of 54 combinations.
  @Test(arguments: plans, DiscreteTargets.all)
  func frequenciesFollowTheEnumeratedLaw(_ plan: DiscretePlan, _ target: DiscreteTarget) throws {
    let sampler = try plan.makeSampler(for: target)
    let law = try DiscreteLaw(of: sampler)
    #expect(abs(law.probabilities.reduce(0, +) - 1) < 1e-12)
    let drawn = try sampler.draw(rows: 0..<40_000, threads: 2)
    let p = chiSquaredTest(drawn, follows: law)
    #expect(p > 1e-6, "p-value \(p)")
  }

  /// A cleaned-up point has the law of the data: no mask is left, whatever the horizon left.
  ///
  /// False-alarm rate 1e-6 for each target.
  @Test(arguments: DiscreteTargets.all)
  func oneAtATimeIsExact(_ target: DiscreteTarget) throws {
    let plan = DiscretePlan(
      process: .absorbing, grid: GridSpecification(.uniform, steps: 1, horizon: 40, stop: 0),
      method: .oneAtATime, seed: 6)
    let drawn = try plan.makeSampler(for: target).draw(rows: 0..<100_000, threads: 2)
    let process = DiscreteTargets.process(.absorbing, target)
    #expect(
      chiSquaredTest(drawn, follows: try DiscreteLaw(of: target, under: process, at: 0)) > 1e-6)
  }

  /// Uniformization of an exact start has the law of the data noised to the stop, and that of a
  /// model with an error has the law that its rates lead to.
  ///
  /// False-alarm rate 1e-6 for each of 12 laws.
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func uniformizationIsExact(_ target: DiscreteTarget, _ kind: DiscreteProcess.Kind) throws {
    let process = DiscreteTargets.process(kind, target)
    let plan = DiscretePlan(
      process: kind, grid: Self.grid, method: .uniformization, start: .exact, seed: 7)
    let drawn = try plan.makeSampler(for: target).draw(rows: 0..<60_000, threads: 2)
    let truth = try DiscreteLaw(of: target, under: process, at: 0.05)
    #expect(chiSquaredTest(drawn, follows: truth) > 1e-6)

    let model = BlurredModel(target: target, share: 0.3)
    var law = try DiscreteLaw(of: target, under: process, at: 2)
    law.applyRates(of: model, from: 2, to: 0.05, steps: 400)
    let blurred = try plan.makeSampler(for: model, target: target)
      .draw(rows: 0..<60_000, threads: 2)
    #expect(chiSquaredTest(blurred, follows: law) > 1e-6)
    #expect(chiSquaredTest(blurred, follows: truth) < 1e-6)
  }

  @Test(arguments: plans)
  func bitsDependOnNothingElse(_ plan: DiscretePlan) throws {
    let sampler = try plan.makeSampler(for: DiscreteTargets.cube)
    let whole = try sampler.draw(rows: 0..<300, threads: 1)
    for threads in [2, 3] { #expect(try sampler.draw(rows: 0..<300, threads: threads) == whole) }
    for rows in [0..<1, 63..<65, 64..<128, 10..<290, 299..<300, 5..<5] {
      let part = try sampler.draw(rows: rows, threads: 2)
      #expect(part.elements == Array(whole.elements[rows.lowerBound * 3..<rows.upperBound * 3]))
    }
    let late = try sampler.draw(rows: 4_000_000_000..<4_000_000_003, threads: 1)
    #expect(
      try sampler.draw(rows: 4_000_000_001..<4_000_000_002, threads: 1).elements
        == late.point(1))
    var other = plan
    other.seed += 1
    #expect(
      try other.makeSampler(for: DiscreteTargets.cube).draw(rows: 0..<300, threads: 1) != whole)
  }

  @Test func plansSurviveAFile() throws {
    for plan in Self.plans {
      let data = try JSONEncoder().encode(plan)
      #expect(try JSONDecoder().decode(DiscretePlan.self, from: data) == plan)
    }
  }

  @Test func mistakesAreNamed() throws {
    let target = DiscreteTargets.square
    #expect(throws: DiscreteError.needsAbsorbing(method: "one-at-a-time")) {
      try DiscretePlan(process: .uniform, method: .oneAtATime).makeSampler(for: target)
    }
    #expect(throws: DiscreteError.self) {
      try DiscretePlan(
        grid: GridSpecification(.uniform, steps: 3, stop: 0), method: .uniformization
      ).makeSampler(for: target)
    }
    #expect(throws: DiscreteError.self) {
      try DiscretePlan(start: .exact).makeSampler(for: BlurredModel(target: target, share: 0.1))
    }
    #expect(throws: DiscreteError.self) {
      try DiscretePlan().makeSampler(for: BlurredModel(target: target, share: .nan))
        .draw(rows: 0..<10, threads: 1)
    }
  }
}
