import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Plans for a sampler that freezes something: grid, horizon, stop and number of steps of the least
/// divergence of paths.
struct PathPlanner {
  let planner: Planner
  let predictor: PredictorSpecification
  let freezing: Freezing
  let metric: ErrorMetric
  private let process: any ForwardProcess

  /// The candidates for times of a grid.
  private static let candidates = 513
  /// The levels at which the law is measured.
  private static let measured = 97
  /// The most steps of a grid that is optimised whole; finer ones cut its steps evenly.
  private static let mostOptimised = 256
  /// How often steps are cut at most.
  private static let mostCuts = 64
  /// The share of the wanted error that the stop may cost.
  private static let stopShare = 0.25

  init(
    _ planner: Planner, _ predictor: PredictorSpecification, _ metric: ErrorMetric
  ) throws {
    guard let freezing = Freezing(predictor) else {
      throw PlannerError.notMeasurable(
        sampler: predictor.name, metric: metric, reason: "it freezes nothing")
    }
    self.planner = planner
    self.predictor = predictor
    self.freezing = freezing
    self.metric = metric
    process = try planner.standard.process.make()
  }

  /// The best grid of a number of steps, from the horizon and the stop of the process.
  func best(steps: Int) throws -> PlanAnswer {
    let stop = planner.standard.grid.stop ?? process.defaultStop
    let found = try optimal(stop: stop, chooseHorizon: false, most: min(steps, 2048))
    return try answer(
      cut(found.grid, places: steps, of: found), stop: stop, statistics: found.statistics)
  }

  /// The cheapest grid that meets an error.
  func cheapest(error: Double) throws -> PlanAnswer {
    let stop = try chosenStop(error: error)
    let stopError = planner.subject.stopError(
      at: process.level(at: stop), metric: metric, rows: 4 * planner.subject.pilotRows)
    let left =
      planner.subject.comparesWithData(metric) && metric == .totalVariation
      ? error - stopError.value - 3 * stopError.standardError : error
    let divergence: Double
    switch metric {
    case .divergence: divergence = left
    case .totalVariation:
      divergence = left > 0 ? TotalVariationBounds.divergence(forTotalVariation: left) : 0
    case .wasserstein:
      throw PlannerError.notMeasurable(
        sampler: predictor.name, metric: metric,
        reason: "a divergence of paths bounds no Wasserstein distance of laws without a bounded "
          + "support")
    }
    let found = try optimal(stop: stop, chooseHorizon: true, most: Self.mostOptimised)
    func plan(_ steps: Int) throws -> PlanAnswer {
      try answer(
        cut(found.grid, places: steps, of: found), stop: stop, statistics: found.statistics)
    }
    func unreachable(_ best: PlanAnswer) -> PlannerError {
      .unreachable(error: error, best: best, part: best.budget.largestPart)
    }
    let most = found.grid.maximumSteps
    guard divergence > 0 else { throw unreachable(try plan(most)) }
    if var steps = found.grid.cheapestSteps(cost: divergence) {
      while steps <= most {
        let candidate = try plan(steps)
        if candidate.budget.meets(error) { return candidate }
        steps += max(1, steps / 50)
      }
    }
    // The cost of steps cut in n falls like 1 / n.
    let needed = found.grid.totalCost(steps: most) / divergence
    guard needed <= Double(Self.mostCuts) else { throw unreachable(try plan(most)) }
    var best = try plan(most)
    for cuts in [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, Self.mostCuts]
    where 1.5 * Double(cuts) >= needed {
      let finer = try plan(cuts * most)
      if finer.budget.meets(error) { return finer }
      if finer.budget.known.value < best.budget.known.value { best = finer }
    }
    throw unreachable(best)
  }

  /// The latest stop whose cost is a quarter of the error, or the one that is given.
  private func chosenStop(error: Double) throws -> Double {
    if let given = planner.standard.grid.stop { return given }
    let usual = process.defaultStop
    guard planner.subject.comparesWithData(metric), metric == .totalVariation else { return usual }
    func stopError(_ time: Double) -> Quantity {
      planner.subject.stopError(
        at: process.level(at: time), metric: metric, rows: planner.subject.pilotRows)
    }
    guard stopError(usual).isKnown else { return usual }
    func cost(_ time: Double) -> Double {
      let quantity = stopError(time)
      return quantity.value + 3 * quantity.standardError
    }
    let clean = process.timeRange.lowerBound
    guard process.level(at: clean).sigma == 0 else { return usual }
    var (low, high) = (usual * 1e-6, 0.2 * process.horizon)
    for _ in 0..<14 {
      let middle = (low * high).squareRoot()
      if cost(middle) <= Self.stopShare * error { low = middle } else { high = middle }
    }
    return low
  }

  private struct Found {
    var grid: OptimalGrid
    var statistics: PathStatistics
    var horizon: Double?
  }

  /// The optimal grids of all numbers of steps.
  private func optimal(stop: Double, chooseHorizon: Bool, most: Int) throws -> Found {
    let given = planner.standard.grid.horizon
    let horizon = given ?? process.horizon
    let low = process.level(at: stop).canonicalTime
    let high = process.level(at: horizon).canonicalTime
    guard low > 0, low < high else {
      throw GridError.emptyInterval(horizon: horizon, stop: stop)
    }
    let statistics = try planner.subject.pathStatistics(
      at: CandidateTimes.evenInLogSNR(Self.measured, from: low, to: high),
      process: planner.standard.process, threads: planner.threads)
    let count = max(Self.candidates, min(2 * most + 1, 4096))
    let candidates = try statistics.resampled(
      at: CandidateTimes.evenInLogSNR(count, from: low, to: high))
    let starts: [Double]? =
      chooseHorizon && given == nil
      ? try candidates.times.indices.map { try startCost(candidates, $0) } : nil
    return Found(
      grid: OptimalGrid(
        PathCost(candidates, freezing: freezing), maximumSteps: most, startCosts: starts),
      statistics: statistics, horizon: starts == nil ? horizon : nil)
  }

  private func startCost(_ statistics: PathStatistics, _ index: Int) throws -> Double {
    let level = OrnsteinUhlenbeck.canonical.level(at: statistics.times[index])
    return try InitializationDivergence.normalPart(
      of: planner.standard.initialLaw, moments: statistics.moments, at: level)
      + statistics.normality(at: index).value
  }

  /// The canonical times of a grid, from the horizon down; of more steps than were optimised, those of
  /// the largest with each step cut evenly in log-SNR.
  private func cut(_ grid: OptimalGrid, places steps: Int, of found: Found) -> [Double] {
    guard steps > grid.maximumSteps else { return grid.canonicalTimes(steps: steps) }
    let coarse = grid.canonicalTimes(steps: grid.maximumSteps)
    let logarithms = coarse.map { -Double.log(.expMinusOne(2 * $0)) / 2 }
    return (0...steps).map { index in
      let place = Double(index) * Double(coarse.count - 1) / Double(steps)
      let below = min(Int(place), coarse.count - 2)
      let share = place - Double(below)
      if share == 0 { return coarse[below] }
      if index == steps { return coarse[coarse.count - 1] }
      let logarithm = logarithms[below] + share * (logarithms[below + 1] - logarithms[below])
      return .log(onePlus: .exp(-2 * logarithm)) / 2
    }
  }

  private func answer(
    _ canonicalTimes: [Double], stop: Double, statistics: PathStatistics
  ) throws -> PlanAnswer {
    var plan = planner.standard
    plan.predictor = predictor
    var times = canonicalTimes.map { process.time(ofCanonicalTime: $0) }
    times[times.count - 1] = stop
    let given = planner.standard.grid.horizon ?? process.horizon
    if abs(times[0] - given) < 1e-9 * given { times[0] = given }
    plan.grid = GridSpecification(times: times)
    let path = try Budget(of: plan, statistics: statistics)
    return PlanAnswer(
      plan: plan, evaluations: try plan.program().evaluations,
      budget: try budget(path, at: process.level(at: stop)), path: path)
  }

  /// The divergence of the paths in the metric.
  private func budget(_ path: Budget, at level: NoiseLevel) throws -> ErrorBudget {
    let subject = planner.subject
    let compares = subject.comparesWithData(metric)
    switch metric {
    case .divergence:
      return ErrorBudget(
        metric: metric, reference: .stop, initialization: path.initialization, score: path.score,
        discretization: path.discretization, earlyStopping: .exact(0))
    case .totalVariation:
      let stop: Quantity =
        compares
        ? subject.stopError(at: level, metric: metric, rows: 4 * subject.pilotRows) : .exact(0)
      let known = [path.initialization, path.score, path.discretization].filter(\.isKnown)
      return ErrorBudget(
        metric: metric, reference: compares ? .data : .stop,
        initialization: TotalVariationBounds.best(path.initialization),
        score: TotalVariationBounds.best(path.score),
        discretization: TotalVariationBounds.best(path.discretization), earlyStopping: stop,
        whole: known.count == 3 && stop.isKnown
          ? TotalVariationBounds.best(path.path) + stop : nil)
    case .wasserstein:
      return ErrorBudget(
        metric: metric, initialization: .unknown, score: .unknown, discretization: .unknown,
        earlyStopping: path.earlyStopping)
    }
  }
}
