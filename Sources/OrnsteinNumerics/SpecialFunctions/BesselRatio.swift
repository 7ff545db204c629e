import RealModule

/// A(x) = I_{d/2}(x) / I_{d/2-1}(x), the mean resultant length of the von Mises-Fisher law of
/// concentration x >= 0 on the unit sphere of R^d, and its derivative.
///
/// d = 1 gives tanh x, d = 3 gives coth x - 1 / x. Relative error about 1e-15 of the ratio and 1e-13 of
/// the derivative for every x >= 0, however large, up to d about 1e4. Costs at most 60 divisions.
///
/// - Source: Perron's continued fraction, Gautschi, Slavinsky, "On the computation of modified Bessel
///   function ratios", Math. Comp. 32 (1978), 865-875; its k-th step gains a factor of
///   min(k, 2x) / max(k, 2x).
public struct BesselRatio: Sendable, Hashable {
  /// A(x), from 0 up to 1.
  public let value: Double
  /// A(x) / x, which is 1 / d at x = 0.
  public let valueOverArgument: Double
  /// A'(x) = 1 - A^2 - (d - 1) A / x.
  public let derivative: Double

  /// The ratio at x, 0 or more, for dimension d, 1 or more.
  public init(dimension: Int, at x: Double) {
    guard dimension > 1 else {
      value = .tanh(x)
      valueOverArgument = x < 1e-8 ? 1 : value / x
      let decay = Double.exp(-2 * x)
      derivative = 4 * decay / ((1 + decay) * (1 + decay))
      return
    }
    let d = Double(dimension)
    var rest = 0.0
    for k in stride(from: x >= 1000 ? 24.0 : 60.0, through: 2, by: -1) {
      rest = (d + 2 * k - 1) * x / (d + k + 2 * x - rest)
    }
    // A = x / (x + D) with D = d - T; the rest is arranged so that nothing large is subtracted.
    let denominator = d + 1 + 2 * x - rest
    let t = (d + 1) * x / denominator
    let excess = d - t
    let delta = (d + 1) * (d + 1 - rest) / (2 * denominator)
    valueOverArgument = 1 / (x + excess)
    value = x * valueOverArgument
    derivative =
      (2 * x * delta * valueOverArgument + (1 - t) * excess * valueOverArgument)
      * valueOverArgument
  }
}

extension BesselRatio {
  /// log E exp(x (u - 1)) for u the first coordinate of a uniform point of the unit sphere of R^d:
  /// log of Gamma(d/2) (2 / x)^{d/2-1} I_{d/2-1}(x) e^{-x}.
  ///
  /// 0 at x = 0, about -(d - 1) / 2 log x for large x. Absolute error about 1e-14 times (1 + d / 100).
  /// Costs O(60 + d) multiply-adds.
  ///
  /// - Source: NIST DLMF 10.25.2 for x < 30, 10.40.1 at order 0 and ratios from order to order above.
  public static func logNormalizer(dimension: Int, at x: Double) -> Double {
    x < 30 ? logSeries(dimension: dimension, at: x) : logRecurrence(dimension: dimension, at: x)
  }

  /// The power series sum_k (x^2/4)^k / (k! (d/2)_k), whose terms are positive.
  private static func logSeries(dimension: Int, at x: Double) -> Double {
    let square = x * x / 4
    let half = Double(dimension) / 2
    var (term, excess, k) = (1.0, 0.0, 0.0)
    repeat {
      term *= square / ((k + 1) * (half + k))
      excess += term
      k += 1
    } while term > excess * 1e-17
    return .log(onePlus: excess) - x
  }

  /// From order -1/2 or 0 up to d/2 - 1 by the ratios of neighbours.
  private static func logRecurrence(dimension: Int, at x: Double) -> Double {
    let isOdd = dimension % 2 == 1
    var result =
      isOdd ? Double.log(onePlus: .exp(-2 * x)) - .log(2) : logScaledOrderZero(at: x)
    var order = isOdd ? 1 : 2
    guard order < dimension else { return result }
    // Backwards the recurrence of the ratios is stable; forwards it would lose digits.
    var valueOverArgument = BesselRatio(dimension: dimension - 2, at: x).valueOverArgument
    var product = 1.0
    order = dimension - 2
    while true {
      product *= valueOverArgument * Double(order)
      if product < 1e-200 {
        result += .log(product)
        product = 1
      }
      order -= 2
      guard order >= 1 else { break }
      valueOverArgument = 1 / (Double(order) + x * (x * valueOverArgument))
    }
    return result + .log(product)
  }

  /// log(e^{-x} I_0(x)) by the asymptotic series, for x >= 30.
  private static func logScaledOrderZero(at x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for k in 1...20 {
      let odd = Double(2 * k - 1)
      term *= odd * odd / (8 * Double(k) * x)
      sum += term
    }
    return .log(sum) - .log(2 * .pi * x) / 2
  }
}
