import OrnsteinDiffusion
import OrnsteinNumerics
import Testing

/// One target of each kind, in small and in one dimension, and levels of several processes.
struct ExactExample: Sendable, CustomTestStringConvertible {
  var name: String
  var double: any ExactTarget<Double>
  var float: any ExactTarget<Float>

  var testDescription: String { name }

  static let levels = [
    OrnsteinUhlenbeck.canonical.level(at: 0.3), NoiseLevel(time: 0, alpha: 1, sigma: 2),
    NoiseLevel(time: 0, alpha: 0.7, sigma: 0.3), NoiseLevel(time: 0, alpha: 0.2, sigma: 0.9),
  ]

  static let points = [[0.2, -1], [1.5, 0.3], [-0.4, 0.8], [0, 2], [-1.2, -1.1]]
  static let pointWeights = [0.1, 0.3, 0.2, 0.25, 0.15]
  static let axes = [[0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5]]
  static let offset = [0.3, -0.2, 0.1, 0.7]

  static func make<Scalar: BatchScalar>(
    _ type: Scalar.Type
  ) throws -> [(String, any ExactTarget<Scalar>)] {
    let circle = try SphereUniform<Scalar>(radius: 1.3, dimension: 2)
    let curve = try LinearManifold(circle, axes: axes, offset: offset)
    return [
      ("vertices, d = 1", try CubeVertices<Scalar>(halfWidth: 0.8, dimension: 1)),
      ("vertices, d = 3", try CubeVertices<Scalar>(halfWidth: 1.1, dimension: 3)),
      ("cube, d = 1", try SolidCube<Scalar>(halfWidth: 1.5, dimension: 1)),
      ("cube, d = 2", try SolidCube<Scalar>(halfWidth: 0.6, dimension: 2)),
      ("sphere, d = 1", try SphereUniform<Scalar>(radius: 1, dimension: 1)),
      ("circle", circle),
      ("sphere, d = 3", try SphereUniform<Scalar>(radius: 2, dimension: 3)),
      ("sphere, d = 8", try SphereUniform<Scalar>(radius: 2, dimension: 8)),
      (
        "points",
        try EmpiricalMeasure(
          points: Batch<Scalar>(rows: points.map { $0.map { Scalar($0) } }),
          weights: pointWeights)
      ),
      ("mixture", Targets.gm2(type)),
      ("circle in R^4", curve),
      (
        "rotated mixture",
        try LinearManifold(Targets.gm2(type), axes: [[0.6, 0.8], [-0.8, 0.6]], offset: [1, 0])
      ),
      (
        "product",
        try ProductTarget<Scalar>([
          circle, try SolidCube<Scalar>(halfWidth: 1, dimension: 1), circle, Targets.gm1(type),
        ])
      ),
    ]
  }

  static let all: [ExactExample] = {
    do {
      return try zip(make(Double.self), make(Float.self)).map { double, float in
        ExactExample(name: double.0, double: double.1, float: float.1)
      }
    } catch {
      fatalError("A target of the tests is wrong: \(error)")
    }
  }()

  init(name: String, double: any ExactTarget<Double>, float: any ExactTarget<Float>) {
    (self.name, self.double, self.float) = (name, double, float)
  }

  /// Points of the noised law.
  static func noised(
    _ target: some ExactTarget<Double>, at level: NoiseLevel, count: Int, seed: UInt64
  ) -> Batch<Double> {
    let key = NoiseKey(seed: seed)
    let clean = target.drawExactly(rows: 0..<count, key: key)
    var noise = Batch<Double>(count: count, dimension: target.dimension)
    noise.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: key.stream(.test), first: 0)
    }
    return Batch(
      zip(clean.elements, noise.elements).map { level.alpha * $0 + level.sigma * $1 },
      dimension: target.dimension)
  }
}
