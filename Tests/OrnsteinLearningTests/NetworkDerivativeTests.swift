import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct NetworkDerivativeTests {
  private func directions<Scalar: BatchScalar>(_ count: Int, _ dimension: Int) -> Batch<Scalar> {
    Batch(unsafeUninitializedCount: count, dimension: dimension) {
      Scalar.Kernels.normals(into: $0, stream: NoiseKey(seed: 15).stream(.test), first: 0)
    }
  }

  private static let levels = [
    NoiseLevel(time: 0, alpha: 0.8, sigma: 0.6), NoiseLevel(time: 0, alpha: 1, sigma: 3),
    NoiseLevel(time: 0, alpha: 0.3, sigma: 0.02), NoiseLevel(time: 0, alpha: 1e-3, sigma: 1),
  ]

  /// Differences of sixth order in double precision, for every parametrisation of every shape.
  @Test(arguments: ScoreParametrization.allCases, ScoreNetworkTests.shapes)
  func derivativeIsTheSlope(parametrization: ScoreParametrization, shape: NetworkShape) throws {
    let network: ScoreNetwork<Double> = try ScoreNetworkTests.network(
      shape, parametrization, as: Double.self)
    let d = shape.dimension
    let points: Batch<Double> = ScoreNetworkTests.points(7, d)
    let directions: Batch<Double> = directions(7, d)
    for level in Self.levels {
      let step = 1e-2 * level.scale
      func moved(_ factor: Double) -> [Double] {
        let elements = zip(points.elements, directions.elements).map { $0 + factor * step * $1 }
        return ScoreNetworkTests.scores(network, Batch(elements, dimension: d), level).elements
      }
      var slope = [Double](repeating: 0, count: points.elements.count)
      for (factor, weight) in [(1.0, 45.0), (2, -9), (3, 1)] {
        for (index, (a, b)) in zip(moved(factor), moved(-factor)).enumerated() {
          slope[index] += weight * (a - b) / (60 * step)
        }
      }
      let found = ScoreDerivative(network).score(of: points, along: directions, at: level)
      #expect(found.score == ScoreNetworkTests.scores(network, points, level))
      let size = slope.reduce(0) { max($0, abs($1)) }
      #expect(
        agrees(found.derivative.elements, slope, relative: 1e-8, absolute: 1e-8 * size),
        "\(level)")
    }
  }

  @Test(arguments: ScoreNetworkTests.shapes)
  func directionsAndBatchMatesNeverMatter(shape: NetworkShape) throws {
    let network: ScoreNetwork<Float> = try ScoreNetworkTests.network(shape)
    let (d, count) = (shape.dimension, 301)
    let points: Batch<Float> = ScoreNetworkTests.points(count, d)
    let all: Batch<Float> = directions(5 * count, d)
    let level = Self.levels[0]
    var score = points
    var derivatives = all
    let workspace = Workspace()
    points.withSpan { points in
      all.withSpan { all in
        score.withMutableSpan { score in
          derivatives.withMutableSpan { derivatives in
            network.score(
              of: points, alongEach: all, at: level, into: &score, derivatives: &derivatives,
              workspace: workspace)
          }
        }
      }
    }
    #expect(score == ScoreNetworkTests.scores(network, points, level))
    let derivative = ScoreDerivative(network)
    for block in 0..<5 {
      let start = block * count
      let one = derivative.score(of: points, along: all[start..<start + count], at: level)
      #expect(one.derivative == derivatives[start..<start + count])
      for row in [0, 31, 32, 63, 64, 127, 128, 300] {
        let alone = derivative.score(
          of: points[row..<row + 1], along: all[start + row..<start + row + 1], at: level)
        #expect(alone.derivative.point(0) == derivatives.point(start + row))
      }
    }
    #expect(derivative.jacobian(of: points[0..<0], at: level).isEmpty)
  }

  @Test func divergenceIsTheTraceOfTheJacobian() throws {
    let shape = ScoreNetworkTests.shapes[2]
    let network: ScoreNetwork<Double> = try ScoreNetworkTests.network(
      shape, .noise, as: Double.self)
    let (d, count, level) = (shape.dimension, 40, Self.levels[1])
    let points: Batch<Double> = ScoreNetworkTests.points(count, d)
    let derivative = ScoreDerivative(network)
    #expect(derivative.source == .model)
    #expect(!derivative.hasClosedTrace)
    let jacobian = derivative.jacobian(of: points, at: level)
    var score = points
    var divergence = [Double](repeating: 0, count: count)
    points.withSpan { points in
      score.withMutableSpan { score in
        var span = divergence.mutableSpan
        derivative.score(
          of: points, at: level, into: &score, divergence: &span, workspace: Workspace())
      }
    }
    for row in 0..<count {
      let trace = (0..<d).reduce(0) { $0 + jacobian[row * d * d + $1 * d + $1] }
      #expect(agrees(divergence[row], trace, relative: 1e-12, absolute: 1e-12))
      let direction: Batch<Double> = directions(1, d)
      let product = derivative.score(of: points[row..<row + 1], along: direction, at: level)
      for i in 0..<d {
        let sum = (0..<d).reduce(0) { $0 + jacobian[row * d * d + i * d + $1] * direction[0, $1] }
        #expect(agrees(product.derivative[0, i], sum, relative: 1e-10, absolute: 1e-11))
      }
    }
  }
}
