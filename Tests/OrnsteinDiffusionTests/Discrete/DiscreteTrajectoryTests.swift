import OrnsteinDiffusion
import OrnsteinNumerics
import Testing
import TestSupport

/// The ways of discrete points: what they pass through is what shorter runs end in.
@Suite struct DiscreteTrajectoryTests {
  static let plans = DiscreteSamplerTests.plans

  func sampler(_ plan: DiscretePlan, times: [Double]) throws -> DiscreteSampler {
    var plan = plan
    plan.grid = GridSpecification(times: times)
    return try plan.makeSampler(for: DiscreteTargets.cube)
  }

  func state(_ index: Int, of ways: DiscreteBatch, states: Int, rows: Int) -> [[Int]] {
    (0..<rows).map { ways.point($0 * states + index) }
  }

  /// A row at a time of the grid is the row that a run with this stop ends in; the last state is the
  /// finished row.
  @Test(arguments: plans)
  func statesAreTheEndsOfShorterRuns(_ plan: DiscretePlan) throws {
    let times = try plan.times()
    let (rows, states) = (300, times.count + 1)
    let ways = try sampler(plan, times: times).drawTrajectories(rows: 0..<rows, threads: 2)
    #expect(ways.count == rows * states)
    for index in 1..<times.count {
      let ends = try sampler(plan, times: Array(times[...index])).draw(rows: 0..<rows, threads: 1)
      #expect(
        state(index, of: ways, states: states, rows: rows) == (0..<rows).map { ends.point($0) },
        "time \(times[index])")
    }
    let drawn = try plan.makeSampler(for: DiscreteTargets.cube).draw(rows: 0..<rows, threads: 1)
    for index in [states - 2, states - 1] {
      #expect(
        state(index, of: ways, states: states, rows: rows) == (0..<rows).map { drawn.point($0) })
    }
  }

  @Test(arguments: plans)
  func bitsDependOnNothingElse(_ plan: DiscretePlan) throws {
    let sampler = try plan.makeSampler(for: DiscreteTargets.cube)
    let whole = try sampler.drawTrajectories(rows: 0..<300, threads: 1)
    let width = (sampler.times.count + 1) * 3
    #expect(try sampler.drawTrajectories(rows: 0..<300, threads: 3) == whole)
    for rows in [0..<1, 63..<65, 10..<290, 5..<5] {
      let part = try sampler.drawTrajectories(rows: rows, threads: 2)
      #expect(
        part.elements == Array(whole.elements[rows.lowerBound * width..<rows.upperBound * width]))
    }
  }

  /// From an exact start, uniformization has the law of the noised data at every level.
  ///
  /// False-alarm rate 1e-6 for each of 36 laws.
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func everyLevelHasItsLaw(_ target: DiscreteTarget, _ kind: DiscreteProcess.Kind) throws {
    let plan = DiscretePlan(
      process: kind, grid: DiscreteSamplerTests.grid, method: .uniformization, start: .exact,
      seed: 11)
    let sampler = try plan.makeSampler(for: target)
    let (rows, states) = (20_000, sampler.times.count + 1)
    let ways = try sampler.drawTrajectories(rows: 0..<rows, threads: 2)
    for (index, time) in sampler.times.enumerated() {
      let batch = DiscreteBatch(
        state(index, of: ways, states: states, rows: rows).flatMap { $0 },
        dimension: target.dimension)
      let law = try DiscreteLaw(of: target, under: sampler.process, at: time)
      let p = chiSquaredTest(batch, follows: law)
      #expect(p > 1e-6, "time \(time): p-value \(p)")
    }
  }

  /// The law of one coordinate is the sum of the law of all points over the others.
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func marginalsAreSumsOfTheLaw(_ target: DiscreteTarget, _ kind: DiscreteProcess.Kind) throws {
    let process = DiscreteTargets.process(kind, target)
    for time in [0, 0.3, 2] {
      let law = try DiscreteLaw(of: target, under: process, at: time)
      for coordinate in 0..<target.dimension {
        let marginal = target.marginal(of: coordinate, under: process, at: time)
        for symbol in 0..<process.symbols {
          let sum = law.probabilities.indices
            .filter { law.point($0)[coordinate] == symbol }
            .reduce(0) { $0 + law.probabilities[$1] }
          #expect(agrees(marginal[symbol], sum, relative: 1e-12, absolute: 1e-14))
        }
      }
    }
  }
}
