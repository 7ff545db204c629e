import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// The law of every affine predictor on Gaussian data, in closed form.
@Suite struct PredictorOrderTests {
  static let predictors =
    affinePredictors
    + [.denoisingDiffusionImplicit(eta: 0.5), .denoisingDiffusionImplicit(eta: 1)]
  static let target: [(mean: Double, variance: Double)] = [(1.5, 0.25), (-0.5, 2)]

  func distance(_ predictor: PredictorSpecification, _ grid: GridSpecification) throws -> Double {
    let process = OrnsteinUhlenbeck.canonical
    let levels = try grid.make(for: process).levels(of: process)
    let rule = try affine(predictor)
    var law = GaussianPushForward(target: Self.target, noisedTo: levels[0])
    for (t, s) in zip(levels, levels.dropFirst()) { law.apply(rule.step(from: t, to: s), at: t) }
    return law.distance(toNoisedAt: levels[levels.count - 1])
  }

  @Test(arguments: predictors, [GridKind.uniform, .logSNR])
  func orderInLaw(of predictor: PredictorSpecification, on kind: GridKind) throws {
    let counts = [160, 320, 640, 1280, 2560]
    let points = try counts.map { count in
      (
        x: Double.log(1 / Double(count)),
        y: Double.log(
          try distance(predictor, GridSpecification(kind, steps: count, horizon: 2, stop: 0.05)))
      )
    }
    let meanX = points.reduce(0) { $0 + $1.x } / Double(points.count)
    let meanY = points.reduce(0) { $0 + $1.y } / Double(points.count)
    let slope =
      points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
      / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    #expect(abs(slope - Double(predictor.summary.order)) < 0.1, "slope \(slope)")
  }

  /// The limit is the law of the target at the stop time, not merely some law.
  @Test(arguments: predictors)
  func limitIsTheRightLaw(of predictor: PredictorSpecification) throws {
    let fine = GridSpecification(.uniform, steps: 200_000, horizon: 2, stop: 0.05)
    #expect(try distance(predictor, fine) < 1e-4)
  }
}
