import OrnsteinMetrics
import RealModule
import TestSupport
import Testing

/// Tails of laws of test statistics, by closed forms and printed tables.
@Suite struct SignificanceTests {
  /// With two degrees of freedom chi squared is exponential; with one it is a squared normal.
  @Test(arguments: [0.01, 0.5, 2, 7.3, 40, 300])
  func chiSquaredTails(_ x: Double) {
    #expect(
      agrees(Significance.chiSquaredTail(x, degreesOfFreedom: 2), .exp(-x / 2), relative: 1e-12))
    #expect(
      agrees(
        Significance.chiSquaredTail(x, degreesOfFreedom: 1),
        2 * Significance.normalTail(x.squareRoot()),
        relative: 1e-11))
    // P(X > x) = e^{-x/2} (1 + x/2 + x^2/8) for six degrees of freedom.
    #expect(
      agrees(
        Significance.chiSquaredTail(x, degreesOfFreedom: 6),
        .exp(-x / 2) * (1 + x / 2 + x * x / 8), relative: 1e-11))
  }

  /// A sum of six squares whose variance is twice its mean is chi-squared; one whose variance is
  /// its mean squared is exponential.
  @Test(arguments: [0.5, 4, 30])
  func squaresTails(_ x: Double) {
    #expect(
      agrees(
        Significance.squaresTail(x, mean: 6, variance: 12),
        Significance.chiSquaredTail(x, degreesOfFreedom: 6), relative: 1e-12))
    #expect(
      agrees(
        Significance.squaresTail(x, mean: 3, variance: 9), .exp(-x / 3), relative: 1e-12))
  }

  /// The gamma law of shape 1, of skewness 2, is exponential; without skewness the tail is the normal one.
  @Test(arguments: [-0.9, 0.0, 1, 3.5, 30])
  func skewedTails(_ z: Double) {
    #expect(
      agrees(Significance.skewedTail(z, skewness: 2), .exp(-1 - z), relative: 1e-12))
    let normal = Significance.normalTail(z)
    #expect(Significance.skewedTail(z, skewness: 0) == normal)
    #expect(Significance.skewedTail(z, skewness: -2) == normal)
    if abs(z) < 5 {
      #expect(agrees(Significance.skewedTail(z, skewness: 0.011), normal, relative: 0.1))
    }
  }

  /// Counts of rare events, half of one taken off: hardly below the tail of the law of Poisson, and not
  /// above three times of it down to one in a thousand.
  @Test(arguments: [0.05, 0.5, 4])
  func skewedTailsOfCounts(_ mean: Double) {
    for count in 1...12 {
      var (tail, term) = (1.0, Double.exp(-mean))
      for k in 0..<count {
        tail -= term
        term *= mean / Double(k + 1)
      }
      guard tail > 1e-8, Double(count) > mean + 0.5 else { continue }
      let found = Significance.skewedTail(
        (Double(count) - 0.5 - mean) / mean.squareRoot(), skewness: 1 / mean.squareRoot())
      #expect(found > 0.9 * tail, "\(count): \(found) for \(tail)")
      if tail > 1e-3 { #expect(found < 3 * tail, "\(count): \(found) for \(tail)") }
    }
  }

  /// Anderson and Darling 1952, table 1: quantiles of the limit law, to five digits.
  @Test(arguments: [(0.10, 0.34730), (0.05, 0.46136), (0.01, 0.74346), (0.001, 1.16786)])
  func cramerVonMisesTails(_ tail: Double, _ quantile: Double) {
    #expect(agrees(Significance.cramerVonMisesTail(quantile), tail, relative: 2e-4))
  }

  /// The leading term of the tail is right to 1 % where it takes over.
  @Test func cramerVonMisesTailHasNoStep() {
    let (below, above) = (
      Significance.cramerVonMisesTail(3.999999), Significance.cramerVonMisesTail(4.000001)
    )
    #expect(agrees(below, above, relative: 1e-2))
  }

  /// The 5 and 1 per cent points of Kolmogorov's limit law, 1.35810 and 1.62762.
  @Test(arguments: [(0.05, 1.35810), (0.01, 1.62762)])
  func kolmogorovTails(_ tail: Double, _ quantile: Double) {
    let rows = 1e12
    #expect(
      agrees(
        Significance.kolmogorovTail(distance: quantile / rows.squareRoot(), rows: rows), tail,
        relative: 1e-4))
    #expect(Significance.kolmogorovTail(distance: 0, rows: 10) == 1)
  }

  @Test func holmByHand() {
    #expect(agrees(Significance.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06], relative: 1e-14))
    #expect(Significance.holm([0.9, 0.8]) == [1, 1])
  }
}
