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
    switch self {
    case .uniform:
      return range.lowerBound + u * (range.upperBound - range.lowerBound)
    case .logNormal(let mean, let deviation):
      let (lower, upper) = Self.normalEnds(mean, deviation, range)
      let lambda = -mean + deviation * Self.normalQuantile(lower + u * (upper - lower))
      return min(max(lambda, range.lowerBound), range.upperBound)
    }
  }

  /// The density of lambda, which integrates to 1 over the range.
  public func density(_ lambda: Double, in range: ClosedRange<Double>) -> Double {
    guard range.contains(lambda) else { return 0 }
    switch self {
    case .uniform:
      return 1 / (range.upperBound - range.lowerBound)
    case .logNormal(let mean, let deviation):
      let (lower, upper) = Self.normalEnds(mean, deviation, range)
      let z = (lambda + mean) / deviation
      return .exp(-z * z / 2) / ((2 * Double.pi).squareRoot() * deviation * (upper - lower))
    }
  }

  private static func normalEnds(
    _ mean: Double, _ deviation: Double, _ range: ClosedRange<Double>
  ) -> (Double, Double) {
    (
      normalProbability((range.lowerBound + mean) / deviation),
      normalProbability((range.upperBound + mean) / deviation)
    )
  }

  private static func normalProbability(_ z: Double) -> Double {
    .erfc(-z / 2.0.squareRoot()) / 2
  }

  /// The inverse of the normal distribution function: Abramowitz and Stegun 26.2.23, refined by two
  /// Halley steps to double precision.
  static func normalQuantile(_ probability: Double) -> Double {
    let p = min(max(probability, 1e-300), 1 - 1e-16)
    let tail = min(p, 1 - p)
    let t = (-2 * Double.log(tail)).squareRoot()
    let start =
      t - (2.515517 + t * (0.802853 + t * 0.010328))
      / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    var z = -start
    for _ in 0..<2 {
      let density = Double.exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      guard density > 0 else { break }
      let error = (normalProbability(z) - tail) / density
      z -= error / (1 + z * error / 2)
    }
    return p < 0.5 ? z : -z
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
