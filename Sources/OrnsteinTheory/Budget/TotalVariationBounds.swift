import RealModule

/// Bounds of the total variation distance by the Kullback-Leibler divergence.
public enum TotalVariationBounds {
  /// Pinsker: TV <= sqrt(KL / 2).
  ///
  /// - Parameter divergence: KL in nats, 0 or more, in either order.
  public static func pinsker(_ divergence: Double) -> Double {
    (max(divergence, 0) / 2).squareRoot()
  }

  /// Bretagnolle and Huber: TV <= sqrt(1 - e^{-KL}), below 1 for every divergence.
  ///
  /// - Parameter divergence: KL in nats, 0 or more, in either order.
  /// - Source: Bretagnolle, Huber, Zeitschrift fuer Wahrscheinlichkeitstheorie 47 (1979), 119.
  public static func bretagnolleHuber(_ divergence: Double) -> Double {
    (-Double.expMinusOne(-max(divergence, 0))).squareRoot()
  }

  /// The smaller of both.
  ///
  /// - Parameter divergence: KL in nats, 0 or more, in either order.
  public static func best(_ divergence: Double) -> Double {
    min(pinsker(divergence), bretagnolleHuber(divergence))
  }

  /// The smaller of both for a divergence of known trust: a bound, or an estimate of one whose
  /// standard error is carried over by the slope.
  ///
  /// - Parameter divergence: KL in nats, in either order.
  public static func best(_ divergence: Quantity) -> Quantity {
    let value = best(divergence.value)
    switch divergence.certainty {
    case .unknown: return .unknown
    case .exact where divergence.value == 0: return .exact(0)
    case .exact, .bound: return .bound(value)
    case .estimate(let error):
      guard value > 0 else { return .estimate(0, standardError: best(error)) }
      let slope =
        pinsker(divergence.value) <= bretagnolleHuber(divergence.value)
        ? 1 / (4 * value) : .exp(-divergence.value) / (2 * value)
      return .estimate(value, standardError: slope * error)
    }
  }

  /// The largest divergence that keeps the total variation within an error: the inverse of
  /// ``best(_:)-(Double)``.
  ///
  /// - Parameter error: The total variation, from 0 to below 1.
  public static func divergence(forTotalVariation error: Double) -> Double {
    max(2 * error * error, -.log(onePlus: -error * error))
  }
}
