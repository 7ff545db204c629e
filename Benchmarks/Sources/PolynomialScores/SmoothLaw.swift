import Foundation
import Ornstein

/// Data mu + s_0 xi with mu of an exact law.
struct SmoothLaw {
  var name: String
  var law: any ExactTarget<Double>
  var baseVariance: Double

  var dimension: Int { law.dimension }

  static func points(
    _ name: String, _ means: [[Double]], _ weights: [Double]? = nil, baseVariance: Double = 1
  ) throws -> SmoothLaw {
    SmoothLaw(
      name: name,
      law: try GaussianMixture<Double>(
        weights: weights ?? means.map { _ in 1 / Double(means.count) }, means: means,
        covariances: means.map { _ in .isotropic(0) }), baseVariance: baseVariance)
  }

  /// Points on a circle in the plane of the first two coordinates.
  static func ring(_ count: Int, radius: Double, dimension: Int) throws -> SmoothLaw {
    try points(
      "\(count) points on a ring",
      (0..<count).map { k in
        let angle = 2 * Double.pi * Double(k) / Double(count)
        var mean = [Double](repeating: 0, count: dimension)
        (mean[0], mean[1]) = (radius * cos(angle), radius * sin(angle))
        return mean
      })
  }

  /// A law of few coordinates, laid along the first axes.
  private static func manifold(
    _ name: String, _ law: any ExactTarget<Double>, dimension: Int
  ) throws -> SmoothLaw {
    let axes = (0..<law.dimension).map { axis in
      (0..<dimension).map { $0 == axis ? 1.0 : 0 }
    }
    return SmoothLaw(
      name: name, law: try LinearManifold(law, axes: axes), baseVariance: 0.25)
  }

  static func segment(dimension: Int) throws -> SmoothLaw {
    try manifold(
      "segment of length 4", try SolidCube<Double>(halfWidth: 2, dimension: 1),
      dimension: dimension)
  }

  static func circle(dimension: Int) throws -> SmoothLaw {
    try manifold(
      "circle of radius 2", try SphereUniform<Double>(radius: 2, dimension: 2),
      dimension: dimension)
  }

  static func sphere(dimension: Int) throws -> SmoothLaw {
    try manifold(
      "sphere of radius 2", try SphereUniform<Double>(radius: 2, dimension: 3),
      dimension: dimension)
  }

  static func square(dimension: Int) throws -> SmoothLaw {
    try manifold(
      "square of side 4", try SolidCube<Double>(halfWidth: 2, dimension: 2), dimension: dimension)
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
    let own = score.baseVariance + addedVariance
    var sum = 0.0
    for row in 0..<count {
      for j in 0..<points.dimension {
        let difference = (means[row, j] - points[row, j]) / own - exact[row, j]
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

  /// TV of drawn points in cells of half a unit of the first two coordinates, and the mean of that number
  /// for exact draws of the same count.
  func drawnDistance(
    _ score: PiecewisePolynomialScore<Double>, count: Int, threads: Int
  ) throws -> (distance: Double, noise: Double) {
    let drawn = try score.sampler(key: NoiseKey(seed: 3)).draw(rows: 0..<count, threads: threads)
    let (p, q) = (Self.shares(draw(10 * count, seed: 77)), Self.shares(drawn))
    let distance = zip(p, q).reduce(0) { $0 + abs($1.0 - $1.1) / 2 }
    // Half the mean of |binomial share - p|, which both samples have.
    let noise = p.reduce(0) {
      $0 + ($1 * (1 - $1) * 1.1 / (2 * Double.pi * Double(count))).squareRoot()
    }
    return (distance, noise)
  }

  private static func shares(_ points: Batch<Double>) -> [Double] {
    let side = 40
    func place(_ value: Double) -> Int { min(max(Int((value + 10) * 2), 0), side - 1) }
    var counts = [Double](repeating: 0, count: side * side)
    for row in 0..<points.count {
      let second = points.dimension > 1 ? place(points[row, 1]) : 0
      counts[place(points[row, 0]) * side + second] += 1 / Double(points.count)
    }
    return counts
  }
}

/// Fits by the name of what they are for.
func learn(
  _ law: SmoothLaw, rows: Int, seed: UInt64 = 1, threads: Int,
  _ change: (inout PolynomialSettings) -> Void = { _ in }
) throws -> LearnedPolynomials {
  var settings = PolynomialSettings(baseVariance: .known(law.baseVariance))
  change(&settings)
  return try PolynomialRegression(settings).fit(
    law.draw(rows, seed: seed), key: NoiseKey(seed: seed + 1), threads: threads)
}

func number(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)g", value) }
