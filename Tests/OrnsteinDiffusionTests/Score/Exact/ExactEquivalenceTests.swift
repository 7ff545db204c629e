import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Laws that are mixtures, too, or other laws in disguise.
@Suite struct ExactEquivalenceTests {
  func expectSame(
    _ first: some ExactTarget<Double>, _ second: some ExactTarget<Double>,
    levels: [NoiseLevel] = ExactExample.levels, relative: Double = 1e-10
  ) {
    #expect(first.dimension == second.dimension)
    for (index, level) in levels.enumerated() {
      let x = ExactExample.noised(second, at: level, count: 40, seed: UInt64(20 + index))
      let v = ExactExample.noised(second, at: level, count: 40, seed: 30)
      let unit = 1 / (level.sigma * level.sigma)
      func same(_ a: [Double], _ b: [Double], _ scale: Double) {
        #expect(agrees(a, b, relative: relative, absolute: 1e-11 * scale))
      }
      same(first.logDensity(of: x, at: level), second.logDensity(of: x, at: level), 1)
      same(
        first.score(of: x, at: level).elements, second.score(of: x, at: level).elements,
        1 / level.sigma)
      same(first.hessian(of: x, at: level), second.hessian(of: x, at: level), unit)
      same(first.hessianTrace(of: x, at: level), second.hessianTrace(of: x, at: level), unit)
      same(
        first.hessianProduct(of: x, with: v, at: level),
        second.hessianProduct(of: x, with: v, at: level), unit)
      same(first.posteriorMean(of: x, at: level), second.posteriorMean(of: x, at: level), 1)
      same(
        first.posteriorCovariance(of: x, at: level), second.posteriorCovariance(of: x, at: level),
        1)
    }
    #expect(agrees(first.moments.mean, second.moments.mean, absolute: 1e-12))
    #expect(agrees(first.moments.covariance, second.moments.covariance, absolute: 1e-12))
  }

  static func pointMixture(
    _ points: [[Double]], _ weights: [Double]
  ) throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: weights, means: points,
      covariances: points.map { _ in .isotropic(0) })
  }

  @Test func verticesAreFourPoints() throws {
    let corners = [[1.2, 1.2], [-1.2, 1.2], [1.2, -1.2], [-1.2, -1.2]]
    expectSame(
      try CubeVertices<Double>(halfWidth: 1.2, dimension: 2),
      try Self.pointMixture(corners, [0.25, 0.25, 0.25, 0.25]))
  }

  @Test func sphereOfOneDimensionIsTwoPoints() throws {
    expectSame(
      try SphereUniform<Double>(radius: 0.9, dimension: 1),
      try CubeVertices<Double>(halfWidth: 0.9, dimension: 1))
  }

  @Test func pointsAreADegenerateMixture() throws {
    let points = Batch<Double>(rows: ExactExample.points)
    expectSame(
      try EmpiricalMeasure(points: points, weights: ExactExample.pointWeights),
      try Self.pointMixture(ExactExample.points, ExactExample.pointWeights))
    expectSame(
      try EmpiricalMeasure(points: points),
      try Self.pointMixture(ExactExample.points, [0.2, 0.2, 0.2, 0.2, 0.2]))
    expectSame(
      try EmpiricalMeasure(points: points, weights: [3, 0, 1, 0, 0]),
      try Self.pointMixture([ExactExample.points[0], ExactExample.points[2]], [0.75, 0.25]))
  }

  /// More points than a block holds.
  @Test func blocksOfPointsAreOneLaw() throws {
    let count = 20_000
    let points = (0..<count).map { [Double.sin(Double($0)) + Double($0 % 7) / 3] }
    let level = NoiseLevel(time: 0, alpha: 0.8, sigma: 0.05)
    let measure = try EmpiricalMeasure<Double>(points: Batch(rows: points))
    let mixture = try Self.pointMixture(
      points, [Double](repeating: 1 / Double(count), count: count))
    let x = Batch<Double>((0..<50).map { -1 + Double($0) / 10 }, dimension: 1)
    #expect(
      agrees(
        measure.score(of: x, at: level).elements, mixture.score(of: x, at: level).elements,
        absolute: 1e-10))
    #expect(agrees(measure.logDensity(of: x, at: level), mixture.logDensity(of: x, at: level)))
  }

  /// Equal steps on the circle converge to it faster than any power.
  @Test func circleIsALimitOfPoints() throws {
    let points = (0..<2000).map {
      let angle = 2 * Double.pi * Double($0) / 2000
      return [1.3 * Double.cos(angle), 1.3 * Double.sin(angle)]
    }
    expectSame(
      try SphereUniform<Double>(radius: 1.3, dimension: 2),
      try EmpiricalMeasure(points: Batch(rows: points)))
  }

  @Test func intervalIsALimitOfPoints() throws {
    // Gauss-Legendre nodes of 4 subintervals would do as well; 2000 midpoints err by 1e-7.
    let points = (0..<2000).map { [-1.5 + 3 * (Double($0) + 0.5) / 2000] }
    let (cube, measure) = (
      try SolidCube<Double>(halfWidth: 1.5, dimension: 1),
      try EmpiricalMeasure<Double>(points: Batch(rows: points))
    )
    for level in ExactExample.levels {
      let x = ExactExample.noised(cube, at: level, count: 50, seed: 9)
      #expect(
        agrees(
          cube.logDensity(of: x, at: level), measure.logDensity(of: x, at: level), relative: 1e-5,
          absolute: 1e-6))
      #expect(
        agrees(
          cube.posteriorCovariance(of: x, at: level), measure.posteriorCovariance(of: x, at: level),
          relative: 1e-5, absolute: 1e-6))
    }
  }

  @Test func productOfMixturesIsAMixture() throws {
    let (one, two) = (Targets.gm1(Double.self), Targets.gm2(Double.self))
    let parts = [(0.3, -2.0, 0.25), (0.5, 0.5, 0.5), (0.2, 3.0, 1.0)]
    let planes: [(Double, [Double], [[Double]])] = [
      (0.4, [-1, 2], [[1, 0.3], [0.3, 0.5]]), (0.6, [1.5, -0.5], [[0.2, 0], [0, 0.8]]),
    ]
    var (weights, means, covariances): ([Double], [[Double]], [MixtureCovariance]) = ([], [], [])
    for a in parts {
      for b in planes {
        weights.append(a.0 * b.0)
        means.append([a.1] + b.1)
        covariances.append(.full([[a.2, 0, 0], [0] + b.2[0], [0] + b.2[1]]))
      }
    }
    expectSame(
      try ProductTarget<Double>([one, two]),
      try GaussianMixture<Double>(weights: weights, means: means, covariances: covariances))
  }

  @Test func manifoldOfAMixtureIsADegenerateMixture() throws {
    let (axes, offset) = (ExactExample.axes, ExactExample.offset)
    let planes: [(Double, [Double], [[Double]])] = [
      (0.4, [-1, 2], [[1, 0.3], [0.3, 0.5]]), (0.6, [1.5, -0.5], [[0.2, 0], [0, 0.8]]),
    ]
    let means = planes.map { plane in
      (0..<4).map { offset[$0] + plane.1[0] * axes[0][$0] + plane.1[1] * axes[1][$0] }
    }
    let covariances = planes.map { plane in
      MixtureCovariance.full(
        (0..<4).map { i in
          (0..<4).map { j in
            var sum = 0.0
            for a in 0..<2 { for b in 0..<2 { sum += axes[a][i] * plane.2[a][b] * axes[b][j] } }
            return sum
          }
        })
    }
    expectSame(
      try LinearManifold(Targets.gm2(Double.self), axes: axes, offset: offset),
      try GaussianMixture<Double>(
        weights: [0.4, 0.6], means: means, covariances: covariances))
  }

  /// A product of cubes is a cube.
  @Test func cubesMultiply() throws {
    let cube = try SolidCube<Double>(halfWidth: 0.7, dimension: 1)
    expectSame(
      try ProductTarget<Double>([cube, cube]), try SolidCube<Double>(halfWidth: 0.7, dimension: 2))
  }
}
