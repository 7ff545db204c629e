import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct OptimalGridTests {
  static let kinds = GridKind.named.filter { $0 != .li }

  /// No named grid beats the best grid among candidates that hold it.
  @Test(arguments: [BudgetTarget.gm1, .vertices, .ring, .affineError], Freezing.allCases)
  func noNamedGridIsBetter(_ name: BudgetTarget, _ freezing: Freezing) throws {
    let target = try name.make()
    let (low, high) = (0.02, 3.0)
    let measured = try PathStatistics(
      of: target, times: CandidateTimes.evenInLogSNR(65, from: low, to: high), rows: 4096,
      threads: 2)
    for steps in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] {
      let grids = try Self.kinds.map {
        try canonicalTimes($0, steps: steps, horizon: high, stop: low)
      }
      let candidates = CandidateTimes.union(
        [CandidateTimes.evenInLogSNR(33, from: low, to: high)] + grids)
      let cost = PathCost(try measured.resampled(at: candidates), freezing: freezing)
      let best = OptimalGrid(cost, maximumSteps: steps)
      for (kind, grid) in zip(Self.kinds, grids) {
        let places = grid.compactMap { candidates.firstIndex(of: $0) }
        #expect(places.count == steps + 1)
        #expect(
          best.totalCost(steps: steps) <= cost.cost(along: places).value * (1 + 1e-12),
          "\(kind), \(steps) steps")
      }
      let places = best.places(steps: steps)
      #expect(places.count == steps + 1 && places[0] == 0 && places[steps] == candidates.count - 1)
      #expect(
        agrees(cost.cost(along: places).value, best.totalCost(steps: steps), relative: 1e-10))
    }
  }

  @Test(arguments: Freezing.allCases) func extremes(_ freezing: Freezing) throws {
    let times = CandidateTimes.evenInLogSNR(33, from: 0.05, to: 2)
    let grid = OptimalGrid(
      PathCost(try PathStatistics(of: Targets.gm1, times: times), freezing: freezing))
    #expect(grid.maximumSteps == 32)
    #expect(grid.places(steps: 32) == Array(0...32))
    #expect(grid.places(steps: 1) == [0, 32])
    #expect(grid.canonicalTimes(steps: 1) == [2, 0.05])
    let costs = (1...32).map { grid.totalCost(steps: $0) }
    #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(grid.cheapestSteps(cost: costs[9]) == 10)
    #expect(grid.cheapestSteps(cost: costs[31] / 2) == nil)
  }

  /// Of equal costs the smallest place is taken: steps of N(0, I) cost nothing where the relative score
  /// is frozen, so every grid is best.
  @Test func tiesGoToTheSmallestPlace() throws {
    let standard = Targets.mixture([1], [[0]], [.identity], Double.self)
    let times = CandidateTimes.evenInLogSNR(9, from: 0.05, to: 2)
    let statistics = try PathStatistics(of: standard, times: times)
    let cost = PathCost(statistics, freezing: .relativeScore)
    let exactlyZero = (1..<9).allSatisfy { b in
      (0..<b).allSatisfy { abs(cost.cost(from: b, to: $0)) < 1e-14 }
    }
    #expect(exactlyZero)
  }

  /// With the cost of a start the horizon is chosen too, and never at a loss.
  @Test func theHorizonIsChosenToo() throws {
    let times = CandidateTimes.evenInLogSNR(129, from: 0.01, to: 5)
    let statistics = try PathStatistics(of: Targets.gm1, times: times)
    let starts = try times.indices.map { try statistics.normality(at: $0).value }
    let cost = PathCost(statistics, freezing: .score)
    let (fixed, free) = (
      OptimalGrid(cost, maximumSteps: 40), OptimalGrid(cost, maximumSteps: 40, startCosts: starts)
    )
    for steps in [5, 10, 20, 40] {
      #expect(free.totalCost(steps: steps) <= fixed.totalCost(steps: steps) + starts[128])
      let times = free.canonicalTimes(steps: steps)
      #expect(times[0] < 5 && times[0] > 0.05 && times[steps] == 0.01)
    }
  }

  /// The bound for the frozen denoiser with explicit constants, for data of any law:
  /// kappa D (1 + Lambda) / 2 with u_{k-1} <= (1 + kappa) u_k.
  @Test(arguments: [
    (10, 3.1292913763121), (20, 1.3227630747609), (40, 0.60995005155733),
  ])
  func costsStayBelowTheBoundForAnyLaw(_ steps: Int, _ published: Double) throws {
    func signalToNoise(_ t: Double) -> Double { 1 / .expMinusOne(2 * t) }
    let span = Double.log(signalToNoise(0.05) / signalToNoise(2))
    let kappa = Double.expMinusOne(span / Double(steps))
    for name in BudgetTarget.allCases {
      let target = try name.make()
      guard !(target is PerturbedScore<Double>) else { continue }
      let bound = kappa * Double(target.dimension) * (1 + span) / 2
      if name == .gm1 { #expect(agrees(bound, published, relative: 1e-8)) }
      let times = CandidateTimes.evenInLogSNR(steps + 1, from: 0.05, to: 2)
      let statistics = try PathStatistics(of: target, times: times, rows: 2048, threads: 2)
      let cost = PathCost(statistics, freezing: .denoiser).total
      #expect(cost.value + 4.5 * cost.standardError <= bound, "\(name)")
    }
  }

  /// A plan lists its best times, of its own process, from end to end.
  @Test(arguments: [
    ProcessSpecification.ornsteinUhlenbeck, .linearVariancePreserving(), .varianceExploding(),
    .rectifiedFlow,
  ])
  func plansListTheirTimes(_ process: ProcessSpecification) throws {
    let plan = SamplingPlan(
      process: process, grid: GridSpecification(.optimal, steps: 12), predictor: .frozenScore)
    #expect(throws: GridError.needsModel(kind: "optimal")) { try plan.levels() }
    let best = try plan.withOptimalGrid(for: Targets.gm1)
    let made = try process.make()
    #expect(best.grid.kind == .custom && best.grid.steps == 12)
    let times = try #require(best.grid.times)
    #expect(times.count == 13 && times.first == made.horizon && times.last == made.defaultStop)
    let cost = try Budget(of: best, for: Targets.gm1).discretization.value
    for kind in Self.kinds {
      var named = plan
      named.grid.kind = kind
      #expect(cost <= (try Budget(of: named, for: Targets.gm1).discretization.value) * 1.002)
    }
    #expect(try best.levels().count == 13)
  }

  @Test func plansThatFreezeNothingAreRefused() throws {
    var plan = SamplingPlan(
      grid: GridSpecification(.optimal, steps: 12), predictor: .denoisingDiffusionImplicit())
    #expect(throws: BudgetError.notFrozen(predictor: "ddim")) {
      try plan.withOptimalGrid(for: Targets.gm1)
    }
    plan.predictor = .frozenDenoiser
    plan.corrector = CorrectorSpecification.all[0]
    #expect(throws: BudgetError.corrected(corrector: CorrectorSpecification.all[0].name)) {
      try plan.withOptimalGrid(for: Targets.gm1)
    }
    plan.corrector = nil
    plan.grid.stop = 0
    #expect(throws: BudgetError.noNoiseAtStop) { try plan.withOptimalGrid(for: Targets.gm1) }
    plan.grid.stop = nil
    plan.grid.steps = 5000
    #expect(throws: BudgetError.self) { try plan.withOptimalGrid(for: Targets.gm1) }
  }

  /// A grid that ends clean keeps its last step.
  @Test func cleanEndsAreKept() throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.optimal, steps: 6, endsClean: true), predictor: .frozenDenoiser)
    let best = try plan.withOptimalGrid(for: Targets.gm1)
    let levels = try best.levels()
    #expect(levels.count == 7 && levels[6].sigma == 0 && best.grid.steps == 6)
  }

  /// What freezes something, and what does not.
  @Test func freezings() throws {
    for freezing in Freezing.allCases { #expect(Freezing(freezing.predictor) == freezing) }
    let frozen = PredictorSpecification.all.filter { Freezing($0) != nil }.map(\.name)
    #expect(Set(frozen) == Set(Freezing.predictorNames))
    #expect(Freezing(.denoisingDiffusionImplicit(eta: 1)) == .denoiser)
    #expect(Freezing(.frozenDenoiser(variance: .large)) == nil)
  }
}
