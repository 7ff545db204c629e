import RealModule

/// A predictor that plans its levels and coefficients for a model, in a pilot run that
/// ``SamplingPlan/makeSampler(for:moments:)`` makes once.
///
/// Without a model it takes steps that suit data of mean 0 and variance 1.
protocol PlannedPredictor: Predictor {
  /// The noise of a step of a run of some steps, 0 for none.
  func eta(steps: Int) -> Double

  /// The same predictor with a plan.
  func planned(_ plan: MultistepPlan) -> Self

  /// The plan, if there is one.
  var plan: MultistepPlan? { get }
}

/// Levels and the rule of the steps between them.
struct MultistepPlan: Sendable, Hashable {
  let levels: [NoiseLevel]
  let rule: MultistepRule
}

extension PlannedPredictor {
  /// The planned levels, or those for data of variance 1: equal steps of (sigma / alpha)^(1/7) from
  /// 10 to 0.02, then a step to the clean level.
  ///
  /// - Throws: ``SamplingError/plansOwnGrid(predictor:)`` for a grid of another kind than the usual,
  ///   or ``GridError``.
  public func levels(of process: any ForwardProcess, grid: GridSpecification) throws
    -> [NoiseLevel]?
  {
    try check(grid)
    if let plan { return plan.levels }
    let levels = PlannedLevels(process: process)
    let (start, end) = try levels.ends(grid, deviation: 1)
    return PlannedLevels.spread(steps: grid.steps, from: start, lowest: 0.02, to: end)
      .map(levels.level)
  }

  /// Throws unless the grid says nothing but the number of steps and the ends.
  func check(_ grid: GridSpecification) throws {
    guard grid.kind == .logSNR, grid.exponent == nil, grid.floor == nil, grid.c0 == nil,
      grid.c1 == nil, grid.times == nil
    else { throw SamplingError.plansOwnGrid(predictor: Self.summary.name) }
    guard (1...GridSpecification.maximumSteps).contains(grid.steps) else {
      throw GridError.invalidSteps(grid.steps)
    }
    if let horizon = grid.horizon, let stop = grid.stop, !(stop < horizon) {
      throw GridError.emptyInterval(horizon: horizon, stop: stop)
    }
  }

  /// One evaluation, the slope, and one sum.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let rule = plan?.rule ?? Self.standardRule(along: levels, eta: eta(steps: levels.count - 1))
    rule.emit(step: index, of: levels, into: &program)
  }

  /// Adams-Bashforth for data of mean 0 and variance 1; of order 1 where steps draw noise.
  private static func standardRule(along levels: [NoiseLevel], eta: Double) -> MultistepRule {
    .adams(
      .standard, along: levels.map(\.relativeDeviation), order: eta > 0 ? 1 : 4, eta: eta)
  }
}

extension MultistepRule {
  /// Adams-Bashforth of an order, raised by one a step from 1 at the first.
  static func adams(
    _ normal: MatchedNormal, along deviations: [Double], order: Int, eta: Double
  ) -> MultistepRule {
    MultistepRule(
      normal: normal, eta: eta,
      steps: (0..<deviations.count - 1).map { index in
        let nodes = (0...min(order - 1, index)).map { deviations[index - $0] }
        return MultistepCoefficients(
          slopes: AdamsWeights.weights(
            nodes: nodes,
            to: aim(from: deviations[index], to: deviations[index + 1], eta: eta),
            variance: normal.meanVariance))
      })
  }
}
