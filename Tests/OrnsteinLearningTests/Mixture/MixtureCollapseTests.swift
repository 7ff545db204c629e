import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import TestSupport
import Testing

@Suite struct MixtureCollapseTests {
  /// Two clusters; three components, of which one begins where no row is.
  private static let lost = GaussianMixtureDescription(
    name: "lost", dimension: 3,
    components: [
      .init(weight: 0.4, mean: [0, 0, 0]), .init(weight: 0.4, mean: [6, 1, -2]),
      .init(weight: 0.2, mean: [200, 200, 200]),
    ])

  private func fit(
    _ points: Batch<Double>, _ start: GaussianMixtureDescription, reseeds: Int,
    kind: CovarianceKind = .full, events: (MixtureEvent) -> Bool = { _ in true }
  ) throws -> MixtureFit {
    try ExpectationMaximization(
      ExpectationMaximizationSettings(
        components: start.components.count, covariance: kind, start: .mixture(start),
        tolerance: 1e-6, iterationLimit: 300, reseedLimit: reseeds)
    ).fit(points, key: NoiseKey(seed: 1), threads: 2, events: events)
  }

  @Test(arguments: CovarianceKind.allCases)
  func aComponentWithoutRowsBeginsAnew(kind: CovarianceKind) throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 900, seed: 1)
    var named: [MixtureCollapse] = []
    let repaired = try fit(points, Self.lost, reseeds: 5, kind: kind) {
      named += $0.collapses
      return true
    }
    #expect(named == repaired.record.collapses)
    let first = try #require(named.first)
    #expect(first.component == 2 && first.cause == .mass && first.newRow != nil)
    #expect(first.description.contains("less than one row"))
    let left = try fit(points, Self.lost, reseeds: 0, kind: kind)
    #expect(left.record.collapses.allSatisfy { $0.newRow == nil })
    #expect(repaired.record.logLikelihood > left.record.logLikelihood + 0.1)
    #expect(repaired.mixture.description.components.allSatisfy { $0.weight > 0.1 })
  }

  /// A component on a single row shrinks to the ridge.
  @Test(arguments: [CovarianceKind.isotropic, .diagonal, .full])
  func aComponentOnOneRowIsNamed(kind: CovarianceKind) throws {
    var points = MixtureSamples.draw(try MixtureSamples.three(), rows: 300, seed: 2)
    for axis in 0..<3 { points[17, axis] = -40 }
    var start = Self.lost
    start.components[2].mean = [-40, -40, -40]
    let fit = try fit(points, start, reseeds: 3, kind: kind)
    #expect(fit.record.collapses.contains { $0.component == 2 && $0.cause == .floor })
  }

  @Test func aSingularCovarianceIsAnError() throws {
    let line = Batch((0..<50).flatMap { [Double($0), 2 * Double($0)] }, dimension: 2)
    let settings = ExpectationMaximizationSettings(components: 1, ridge: 0, reseedLimit: 0)
    #expect(throws: ExpectationMaximizationError.self) {
      try ExpectationMaximization(settings).fit(line, key: NoiseKey(seed: 1), threads: 1)
    }
  }

  @Test func theCallerCanStop() throws {
    let points = MixtureSamples.draw(try MixtureSamples.three(), rows: 300, seed: 3)
    var seen = 0
    let fit = try fit(points, Self.lost, reseeds: 3) {
      seen += 1
      return $0.iteration < 4
    }
    #expect(seen == 4 && fit.record.finish == .stopped)
    #expect(fit.record.iterations == 4 && fit.record.logLikelihoods.count == 5)
  }
}
