import RealModule

/// The functions of exponential integrators.
enum ExponentialFunctions {
  /// phi_k(z) = sum_n z^n / (n + k)!, the integral of e^{(1 - u) z} u^{k-1} / (k-1)! over [0, 1].
  ///
  /// A series for |z| < 1, the recurrence phi_{k+1} = (phi_k - 1/k!) / z from phi_1 = expm1(z) / z
  /// beyond, so that short steps lose no digits.
  static func phi(_ k: Int, _ z: Double) -> Double {
    guard abs(z) >= 1 else {
      var term = 1.0
      for factor in 2...max(k, 2) where factor <= k { term /= Double(factor) }
      var (sum, n) = (term, k)
      while abs(term) > abs(sum) * 1e-18 {
        n += 1
        term *= z / Double(n)
        sum += term
      }
      return sum
    }
    var (value, inverse) = (Double.expMinusOne(z) / z, 1.0)
    for index in 1..<max(k, 1) {
      inverse /= Double(index)
      value = (value - inverse) / z
    }
    return value
  }
}
