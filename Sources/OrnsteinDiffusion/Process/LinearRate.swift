import RealModule

/// A noise rate that grows linearly, beta(t) = minimum + (maximum - minimum) t for t in [0, 1].
public struct LinearRate: Sendable, Hashable {
  /// beta(0).
  public let minimum: Double
  /// beta(1).
  public let maximum: Double

  /// A rate by its ends.
  ///
  /// - Throws: ``ProcessError`` unless 0 <= minimum, 0 < maximum, minimum <= maximum, both finite.
  public init(minimum: Double, maximum: Double) throws(ProcessError) {
    guard minimum >= 0, minimum.isFinite else {
      throw .invalidParameter("beta-min", minimum, "must be 0 or more")
    }
    guard maximum > 0, maximum >= minimum, maximum.isFinite else {
      throw .invalidParameter("beta-max", maximum, "must be positive and not below beta-min")
    }
    self.minimum = minimum
    self.maximum = maximum
  }

  /// beta(t).
  func value(at time: Double) -> Double { minimum + (maximum - minimum) * time }

  /// B(t), the integral of beta from 0 to t.
  func integral(to time: Double) -> Double {
    (minimum + (maximum - minimum) / 2 * time) * time
  }

  /// The time at which the integral has a value, without cancellation.
  func time(ofIntegral integral: Double) -> Double {
    guard integral > 0 else { return 0 }
    let root = Double.sqrt(minimum * minimum + 2 * (maximum - minimum) * integral)
    return 2 * integral / (minimum + root)
  }
}
