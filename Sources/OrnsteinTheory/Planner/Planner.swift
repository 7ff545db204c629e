import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Turns a number of steps into the best plan, or a wanted error into the cheapest one.
///
/// Samplers without noise are tried on a pilot batch, whose errors are measured (``PushforwardOracle``,
/// ``FlowOracle``); those that freeze something have a divergence of paths that is known in closed form
/// up to the statistics of the law (``PathCost``), and the grid, horizon and number of steps that
/// minimise it are found together (``OptimalGrid``). Other samplers have errors that nobody can name
/// before drawing; they are not planned.
public struct Planner: Sendable {
  /// What is planned for.
  public let subject: any PlanSubject
  /// The process, the seed, and the ends if they are not to be chosen.
  public var standard: SamplingPlan
  /// How many threads measure.
  public let threads: Int

  /// The numbers of evaluations that are tried.
  static let ladder = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 48, 56, 64,
    80, 96,
    128, 160, 200,
  ]

  /// A planner.
  ///
  /// - Parameters:
  ///   - subject: What is planned for.
  ///   - standard: The plan to start from: its process, seed and finish are kept; its horizon and stop
  ///     too where they are given.
  ///   - threads: How many threads measure; the plans do not depend on it.
  public init(_ subject: any PlanSubject, standard: SamplingPlan, threads: Int = 1) {
    self.subject = subject
    self.standard = standard
    self.threads = threads
  }

  /// The best plan of a number of steps.
  ///
  /// - Parameters:
  ///   - steps: The number of steps; those of planned samplers are evaluations.
  ///   - predictor: The sampler.
  ///   - metric: How errors are measured.
  /// - Throws: ``PlannerError/notMeasurable(sampler:metric:reason:)``, or what keeps the plan from
  ///   being carried out.
  public func best(
    steps: Int, predictor: PredictorSpecification = .plannedFlow, metric: ErrorMetric
  ) throws -> PlanAnswer {
    if Freezing(predictor) != nil {
      return try timed(try PathPlanner(self, predictor, metric).best(steps: steps))
    }
    return try timed(try flow(flowPlan(predictor, steps: steps, metric: metric), metric))
  }

  /// The cheapest plan whose error is at most a wanted one, with 3 standard errors to spare.
  ///
  /// - Parameters:
  ///   - error: The wanted error.
  ///   - metric: How errors are measured.
  ///   - predictor: The sampler; `nil` for the planned flow, and those that freeze something where no
  ///     flow meets the error.
  /// - Throws: ``PlannerError``, or what keeps plans from being carried out.
  public func cheapest(
    error: Double, metric: ErrorMetric, predictor: PredictorSpecification? = nil
  ) throws -> PlanAnswer {
    guard error > 0, error.isFinite, metric != .totalVariation || error <= 1 else {
      throw PlannerError.invalidError(error, metric: metric)
    }
    let candidates = predictor.map { [$0] } ?? [.plannedFlow, .frozenScore, .frozenDenoiser]
    var missed: [PlanAnswer] = []
    var failure: (any Error)?
    for candidate in candidates {
      do {
        guard Freezing(candidate) == nil else {
          return try timed(try PathPlanner(self, candidate, metric).cheapest(error: error))
        }
        do {
          return try timed(try cheapestFlow(error, metric, candidate))
        } catch PlannerError.unreachable(_, let best, .initialization)
          where standard.grid.horizon == nil && candidate.summary.isPlanned
        {
          missed.append(best)
          var later = self
          later.standard.grid.horizon = try standard.process.make().horizon
          return try timed(try later.cheapestFlow(error, metric, candidate))
        }
      } catch PlannerError.unreachable(_, let best, _) {
        missed.append(best)
      } catch {
        failure = failure ?? error
      }
    }
    guard let best = missed.min(by: { $0.budget.known.value < $1.budget.known.value }) else {
      throw failure
        ?? PlannerError.notMeasurable(sampler: "every sampler", metric: metric, reason: "none fits")
    }
    throw PlannerError.unreachable(error: error, best: best, part: best.budget.largestPart)
  }

  /// The plans of some samplers at an equal number of evaluations; those whose error cannot be named
  /// have unknown budgets, those whose grid has no so few steps are left out.
  public func compare(
    evaluations: Int, predictors: [PredictorSpecification], metric: ErrorMetric
  ) throws -> [PlanAnswer] {
    try predictors.compactMap { predictor in
      let perStep = max(1, predictor.summary.evaluationsPerStep)
      guard evaluations / perStep >= 1 else { return nil }
      do {
        return try best(steps: evaluations / perStep, predictor: predictor, metric: metric)
      } catch is GridError {
        return nil
      } catch PlannerError.notMeasurable {
        var plan = standard
        plan.predictor = predictor
        plan.grid.steps = evaluations / perStep
        if let kind = predictor.summary.grid { plan.grid.kind = kind }
        return try timed(
          PlanAnswer(
            plan: plan, evaluations: try plan.program().evaluations, budget: .unknown(metric)))
      }
    }
  }

  private func timed(_ answer: PlanAnswer) throws -> PlanAnswer {
    var answer = answer
    answer.secondsPerRow = try subject.secondsPerRow(of: answer.plan)
    return answer
  }

  // MARK: Samplers without noise

  private func flowPlan(
    _ predictor: PredictorSpecification, steps: Int, metric: ErrorMetric
  ) -> SamplingPlan {
    var plan = standard
    plan.predictor = predictor
    plan.grid.steps = steps
    if let kind = predictor.summary.grid, !predictor.summary.isPlanned { plan.grid.kind = kind }
    if predictor.summary.isPlanned {
      plan.initialLaw = .momentMatched
      if !subject.comparesWithData(metric), plan.grid.stop == nil {
        plan.grid.stop = try? plan.process.make().defaultStop
      }
    }
    return plan
  }

  private func flow(
    _ plan: SamplingPlan, _ metric: ErrorMetric, rows: Int? = nil
  ) throws -> PlanAnswer {
    guard plan.corrector == nil, try !plan.program().isStochastic else {
      throw PlannerError.notMeasurable(
        sampler: plan.predictor.name, metric: metric,
        reason: "it draws noise and freezes nothing; only divergences of paths of "
          + Freezing.predictorNames.joined(separator: ", ") + " have closed forms")
    }
    let budget: ErrorBudget
    do {
      budget = try subject.flowBudget(
        of: plan, metric: metric, rows: rows ?? subject.pilotRows, threads: threads)
    } catch let error as OracleError {
      guard case .notMonotone = error else { throw error }
      budget = .unknown(metric)
    }
    return PlanAnswer(
      plan: plan, evaluations: try plan.program().evaluations, budget: budget)
  }

  /// Doubles the evaluations until the error is met, then looks for fewer.
  private func cheapestFlow(
    _ error: Double, _ metric: ErrorMetric, _ predictor: PredictorSpecification
  ) throws -> PlanAnswer {
    let perStep = max(1, predictor.summary.evaluationsPerStep)
    let ladder = Self.ladder.map { max(1, $0 / perStep) }
    var tried: [Int: PlanAnswer] = [:]
    func answer(_ place: Int) throws -> PlanAnswer {
      if let known = tried[place] { return known }
      let plan = flowPlan(predictor, steps: ladder[place], metric: metric)
      var new = try flow(plan, metric)
      let quantity = new.budget.known
      if abs(quantity.value - error) < 3 * quantity.standardError {
        new = try flow(plan, metric, rows: 4 * subject.pilotRows)
      }
      tried[place] = new
      return new
    }
    func meets(_ place: Int) throws -> Bool {
      let budget = try answer(place).budget
      return budget.whole?.isKnown ?? budget.discretization.isKnown ? budget.meets(error) : false
    }
    let probes = [7, 14, 20, 25, ladder.count - 1]
    guard let first = try probes.firstIndex(where: meets) else {
      let best = try probes.map(answer).min { rank($0) < rank($1) } ?? answer(ladder.count - 1)
      throw PlannerError.unreachable(error: error, best: best, part: best.budget.largestPart)
    }
    var (low, high) = (first == 0 ? -1 : probes[first - 1], probes[first])
    while high - low > 1 {
      let middle = (low + high) / 2
      if try meets(middle) { high = middle } else { low = middle }
    }
    return try answer(high)
  }

  private func rank(_ answer: PlanAnswer) -> Double {
    answer.budget.discretization.isKnown ? answer.budget.known.value : .infinity
  }
}

extension ErrorBudget {
  /// A budget of which nothing is known.
  static func unknown(_ metric: ErrorMetric) -> ErrorBudget {
    ErrorBudget(
      metric: metric, initialization: .unknown, score: .unknown, discretization: .unknown,
      earlyStopping: .unknown)
  }
}
