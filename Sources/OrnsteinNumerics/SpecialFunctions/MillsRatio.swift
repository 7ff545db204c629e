import RealModule

/// The tail of the standard normal law beyond z >= 0, seen from z: the excess W = X - z of X ~ N(0, 1)
/// given X >= z.
///
/// With M(z) = (1 - Phi(z)) / phi(z) the density of W at w is exp(-z w - w^2 / 2) / M(z). All three
/// numbers keep their relative accuracy (about 1e-14) for every z >= 0.
///
/// - Source: Laplace's continued fraction, NIST DLMF 7.9.
public struct MillsRatio: Sendable, Hashable {
  /// M(z) = (1 - Phi(z)) / phi(z), about 1 / z for large z.
  public let ratio: Double
  /// E W = 1 / M(z) - z.
  public let meanExcess: Double
  /// E W^2 = 1 - z E W.
  public let secondMomentExcess: Double

  /// The tail beyond z, 0 or more.
  public init(_ z: Double) {
    if z < Self.firstTail {
      ratio = .sqrt(.pi / 2) * .exp(z * z / 2) * .erfc(z / .sqrt(2))
      meanExcess = 1 / ratio - z
      secondMomentExcess = 1 - z * meanExcess
    } else {
      // E W = 1 / (z + c) with c = 2 / (z + 3 / (z + 4 / (z + ...))).
      let terms = z < 100 ? 10 + Int(600 / (z * z)) : 10
      var fraction = 0.0
      for numerator in stride(from: terms, through: 2, by: -1) {
        fraction = Double(numerator) / (z + fraction)
      }
      meanExcess = 1 / (z + fraction)
      ratio = 1 / (z + meanExcess)
      secondMomentExcess = fraction / (z + fraction)
    }
  }

  /// Where the continued fraction takes over from the error function.
  private static var firstTail: Double { 3.5 }
}

/// Functions of the standard normal law that stay accurate in its tails.
public enum NormalLaw {
  /// log phi(z) = -(z^2 + log 2 pi) / 2.
  public static func logDensity(_ z: Double) -> Double { -(z * z + .log(2 * .pi)) / 2 }

  /// log Phi(z), finite for every finite z down to where z^2 / 2 overflows.
  public static func logCumulative(_ z: Double) -> Double {
    z < 0 ? logDensity(z) + .log(MillsRatio(-z).ratio) : .log(onePlus: -.erfc(z / .sqrt(2)) / 2)
  }
}
