/// The least mean squared error M(u) = E |X_0 - E[X_0 | X_t]|^2 at some u = (alpha / sigma)^2, and with it
/// u M(u), which the intrinsic dimension of the data bounds.
///
/// For data in a k-dimensional affine subspace u M(u) <= k; for data near something of dimension k, u M(u)
/// is about k where the noise is smaller than the shape and larger than its thickness.
public struct DimensionCurve: Sendable, Hashable, Codable {
  /// M at one level.
  public struct Point: Sendable, Hashable, Codable {
    /// u, the signal-to-noise ratio.
    public let ratio: Double
    /// M(u), or what the model's denoiser leaves, which is no less.
    public let meanSquaredError: Quantity

    /// A point of the curve.
    ///
    /// - Parameters:
    ///   - ratio: u, above 0.
    ///   - meanSquaredError: M(u).
    public init(ratio: Double, meanSquaredError: Quantity) {
      self.ratio = ratio
      self.meanSquaredError = meanSquaredError
    }

    /// u M(u).
    public var dimension: Quantity { ratio * meanSquaredError }
  }

  /// The points by ascending u.
  public let points: [Point]

  /// A curve from its points in any order; those without a number are left out.
  ///
  /// - Parameter points: The points.
  public init(_ points: [Point]) {
    self.points = points.filter(\.meanSquaredError.isKnown).sorted { $0.ratio < $1.ratio }
  }

  /// The largest u M(u) of the points, or unknown of none.
  ///
  /// The largest of estimates is a little too large on average.
  public var dimension: Quantity {
    points.map(\.dimension).max { $0.value < $1.value } ?? .unknown
  }

  /// A number that M(u) does not exceed as far as the points are right: M decreases, so it is the value
  /// of the nearest point below; infinite below all.
  ///
  /// - Parameters:
  ///   - ratio: u, above 0.
  ///   - standardErrors: How many standard errors are added to the points.
  public func meanSquaredError(at ratio: Double, standardErrors: Double = 0) -> Double {
    guard let point = points.last(where: { $0.ratio <= ratio * (1 + 1e-12) }) else {
      return .infinity
    }
    return point.meanSquaredError.value
      + standardErrors * point.meanSquaredError.standardError
  }
}
