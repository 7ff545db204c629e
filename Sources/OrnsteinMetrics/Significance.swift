import RealModule

/// Upper tails of the laws that test statistics follow when samples have the law they are tested for.
public enum Significance {
  /// P(Z > z) of a standard normal Z.
  public static func normalTail(_ z: Double) -> Double { .erfc(z / .sqrt(2)) / 2 }

  /// P(S > z) of a sum S of mean 0, variance 1 and the given skewness, by the gamma law with these
  /// moments; the normal tail where the skewness is negative, which is larger.
  ///
  /// Counts of rare events are such sums: of few, they are far above their mean much more often than a
  /// normal law says.
  ///
  /// - Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 1, 1994, section 12.9 (type III of
  ///   Pearson).
  public static func skewedTail(_ z: Double, skewness: Double) -> Double {
    guard skewness > 0.01 else { return normalTail(z) }
    let shape = 4 / (skewness * skewness)
    return gammaTail(shape + z * shape.squareRoot(), shape: shape)
  }

  /// P(X > x) of the chi-squared law, by the incomplete gamma function.
  ///
  /// - Parameters:
  ///   - x: The statistic.
  ///   - degreesOfFreedom: 1 or more.
  public static func chiSquaredTail(_ x: Double, degreesOfFreedom: Int) -> Double {
    gammaTail(x / 2, shape: Double(degreesOfFreedom) / 2)
  }

  /// P(X > x) of a sum of squares with this mean and variance, by the gamma law with them, which is the
  /// chi-squared law where the variance is twice the mean.
  public static func squaresTail(_ x: Double, mean: Double, variance: Double) -> Double {
    gammaTail(x * mean / variance, shape: mean * mean / variance)
  }

  /// P(X > x) of the gamma law of scale 1.
  private static func gammaTail(_ x: Double, shape a: Double) -> Double {
    guard x > 0 else { return 1 }
    guard x.isFinite else { return 0 }
    let front = Double.exp(-x + a * .log(x) - .logGamma(a))
    if x < a + 1 {
      var (term, sum, k) = (1 / a, 1 / a, a)
      while abs(term) > abs(sum) * 1e-16 {
        k += 1
        term *= x / k
        sum += term
      }
      return min(max(1 - sum * front, 0), 1)
    }
    // The continued fraction by the method of Lentz.
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var h = d
    for i in 1...100_000 {
      let numerator = -Double(i) * (Double(i) - a)
      b += 2
      d = 1 / (numerator * d + b)
      c = b + numerator / c
      h *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return min(max(front * h, 0), 1)
  }

  /// The p-value of a Kolmogorov-Smirnov distance from a continuous law.
  ///
  /// The limit law with Stephens' correction for the size, right to about 1 % from 10 rows on.
  ///
  /// - Parameters:
  ///   - distance: The largest gap of the distribution functions.
  ///   - rows: The size of the sample; of two samples n m / (n + m).
  /// - Source: Stephens, Journal of the Royal Statistical Society B 32 (1970) 115.
  public static func kolmogorovTail(distance: Double, rows: Double) -> Double {
    let root = rows.squareRoot()
    let lambda = (root + 0.12 + 0.11 / root) * distance
    if lambda < 0.2 { return 1 }
    var (sum, sign) = (0.0, 1.0)
    for k in 1...100 {
      let term = Double.exp(-2 * Double(k * k) * lambda * lambda)
      sum += sign * term
      sign = -sign
      if term < 1e-18 { break }
    }
    return min(max(2 * sum, 0), 1)
  }

  /// The p-value of a Cramer-von Mises statistic n integral (F_n - F)^2 dF, by its limit law.
  ///
  /// Exact up to the statistic 4; beyond, where it is below 5e-10, by the leading term, right to 1 %.
  ///
  /// - Parameter statistic: 0 or more.
  /// - Source: Anderson, Darling, Annals of Mathematical Statistics 23 (1952) 193, equation 4.35.
  public static func cramerVonMisesTail(_ statistic: Double) -> Double {
    guard statistic > 0.01 else { return 1 }
    // Beyond, the law is that of its largest term, pi^-2 chi squared with one degree of freedom.
    guard statistic < 4 else {
      return 2 * normalTail(.pi * statistic.squareRoot()) * Double.sqrt(2)
    }
    var sum = 0.0
    for k in 0..<30 {
      let odd = Double(4 * k + 1)
      let q = odd * odd / (16 * statistic)
      let term =
        Double.exp(.logGamma(Double(k) + 0.5) - .logGamma(Double(k) + 1)) * odd.squareRoot()
        * besselTerm(q)
      sum += term
      if term < 1e-16 * sum { break }
    }
    let distribution = sum / (.pow(.pi, 1.5) * statistic.squareRoot())
    return min(max(1 - distribution, 0), 1)
  }

  /// exp(-q) K_{1/4}(q) = integral over t >= 0 of exp(-q (1 + cosh t)) cosh(t / 4), by the trapezoid
  /// rule, which is exact to rounding here.
  private static func besselTerm(_ q: Double) -> Double {
    guard q < 350 else { return 0 }
    let step = 0.05
    var sum = Double.exp(-2 * q) / 2
    var t = step
    while t < 20 {
      let term = Double.exp(-q * (1 + .cosh(t))) * .cosh(t / 4)
      sum += term
      if term < 1e-18 * sum { break }
      t += step
    }
    return sum * step
  }

  /// p-values adjusted by Holm's method, so that each holds at its level for all tests together.
  ///
  /// - Parameter pValues: One a test, dependent or not.
  /// - Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65.
  public static func holm(_ pValues: [Double]) -> [Double] {
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var adjusted = pValues
    var largest = 0.0
    for (place, index) in order.enumerated() {
      largest = max(largest, min(1, Double(pValues.count - place) * pValues[index]))
      adjusted[index] = largest
    }
    return adjusted
  }
}
