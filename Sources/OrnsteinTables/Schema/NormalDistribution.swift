#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The standard normal distribution function and its inverse.
package enum NormalDistribution {
  /// Phi(z).
  package static func cumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// The z with Phi(z) = p, infinite at 0 and 1.
  ///
  /// Acklam's rational approximation (2003), then one Halley step on erfc, which leaves an error of a
  /// few units in the last place.
  package static func quantile(_ p: Double) -> Double {
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    // The upper half by symmetry would lose digits of 1 - p; p itself holds none that are lost.
    let z = approximateQuantile(p)
    let error = cumulative(z) - p
    let u = error * (2 * Double.pi).squareRoot() * exp(z * z / 2)
    return z - u / (1 + z * u / 2)
  }

  private static func approximateQuantile(_ p: Double) -> Double {
    let edge = 0.02425
    if p < edge { return tail((-2 * log(p)).squareRoot()) }
    if p > 1 - edge { return -tail((-2 * log1p(-p)).squareRoot()) }
    let q = p - 0.5
    let r = q * q
    let a = [
      -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
      1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00,
    ]
    let b = [
      -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
      6.680131188771972e+01, -1.328068155288572e+01, 1,
    ]
    return polynomial(a, r) * q / polynomial(b, r)
  }

  private static func tail(_ q: Double) -> Double {
    let c = [
      -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
      -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
    ]
    let d = [
      7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
      3.754408661907416e+00, 1,
    ]
    return polynomial(c, q) / polynomial(d, q)
  }

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
}
