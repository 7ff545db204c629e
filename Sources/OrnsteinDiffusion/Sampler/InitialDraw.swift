import OrnsteinNumerics
import RealModule

/// The draw of the points at the horizon: normals, scaled or through a Cholesky factor.
enum InitialDraw: Sendable {
  /// N(0, deviation^2 I).
  case isotropic(deviation: Double)
  /// mean + L z, with L lower triangular, row-major.
  case normal(mean: [Double], lower: [Double])

  init<Scalar>(
    _ start: Sampler<Scalar>.Start, at level: NoiseLevel, dimension: Int
  ) throws(SamplingError) {
    switch start {
    case .process: self = .isotropic(deviation: level.scale)
    case .moments(let moments):
      guard moments.dimension == dimension else {
        throw .invalidMoments(
          "they are of dimension \(moments.dimension), the model is of dimension \(dimension)")
      }
      let noised = moments.noised(at: level)
      guard (noised.mean + noised.covariance).allSatisfy(\.isFinite) else {
        throw .invalidMoments("some are not finite")
      }
      do {
        let factor = try Cholesky(of: noised.covariance, dimension: dimension)
        self = .normal(mean: noised.mean, lower: factor.lower)
      } catch {
        throw .invalidMoments("the covariance is not positive semidefinite")
      }
    }
  }

  /// Writes rows of the draw; element `first` of the stream is the first coordinate.
  func draw<Scalar: BatchScalar>(
    into points: UnsafeMutableBufferPointer<Scalar>, stream: NoiseStream, first: UInt64
  ) {
    Scalar.Kernels.normals(into: points, stream: stream, first: first)
    switch self {
    case .isotropic(let deviation): scale(points, by: Scalar(deviation))
    case .normal(let mean, let lower): transform(points, mean, lower)
    }
  }
}

/// z <- mean + L z for each row, from the last coordinate down so that it works in place.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func transform<Scalar: BatchScalar>(
  _ points: UnsafeMutableBufferPointer<Scalar>, _ mean: [Double], _ lower: [Double]
) {
  let dimension = mean.count
  for row in stride(from: 0, to: points.count, by: dimension) {
    for i in stride(from: dimension - 1, through: 0, by: -1) {
      var sum = mean[i]
      for j in 0...i { sum += lower[i * dimension + j] * Double(points[row + j]) }
      points[row + i] = Scalar(sum)
    }
  }
}
