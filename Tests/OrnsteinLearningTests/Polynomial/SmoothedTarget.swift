import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import Testing

/// Data mu + s_0 xi with mu of an exact law: draws, and the score at any added variance.
struct SmoothedTarget: Sendable, CustomTestStringConvertible {
  var name: String
  var law: any ExactTarget<Double>
  var baseVariance: Double

  var testDescription: String { name }

  static func points(
    _ means: [[Double]], weights: [Double]? = nil, baseVariance: Double = 1, name: String = "points"
  ) throws -> SmoothedTarget {
    SmoothedTarget(
      name: name,
      law: try GaussianMixture<Double>(
        weights: weights ?? means.map { _ in 1 / Double(means.count) }, means: means,
        covariances: means.map { _ in .isotropic(0) }), baseVariance: baseVariance)
  }

  /// A segment of half length l along the first two axes' diagonal.
  static func segment(
    halfLength: Double, dimension: Int, baseVariance: Double
  ) throws -> SmoothedTarget {
    var axis = [Double](repeating: 0, count: dimension)
    axis[0] = 0.5.squareRoot()
    axis[1] = 0.5.squareRoot()
    return SmoothedTarget(
      name: "segment in \(dimension)",
      law: try LinearManifold(
        try SolidCube<Double>(halfWidth: halfLength, dimension: 1), axes: [axis]),
      baseVariance: baseVariance)
  }

  static func circle(
    radius: Double, dimension: Int, baseVariance: Double
  ) throws -> SmoothedTarget {
    var axes = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: 2)
    axes[0][0] = 1
    axes[1][1] = 0.6
    axes[1][dimension > 2 ? 2 : 1] += dimension > 2 ? 0.8 : 0.4
    return SmoothedTarget(
      name: "circle in \(dimension)",
      law: try LinearManifold(
        try SphereUniform<Double>(radius: radius, dimension: 2), axes: axes),
      baseVariance: baseVariance)
  }

  /// A sphere of two dimensions in the space of the first three coordinates.
  static func sphere(
    radius: Double, dimension: Int, baseVariance: Double
  ) throws -> SmoothedTarget {
    SmoothedTarget(
      name: "sphere in \(dimension)",
      law: try LinearManifold(
        try SphereUniform<Double>(radius: radius, dimension: 3),
        axes: Self.firstAxes(3, dimension: dimension)), baseVariance: baseVariance)
  }

  /// A filled square in the plane of the first two coordinates.
  static func square(
    halfWidth: Double, dimension: Int, baseVariance: Double
  ) throws -> SmoothedTarget {
    SmoothedTarget(
      name: "square in \(dimension)",
      law: try LinearManifold(
        try SolidCube<Double>(halfWidth: halfWidth, dimension: 2),
        axes: Self.firstAxes(2, dimension: dimension)), baseVariance: baseVariance)
  }

  private static func firstAxes(_ count: Int, dimension: Int) -> [[Double]] {
    (0..<count).map { axis in (0..<dimension).map { $0 == axis ? 1 : 0 } }
  }

  func draw(_ count: Int, seed: UInt64) -> (data: Batch<Double>, means: Batch<Double>) {
    let means = law.drawExactly(rows: 0..<count, key: NoiseKey(seed: seed))
    return (Self.adding(baseVariance, to: means, seed: seed), means)
  }

  static func adding(_ variance: Double, to points: Batch<Double>, seed: UInt64, step: Int = 0)
    -> Batch<Double>
  {
    Batch(unsafeUninitializedCount: points.count, dimension: points.dimension) { output in
      Double.Kernels.normals(
        into: output, stream: NoiseKey(seed: seed).stream(.test, step: step), first: 0)
      points.withUnsafeBufferPointer { points in
        for index in output.indices {
          output[index] = points[index] + variance.squareRoot() * output[index]
        }
      }
    }
  }

  /// The score of the data with noise of some variance added.
  func score(of points: Batch<Double>, addedVariance: Double) -> Batch<Double> {
    law.score(
      of: points,
      at: NoiseLevel(time: 0, alpha: 1, sigma: (baseVariance + addedVariance).squareRoot()))
  }

  /// E‖s - s*‖^2 of a learned score at an added variance, on fresh points.
  func scoreError(
    of score: PiecewisePolynomialScore<Double>, addedVariance: Double, count: Int = 20_000,
    seed: UInt64 = 999
  ) -> Double {
    let points = Self.adding(
      addedVariance, to: draw(count, seed: seed).data, seed: seed, step: 1)
    let exact = self.score(of: points, addedVariance: addedVariance)
    let means = score.posteriorMeans(of: points, addedVariance: addedVariance)
    let variance = score.baseVariance + addedVariance
    var sum = 0.0
    for row in 0..<count {
      for j in 0..<points.dimension {
        let difference = (means[row, j] - points[row, j]) / variance - exact[row, j]
        sum += difference * difference
      }
    }
    return sum / Double(count)
  }

  /// Half the integral of the score error by the added variance, over the learned levels: the KL
  /// divergence of the paths of the reverse process.
  func pathDivergence(of score: PiecewisePolynomialScore<Double>, count: Int = 10_000) -> Double {
    let levels = score.levels.map(\.addedVariance)
    // A middle point between levels sees the interpolation.
    let times =
      zip(levels, levels.dropFirst()).flatMap { [$0, ($0 * $1).squareRoot()] }
      + [levels[levels.count - 1]]
    let errors = times.map { scoreError(of: score, addedVariance: $0, count: count) }
    var sum = 0.0
    for index in 1..<times.count {
      sum += (times[index - 1] - times[index]) * (errors[index - 1] + errors[index]) / 4
    }
    return sum
  }
}
