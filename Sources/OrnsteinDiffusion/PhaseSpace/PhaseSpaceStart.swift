import OrnsteinNumerics
import RealModule

/// The draw of positions and velocities at the horizon.
struct PhaseSpaceStart: Sendable {
  /// The law along each axis of the data's covariance.
  private let laws: [PhaseLaw]
  /// The axes, one a row, or `nil` for those of coordinates.
  private let axes: [Double]?

  /// The prior N(0, I) x N(0, M I), or the normal law with the moments of the noised data.
  init(
    _ moments: DataMoments?, at time: Double, of process: CriticallyDampedLangevin, dimension: Int
  ) throws(SamplingError) {
    guard let moments else {
      let law = PhaseLaw(
        mean: PhaseVector(x: 0, v: 0),
        covariance: PhaseCovariance(xx: 1, xv: 0, vv: process.mass))
      laws = Array(repeating: law, count: dimension)
      axes = nil
      return
    }
    guard moments.dimension == dimension else {
      throw .invalidMoments(
        "they are of dimension \(moments.dimension), the model is of dimension \(dimension)")
    }
    guard (moments.mean + moments.covariance).allSatisfy(\.isFinite) else {
      throw .invalidMoments("some are not finite")
    }
    let eigen: SymmetricEigendecomposition
    do {
      eigen = try SymmetricEigendecomposition(of: moments.covariance, dimension: dimension)
    } catch {
      throw .invalidMoments("the covariance has no eigenvalues")
    }
    let scale = eigen.values.reduce(0) { max($0, abs($1)) }
    guard (eigen.values.first ?? 0) >= -1e-9 * scale else {
      throw .invalidMoments("the covariance is not positive semidefinite")
    }
    let mean = MixtureComponent.product(eigen.vectors, moments.mean)
    laws = zip(mean, eigen.values).map {
      process.law(mean: $0, variance: max($1, 0), at: time)
    }
    axes = eigen.vectors
  }

  /// Turns the normals of a chunk into points.
  func place<Scalar: BatchScalar>(_ chunk: PhaseChunk<Scalar>) {
    let d = laws.count
    let factors = laws.map(\.covariance.factor)
    for row in stride(from: 0, to: chunk.positions.count, by: d) {
      for i in row..<row + d { (chunk.positions[i], chunk.velocities[i]) = (0, 0) }
      for axis in 0..<d {
        let (z, w) = (Double(chunk.first[row + axis]), Double(chunk.second[row + axis]))
        let (law, factor) = (laws[axis], factors[axis])
        let x = law.mean.x + factor.xx * z
        let v = law.mean.v + factor.vx * z + factor.vv * w
        guard let axes else {
          (chunk.positions[row + axis], chunk.velocities[row + axis]) = (Scalar(x), Scalar(v))
          continue
        }
        for i in 0..<d {
          chunk.positions[row + i] += Scalar(axes[axis * d + i] * x)
          chunk.velocities[row + i] += Scalar(axes[axis * d + i] * v)
        }
      }
    }
  }
}
