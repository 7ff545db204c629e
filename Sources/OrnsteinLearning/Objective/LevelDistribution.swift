import OrnsteinDiffusion
import RealModule

/// How noise levels are drawn in training: a law of lambda = log(alpha / sigma) on a range.
public enum LevelDistribution: Codable, Sendable, Hashable {
  /// Uniform in lambda.
  case uniform
  /// Log-normal noise: log(sigma / alpha) = -lambda is normal, cut to the range.
  ///
  /// Karras et al. (arXiv 2206.00364, table 1) have mean -1.2 and deviation 1.2.
  case logNormal(mean: Double, deviation: Double)

  /// The lambda below which the fraction `u` of all levels lies.
  ///
  /// - Parameters:
  ///   - u: Between 0 and 1.
  ///   - range: The range of lambda.
  public func quantile(_ u: Double, in range: ClosedRange<Double>) -> Double {
    LevelQuantile(self, in: range)(u)
  }

  /// The density of lambda, which integrates to 1 over the range.
  public func density(_ lambda: Double, in range: ClosedRange<Double>) -> Double {
    guard range.contains(lambda) else { return 0 }
    switch self {
    case .uniform:
      return 1 / (range.upperBound - range.lowerBound)
    case .logNormal(let mean, let deviation):
      let probability = LevelQuantile(self, in: range).probability
      let z = (lambda + mean) / deviation
      return .exp(-z * z / 2) / ((2 * Double.pi).squareRoot() * deviation * probability)
    }
  }
}

extension LevelDistribution {
  /// The canonical scales at lambda: alpha^2 + sigma^2 = 1 and alpha / sigma = e^lambda.
  @inline(__always)
  package static func scales(_ lambda: Double) -> (alpha: Double, sigma: Double) {
    if lambda > 0 {
      let ratio = Double.exp(-lambda)
      let alpha = 1 / (1 + ratio * ratio).squareRoot()
      return (alpha, ratio * alpha)
    }
    let ratio = Double.exp(lambda)
    let sigma = 1 / (1 + ratio * ratio).squareRoot()
    return (ratio * sigma, sigma)
  }
}
