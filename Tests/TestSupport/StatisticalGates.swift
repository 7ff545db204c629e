import OrnsteinNumerics
import RealModule

/// Tests on random draws that state how often they fail for correct code.
///
/// Seeds are fixed, so a gate passes always or never; its false-alarm rate says how probable it was,
/// before the seed was chosen, that correct code would fail it.
public enum StatisticalGate {
  /// The z that a standard normal exceeds in absolute value with probability `falseAlarmRate`.
  public static func threshold(falseAlarmRate: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if Double.erfc(middle / Double.sqrt(2)) > falseAlarmRate {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }

  /// Whether the mean of a sample is the expected one: a z-test with the sample's own variance.
  public static func meanAgrees(
    _ sample: [Double], expected: Double, falseAlarmRate: Double
  ) -> Bool {
    let count = Double(sample.count)
    let mean = sample.reduce(0, +) / count
    let variance = sample.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    if variance == 0 { return mean == expected }
    return abs(mean - expected) <= threshold(falseAlarmRate: falseAlarmRate)
      * (variance / count).squareRoot()
  }

  /// The deviations of a batch from a Gaussian law, as one sentence each; none when it agrees.
  ///
  /// Means are z-tested with their exact standard error sqrt(C_ii / n), covariances with
  /// sqrt((C_ii C_jj + C_ij^2) / n), the large-n standard error for Gaussian points; the false-alarm
  /// rate is shared equally among all of them (Bonferroni), so it holds for the whole set.
  ///
  /// - Parameters:
  ///   - covariance: d-by-d, row-major.
  public static func deviations<Scalar>(
    of batch: Batch<Scalar>, fromGaussianWithMean mean: [Double], covariance: [Double],
    falseAlarmRate: Double
  ) -> [String] {
    let (d, n) = (batch.dimension, Double(batch.count))
    let z = threshold(falseAlarmRate: falseAlarmRate / Double(d + d * (d + 1) / 2))
    var findings: [String] = []
    let centred = (0..<batch.count).map { row in
      (0..<d).map { Double(batch[row, $0]) - mean[$0] }
    }
    for i in 0..<d {
      let deviation = centred.reduce(0) { $0 + $1[i] } / n
      let error = (covariance[i * d + i] / n).squareRoot()
      if !(abs(deviation) <= z * error) {
        findings.append("mean \(i) is off by \(deviation / error) standard errors, limit \(z)")
      }
      for j in 0...i {
        let expected = covariance[i * d + j]
        let value = centred.reduce(0) { $0 + $1[i] * $1[j] } / n
        let error = ((covariance[i * d + i] * covariance[j * d + j] + expected * expected) / n)
          .squareRoot()
        if !(abs(value - expected) <= z * error) {
          findings.append(
            "covariance (\(i), \(j)) is \(value), not \(expected): "
              + "\((value - expected) / error) standard errors, limit \(z)")
        }
      }
    }
    return findings
  }

  /// The p-value of a one-sample Kolmogorov-Smirnov test (asymptotic, with Stephens' correction).
  public static func kolmogorovSmirnov(
    _ sample: [Double], distribution: (Double) -> Double
  ) -> Double {
    let sorted = sample.sorted()
    let n = Double(sorted.count)
    var distance = 0.0
    for (index, value) in sorted.enumerated() {
      let probability = distribution(value)
      distance = max(
        distance, probability - Double(index) / n, Double(index + 1) / n - probability)
    }
    let lambda = (n.squareRoot() + 0.12 + 0.11 / n.squareRoot()) * distance
    return kolmogorovTail(lambda)
  }

  /// P(K > lambda) of the Kolmogorov distribution.
  public static func kolmogorovTail(_ lambda: Double) -> Double {
    if lambda < 0.2 { return 1 }
    var (sum, sign) = (0.0, 1.0)
    for k in 1...100 {
      sum += sign * .exp(-2 * Double(k * k) * lambda * lambda)
      sign = -sign
    }
    return min(max(2 * sum, 0), 1)
  }

  /// The upper tail P(X > x) of the chi-squared distribution, by the incomplete gamma function.
  public static func chiSquaredTail(_ x: Double, degreesOfFreedom: Int) -> Double {
    let (a, x) = (Double(degreesOfFreedom) / 2, x / 2)
    if x <= 0 { return 1 }
    let front = Double.exp(-x + a * .log(x) - .logGamma(a))
    if x < a + 1 {
      var (term, sum, k) = (1 / a, 1 / a, a)
      while abs(term) > abs(sum) * 1e-16 {
        k += 1
        term *= x / k
        sum += term
      }
      return 1 - sum * front
    }
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var h = d
    for i in 1...10_000 {
      let an = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (an * d + b)
      c = b + an / c
      h *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * h
  }

  /// The standard normal distribution function.
  public static func normalDistribution(_ x: Double) -> Double { .erfc(-x / Double.sqrt(2)) / 2 }
}
