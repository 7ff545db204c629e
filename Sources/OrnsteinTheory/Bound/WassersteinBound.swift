import RealModule

/// From a divergence at the stop to a Wasserstein-2 distance to the data, for data in a ball or
/// nearly so.
///
/// The samples are multiplied by e^{stop} and projected to the ball of radius R. Projection does not
/// stretch distances and stays in the ball, so
///
///     W2(p_0, samples) <= sqrt(d (e^{2 stop} - 1)) + 2 R sqrt(TV) + tail,
///
/// with tail = sqrt(E |X_0|^2 1{|X_0| > R}), 0 if the ball holds all of the data.
///
/// - Source: the corollary of H. Chen, Lee, Lu, arXiv 2211.01916, with constants.
public enum WassersteinBound {
  /// The bound.
  ///
  /// - Parameters:
  ///   - supportRadius: R.
  ///   - dimension: The number of coordinates.
  ///   - stop: The canonical time at which one stops.
  ///   - divergence: A bound of KL(p_stop | samples), in nats.
  ///   - tail: sqrt(E |X_0|^2 1{|X_0| > R}).
  public static func distance(
    supportRadius: Double, dimension: Double, stop: Double, divergence: Quantity, tail: Double = 0
  ) -> Quantity {
    let variation = TotalVariationBounds.best(divergence)
    guard variation.isKnown else { return .unknown }
    let ends = smoothing(dimension: dimension, stop: stop) + tail
    let distance = ends + 2 * supportRadius * variation.value.squareRoot()
    return distance.isFinite ? .bound(distance) : .unknown
  }

  /// sqrt(d (e^{2 stop} - 1)), what the noise left at the stop moves the rescaled points by.
  ///
  /// - Parameters:
  ///   - dimension: The number of coordinates.
  ///   - stop: The canonical time at which one stops.
  public static func smoothing(dimension: Double, stop: Double) -> Double {
    (dimension * .expMinusOne(2 * stop)).squareRoot()
  }

  /// The stop whose noise moves rescaled points by a given distance: log(1 + distance^2 / d) / 2.
  ///
  /// - Parameters:
  ///   - distance: The root of the mean squared distance.
  ///   - dimension: The number of coordinates.
  public static func stop(forSmoothing distance: Double, dimension: Double) -> Double {
    .log(onePlus: distance * distance / dimension) / 2
  }

  /// The divergence that leaves a given distance to the samples: KL <= distance^4 / (8 R^4).
  ///
  /// - Parameters:
  ///   - distance: The part of the Wasserstein distance that the divergence may cost.
  ///   - supportRadius: R.
  public static func divergence(forDistance distance: Double, supportRadius: Double) -> Double {
    let share = distance / (2 * supportRadius)
    return TotalVariationBounds.divergence(forTotalVariation: min(1, share * share))
  }
}
