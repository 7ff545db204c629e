import OrnsteinTables
import RealModule

/// Two standard normal numbers below bounds.
package enum NormalOrthant {
  private static let steps = 64
  private static let largestCorrelation = 0.99

  /// P(X < h, Y < k) of correlation r: Phi(h) Phi(k) + the integral of the density over correlations.
  ///
  /// - Source: Plackett, Biometrika 41 (1954) 351; the substitution r = sin t, by Simpson's rule.
  package static func probability(below h: Double, _ k: Double, correlation: Double) -> Double {
    let independent = NormalDistribution.cumulative(h) * NormalDistribution.cumulative(k)
    guard correlation != 0 else { return independent }
    let end = Double.asin(correlation)
    func slope(_ angle: Double) -> Double {
      let (sine, cosine) = (Double.sin(angle), Double.cos(angle))
      return Double.exp(-(h * h + k * k - 2 * h * k * sine) / (2 * cosine * cosine)) / (2 * .pi)
    }
    let width = end / Double(steps)
    var sum = slope(0) + slope(end)
    for step in 1..<steps {
      sum += (step.isMultiple(of: 2) ? 2 : 4) * slope(Double(step) * width)
    }
    return independent + sum * width / 3
  }

  /// The correlation at which X < h and Y < k together have a probability: the tetrachoric correlation.
  package static func correlation(below h: Double, _ k: Double, probability: Double) -> Double {
    var (low, high) = (-largestCorrelation, largestCorrelation)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if self.probability(below: h, k, correlation: middle) < probability {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }
}
