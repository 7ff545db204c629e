import Ornstein

/// Data mu + s_0 xi with mu of an exact law.
struct SmoothLaw {
  var name: String
  var law: any ExactTarget<Double>
  var baseVariance: Double

  static func points(_ name: String, _ means: [[Double]], _ weights: [Double]? = nil) throws
    -> SmoothLaw
  {
    SmoothLaw(
      name: name,
      law: try GaussianMixture<Double>(
        weights: weights ?? means.map { _ in 1 / Double(means.count) }, means: means,
        covariances: means.map { _ in .isotropic(0) }), baseVariance: 1)
  }

  static func segment(dimension: Int) throws -> SmoothLaw {
    var axis = [Double](repeating: 0, count: dimension)
    axis[0] = 0.6
    axis[1] = 0.8
    return SmoothLaw(
      name: "segment in \(dimension)",
      law: try LinearManifold(try SolidCube<Double>(halfWidth: 2, dimension: 1), axes: [axis]),
      baseVariance: 0.25)
  }

  static func circle(dimension: Int) throws -> SmoothLaw {
    var axes = [[Double]](repeating: [Double](repeating: 0, count: dimension), count: 2)
    axes[0][0] = 1
    axes[1][1] = 1
    return SmoothLaw(
      name: "circle in \(dimension)",
      law: try LinearManifold(try SphereUniform<Double>(radius: 2, dimension: 2), axes: axes),
      baseVariance: 0.25)
  }

  func draw(_ count: Int, seed: UInt64) -> Batch<Double> {
    Self.adding(
      baseVariance, to: law.drawExactly(rows: 0..<count, key: NoiseKey(seed: seed)), seed: seed)
  }

  static func adding(_ variance: Double, to points: Batch<Double>, seed: UInt64) -> Batch<Double> {
    let stream = NoiseKey(seed: seed).stream(.validation, step: 1)
    return Batch(unsafeUninitializedCount: points.count, dimension: points.dimension) { output in
      Double.Kernels.normals(into: output, stream: stream, first: 0)
      points.withUnsafeBufferPointer { points in
        for index in output.indices {
          output[index] = points[index] + variance.squareRoot() * output[index]
        }
      }
    }
  }

  /// E‖s - s*‖^2 at an added variance, on fresh points.
  func scoreError(
    of score: PiecewisePolynomialScore<Double>, addedVariance: Double, count: Int
  ) -> Double {
    let points = Self.adding(addedVariance, to: draw(count, seed: 1_000), seed: 1_001)
    let variance = baseVariance + addedVariance
    let exact = law.score(
      of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: variance.squareRoot()))
    let means = score.posteriorMeans(of: points, addedVariance: addedVariance)
    var sum = 0.0
    for row in 0..<count {
      for j in 0..<points.dimension {
        let difference = (means[row, j] - points[row, j]) / variance - exact[row, j]
        sum += difference * difference
      }
    }
    return sum / Double(count)
  }

  /// KL of the paths of the reverse process: half the integral of the score error by the added variance.
  func pathDivergence(of score: PiecewisePolynomialScore<Double>, count: Int = 5_000) -> Double {
    let levels = score.levels.map(\.addedVariance)
    let times =
      zip(levels, levels.dropFirst()).flatMap { [$0, ($0 + $1) / 2] } + [levels[levels.count - 1]]
    let errors = times.map { scoreError(of: score, addedVariance: $0, count: count) }
    var sum = 0.0
    for index in 1..<times.count {
      sum += (times[index - 1] - times[index]) * (errors[index - 1] + errors[index]) / 4
    }
    return sum
  }
}
