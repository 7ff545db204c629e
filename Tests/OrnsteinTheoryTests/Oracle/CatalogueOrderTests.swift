import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// The order in law of every affine method of the catalogue on normal data, in closed form, and that
/// the limit is the right law.
@Suite struct CatalogueOrderTests {
  /// Orders on normal data that differ from that of the summary, with their reasons.
  static let ordersOnNormalData: [String: Double] = [
    // The denoiser of normal data is linear in the point, which spares the extrapolation through
    // noise the error that it has elsewhere.
    "dpm++2m-sde": 2, "dpm++3m-sde": 2,
    // Unbiased times leave errors of random sign, of which N add up like the root of N.
    "randomized-midpoint": 1.5,
  ]

  /// Methods that are still better than their order on uniform grids of these sizes: the first step,
  /// which is of order 1, is short in log-SNR there, and its error is the only one of low order.
  static let betterOnUniformGrids: Set<String> = ["exponential-adams-bashforth"]

  static let predictors =
    Catalogue.affinePredictors.filter { $0.summary.orderSense != .none } + [
      .denoisingDiffusionImplicit(eta: 0.5), .denoisingDiffusionImplicit(eta: 1),
    ]

  /// The Wasserstein-2 distance of the law of the points from the noised data at the stop, started
  /// from the noised data at the horizon.
  ///
  /// Of a randomized method the root mean square over 64 blocks.
  func distance(_ predictor: PredictorSpecification, _ grid: GridSpecification) throws -> Double {
    let plan = SamplingPlan(grid: grid, predictor: predictor, finish: .none)
    let oracle = try GaussianOracle(Targets.axes)
    let levels = try plan.levels()
    let exact = oracle.exactLaw(at: levels[levels.count - 1])
    let blocks = try plan.method().isRandomized ? 64 : 1
    let squares = try (0..<blocks).reduce(0) { sum, block in
      try sum + oracle.law(of: plan, from: .exact, block: block).frechetDistance(to: exact)
    }
    return (squares / Double(blocks)).squareRoot()
  }

  /// Numbers of steps where the leading term rules and rounding does not; steps of a uniform grid
  /// change their length in log-SNR quickly near the stop, so high orders show later there.
  func counts(order: Double, kind: GridKind) -> [Int] {
    let first = order < 2 ? 160 : kind == .uniform ? 640 : order < 3 ? 80 : 40
    return (0..<5).map { first << $0 }
  }

  func slope(_ predictor: PredictorSpecification, on kind: GridKind, order: Double) throws -> Double
  {
    try regressionSlope(
      counts(order: order, kind: kind).map { count in
        let grid = GridSpecification(kind, steps: count, horizon: 2, stop: 0.05)
        return (x: -Double.log(Double(count)), y: Double.log(try distance(predictor, grid)))
      })
  }

  @Test(arguments: predictors, [GridKind.uniform, .logSNR])
  func orderInLaw(of predictor: PredictorSpecification, on kind: GridKind) throws {
    let summary = predictor.summary
    let expected = Self.ordersOnNormalData[predictor.name] ?? Double(summary.order)
    let slope = try slope(predictor, on: kind, order: expected)
    let tolerance = summary.orderSense == .law ? 0.1 : 0.15
    if kind == .uniform, Self.betterOnUniformGrids.contains(predictor.name) {
      #expect(slope > expected - tolerance, "\(predictor.name): slope \(slope)")
    } else {
      #expect(abs(slope - expected) < tolerance, "\(predictor.name): slope \(slope)")
    }
  }

  /// Options that set the order.
  @Test(
    arguments: [
      ("lms", ["order": 1], 1), ("lms", ["order": 2], 2), ("unipc", ["corrector": 0], 2),
      ("unipc", ["order": 1], 2), ("unipc", ["order": 1, "corrector": 0], 1),
      ("exponential-adams-bashforth", ["order": 1], 1),
      ("exponential-adams-bashforth", ["order": 2, "quantity": 2], 2),
      ("picard", ["ode": 1], 1), ("dpm++2m", ["taylor": 1], 2),
    ] as [(String, [String: Double], Double)])
  func orderFollowsTheOptions(_ name: String, _ options: [String: Double], _ order: Double) throws {
    let predictor = try PredictorSpecification(name: name, options: options)
    let slope = try slope(predictor, on: .logSNR, order: order)
    #expect(abs(slope - order) < 0.15, "slope \(slope)")
  }

  /// The limit is the law of the noised data at the stop time, not merely some law.
  @Test(arguments: predictors)
  func limitIsTheRightLaw(of predictor: PredictorSpecification) throws {
    let isFirstOrder = predictor.summary.order <= 1 && predictor.name != "randomized-midpoint"
    let steps = isFirstOrder ? 100_000 : 4000
    let fine = GridSpecification(.uniform, steps: steps, horizon: 2, stop: 0.05)
    #expect(try distance(predictor, fine) < 1e-4)
  }

  private func regressionSlope(_ points: [(x: Double, y: Double)]) -> Double {
    let count = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    return points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
      / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
  }
}
