import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct FlowOracleTests {
  let process = OrnsteinUhlenbeck.canonical

  @Test func mixtureFlowHasItsGoldenValue() throws {
    let image = try FlowOracle(Targets.gm1).images(
      of: Batch([0.7], dimension: 1), from: process.level(at: 3), to: process.level(at: 0.01))
    #expect(agrees(image[0, 0], 1.3545904195112, relative: 1e-12))
  }

  /// The flow of N(m, C) along an axis: alpha' m + sqrt(v' / v) (x - alpha m).
  @Test(arguments: ProcessSpecification.all)
  func normalFlowIsAffine(_ specification: ProcessSpecification) throws {
    let process = try specification.make()
    let levels = [3, 0.7, 0.05, 1e-3].map { process.level(at: process.time(ofCanonicalTime: $0)) }
    let law = Targets.Normal.diagonal3.law
    let points: [Double] = [0.3, -1, 2, 5, 0.1, -3]
    let path = try FlowOracle(Targets.Normal.diagonal3.model(Double.self)).images(
      of: Batch(points.map { $0 * levels[0].scale }, dimension: 3), along: levels)
    for row in 0..<2 {
      for (state, level) in levels.enumerated() {
        for axis in 0..<3 {
          func variance(_ level: NoiseLevel) -> Double {
            level.alpha * level.alpha * law.covariance[axis * 4] + level.sigma * level.sigma
          }
          let start = points[row * 3 + axis] * levels[0].scale
          let expected =
            level.alpha * law.mean[axis]
            + (variance(level) / variance(levels[0])).squareRoot()
            * (start - levels[0].alpha * law.mean[axis])
          #expect(
            agrees(
              path[row * levels.count + state, axis], expected, relative: 1e-11,
              absolute: 1e-11 * level.scale))
        }
      }
    }
  }

  /// Point masses: from canonical time 2 down to 1e-6, where every point is at its mass.
  @Test func flowReachesPointMasses() throws {
    let masses = Targets.mixture(
      [0.5, 0.3, 0.2], [[-1], [0.5], [2]], [.isotropic(0), .isotropic(0), .isotropic(0)],
      Double.self)
    let ends = try FlowOracle(masses).images(
      of: Batch((0..<40).map { Double($0) / 10 - 2 }, dimension: 1), from: process.level(at: 2),
      to: process.level(at: 1e-6))
    for end in ends.elements {
      #expect([-1, 0.5, 2].contains { abs(end - $0) < 1e-2 })
    }
  }

  @Test func flowIsReversible() throws {
    let oracle = FlowOracle(Targets.gm1)
    let points = Batch<Double>((0..<50).map { Double($0) / 8 - 3 }, dimension: 1)
    let (start, end) = (process.level(at: 2), process.level(at: 0.05))
    let there = try oracle.images(of: points, from: start, to: end)
    let back = try oracle.images(of: there, from: end, to: start)
    #expect(FlowOracle.rootMeanSquareDistance(points, back) < 1e-10)
    #expect(FlowOracle.rootMeanSquareDistance(points, there) > 0.1)
  }

  @Test func bitsDependOnNothingElse() throws {
    let model = Targets.Normal.full3.model(Double.self)
    let oracle = FlowOracle(model)
    let points = Batch<Double>((0..<450).map { .sin(Double($0)) * 2 }, dimension: 3)
    let levels = [2, 0.5, 0.01].map { process.level(at: $0) }
    let whole = try oracle.images(of: points, along: levels)
    #expect(try oracle.images(of: points, along: levels, threads: 2) == whole)
    #expect(try oracle.images(of: points[70..<99], along: levels) == whole[210..<297])
    #expect(try oracle.images(of: points[149..<150], along: levels) == whole[447..<450])
  }

  @Test func levelsWithoutNoiseAreRefused() {
    #expect(throws: OracleError.invalidLevel(time: 0)) {
      try FlowOracle(Targets.gm1).images(
        of: Batch([0.7], dimension: 1), from: process.level(at: 1), to: process.level(at: 0))
    }
  }
}
