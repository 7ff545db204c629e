import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// The order in law of every affine method of the catalogue on normal data, in closed form, and that
/// the limit is the right law.
@Suite struct CatalogueOrderTests {
  /// Methods whose error in law does not fall at the order of their summary, each with its reason.
  static let withoutOrder: [String: String] = [:]

  /// Orders on normal data that differ from that of the summary, each with its reason.
  static let ordersOnNormalData: [String: Double] = [:]

  static let predictors =
    Catalogue.affinePredictors.filter {
      $0.summary.orderSense != .none && withoutOrder[$0.name] == nil
    } + [.denoisingDiffusionImplicit(eta: 0.5), .denoisingDiffusionImplicit(eta: 1)]

  /// The Wasserstein-2 distance of the law of the points from the noised data at the stop, started
  /// from the noised data at the horizon.
  func distance(_ predictor: PredictorSpecification, _ grid: GridSpecification) throws -> Double {
    let plan = SamplingPlan(grid: grid, predictor: predictor, finish: .none)
    let oracle = try GaussianOracle(Targets.axes)
    let levels = try plan.levels()
    return try oracle.law(of: plan, from: .exact)
      .wassersteinDistance(to: oracle.exactLaw(at: levels[levels.count - 1]))
  }

  /// Numbers of steps where the leading term rules and rounding does not.
  func counts(order: Int) -> [Int] {
    switch order {
    case ...1: [160, 320, 640, 1280, 2560]
    case 2: [80, 160, 320, 640, 1280]
    case 3: [40, 80, 160, 320, 640]
    default: [32, 45, 64, 90, 128]
    }
  }

  @Test(arguments: predictors, [GridKind.uniform, .logSNR])
  func orderInLaw(of predictor: PredictorSpecification, on kind: GridKind) throws {
    let summary = predictor.summary
    let points = try counts(order: summary.order).map { count in
      let grid = GridSpecification(kind, steps: count, horizon: 2, stop: 0.05)
      return (x: -Double.log(Double(count)), y: Double.log(try distance(predictor, grid)))
    }
    let slope = regressionSlope(points)
    let expected = Self.ordersOnNormalData[predictor.name] ?? Double(summary.order)
    let tolerance = summary.orderSense == .law ? 0.1 : 0.15
    #expect(abs(slope - expected) < tolerance, "\(predictor.name): slope \(slope), \(points)")
  }

  /// The limit is the law of the noised data at the stop time, not merely some law.
  @Test(arguments: predictors)
  func limitIsTheRightLaw(of predictor: PredictorSpecification) throws {
    let steps = predictor.summary.order <= 1 ? 100_000 : 4000
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
