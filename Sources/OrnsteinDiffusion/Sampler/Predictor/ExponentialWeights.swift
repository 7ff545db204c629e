import RealModule

/// The weights of an exponentially weighted average of a polynomial over a step of length a.
///
/// first = 1 - e^{-a}, second = 1 - first / a, third = second / a - 1/2: the integrals over u in [0, 1]
/// of a e^{-a (1 - u)} times 1 and u, and minus half that of u^2.
struct ExponentialWeights {
  let first: Double
  let second: Double
  let third: Double

  /// The weights of a length above 0.
  init(_ a: Double) {
    first = -.expMinusOne(-a)
    if a < 1 {
      // third = sum over n >= 1 of (-a)^n / (n + 2)!, free of cancellation.
      var (term, sum, n) = (-a / 6, 0.0, 1.0)
      while abs(term) > 1e-18 * abs(sum) {
        sum += term
        n += 1
        term *= -a / (n + 2)
      }
      third = sum
      second = a * (sum + 0.5)
    } else {
      second = 1 - first / a
      third = second / a - 0.5
    }
  }
}
