import OrnsteinDiffusion
import OrnsteinNumerics

/// f(y) = mean + C (C + tau^2 I)^-1 (y - mean): the posterior mean where mu is normal.
struct NormalPosteriorMean: Sendable {
  private let mean: [Double]
  /// The eigenvalues of the covariance of the data less the base variance, 0 or more.
  private let values: [Double]
  private let vectors: [Double]

  init(_ moments: DataMoments, baseVariance: Double) throws(LinearAlgebraError) {
    mean = moments.mean
    let spectrum = try SymmetricEigendecomposition(
      of: moments.covariance, dimension: moments.dimension)
    values = spectrum.values.map { max($0 - baseVariance, 0) }
    vectors = spectrum.vectors
  }

  /// Writes f of some points; uncentred, its linear part alone.
  func write(
    _ points: UnsafePointer<Double>, rows: Int, variance: Double, centred: Bool,
    into output: UnsafeMutablePointer<Double>
  ) {
    let n = mean.count
    for row in 0..<rows {
      let (input, output) = (points + row * n, output + row * n)
      for j in 0..<n { output[j] = centred ? mean[j] : 0 }
      for axis in 0..<n where values[axis] > 0 {
        var sum = 0.0
        for j in 0..<n {
          sum += vectors[axis * n + j] * (centred ? input[j] - mean[j] : input[j])
        }
        sum *= values[axis] / (values[axis] + variance)
        for j in 0..<n { output[j] += sum * vectors[axis * n + j] }
      }
    }
  }
}
