import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Where the exact flow leads the starting points of a sampler, and where it would lead them from a
/// horizon so high that the law there is normal.
///
/// Points that share a start are a coupling of the laws, so root mean square distances between them are
/// at least the Wasserstein distances.
struct FlowCoupling {
  /// The images at the end of the points as they are.
  let images: Batch<Double>
  /// The images of the points that follow the law of the noised data at the horizon.
  let exactImages: Batch<Double>

  /// How much canonical time is put before the horizon, beyond which laws differ by e^-6.
  private static let margin = 6.0

  /// Carries points by the exact flow.
  ///
  /// - Parameters:
  ///   - starts: The points at the horizon.
  ///   - law: Their law.
  ///   - moments: The moments of the data, if the law was matched to them.
  ///   - level: The horizon.
  ///   - end: The level of the images, with noise.
  init(
    _ flow: FlowOracle, from starts: Batch<Double>, matched moments: DataMoments?,
    at level: NoiseLevel, to end: NoiseLevel, threads: Int
  ) throws {
    let top = NoiseLevel(canonicalTime: level.canonicalTime + Self.margin)
    let horizon = NoiseLevel(canonicalTime: level.canonicalTime)
    let canonical = Batch(
      starts.elements.map { $0 / level.scale }, dimension: starts.dimension)
    let raised = try Self.raise(canonical, moments, from: horizon, to: top)
    let target = NoiseLevel(canonicalTime: end.canonicalTime)
    func finished(_ points: Batch<Double>) -> Batch<Double> {
      Batch(points.elements.map { $0 / target.alpha }, dimension: points.dimension)
    }
    images = finished(try flow.images(of: canonical, from: horizon, to: target, threads: threads))
    exactImages = finished(try flow.images(of: raised, from: top, to: target, threads: threads))
  }

  /// The points that the flow of the normal law would have led to those at the horizon.
  private static func raise(
    _ points: Batch<Double>, _ moments: DataMoments?, from horizon: NoiseLevel, to top: NoiseLevel
  ) throws -> Batch<Double> {
    guard let moments else { return points }
    let d = points.dimension
    let basis = try SymmetricEigendecomposition(of: moments.covariance, dimension: d)
    var raised = points
    for row in 0..<points.count {
      for axis in 0..<d { raised[row, axis] = top.alpha * moments.mean[axis] }
      for index in 0..<d {
        let variance = max(basis.values[index], 0)
        let growth =
          ((top.alpha * top.alpha * variance + top.sigma * top.sigma)
          / (horizon.alpha * horizon.alpha * variance + horizon.sigma * horizon.sigma))
          .squareRoot()
        var projection = 0.0
        for axis in 0..<d {
          projection +=
            basis.vectors[index * d + axis]
            * (points[row, axis] - horizon.alpha * moments.mean[axis])
        }
        for axis in 0..<d {
          raised[row, axis] += growth * projection * basis.vectors[index * d + axis]
        }
      }
    }
    return raised
  }
}

extension NoiseLevel {
  /// A level of the canonical process.
  init(canonicalTime: Double) {
    self.init(
      time: canonicalTime, alpha: .exp(-canonicalTime),
      sigma: (-Double.expMinusOne(-2 * canonicalTime)).squareRoot())
  }
}

/// The root mean square distance between points row by row, with its standard error.
func rootMeanSquareDistance(_ a: Batch<Double>, _ b: Batch<Double>) -> Quantity {
  let (count, d) = (a.count, a.dimension)
  let squares = (0..<count).map { row in
    (0..<d).reduce(0) { $0 + (a[row, $1] - b[row, $1]) * (a[row, $1] - b[row, $1]) }
  }
  let mean = squares.reduce(0, +) / Double(count)
  guard mean > 0 else { return .exact(0) }
  let variance =
    squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, count - 1))
  let root = mean.squareRoot()
  return .estimate(root, standardError: (variance / Double(count)).squareRoot() / (2 * root))
}
