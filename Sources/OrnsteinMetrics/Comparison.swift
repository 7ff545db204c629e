/// A distance beside what it would be for samples of the very law.
///
/// Between two samples, the noise floor is that of a permutation test: the rows of both samples are
/// pooled and cut anew, at random, into samples of the same sizes. If both samples have one law, the
/// distance is one more draw from the same distribution, whatever the law and the sizes; so `pValue`
/// is exact. Against a law that is known exactly, the floor is that of exact draws of the same size.
///
/// - Source: Good, Permutation Tests, 2000, section 3.3.
public struct Comparison: Sendable, Hashable, Codable {
  /// The distance.
  public var value: Double
  /// The standard error of the distance, by jackknife over the rows of both samples or by its
  /// influence function.
  public var standardError: Double
  /// The mean distance of samples of one law.
  public var floor: Double
  /// The standard deviation of the distance between samples of one law.
  public var floorStandardDeviation: Double
  /// How probable so large a distance is between samples of one law: the share of cuts or exact
  /// draws, this one included, whose distance is at least `value`, or the tail of a known law.
  public var pValue: Double

  /// How many standard deviations of the floor the distance is above it; 0 where nothing varies.
  public var excess: Double {
    floorStandardDeviation > 0 ? (value - floor) / floorStandardDeviation : 0
  }

  /// A distance with the distances of samples of one law.
  ///
  /// - Parameters:
  ///   - value: The distance.
  ///   - standardError: Its standard error.
  ///   - floors: The distances of samples of one law, at least one.
  ///   - pValue: The p-value if it is known better than by the rank among `floors`.
  init(value: Double, standardError: Double, floors: [Double], pValue: Double? = nil) {
    self.value = value
    self.standardError = standardError
    let count = Double(floors.count)
    let mean = floors.reduce(0, +) / count
    floor = mean
    floorStandardDeviation =
      floors.count < 2
      ? 0 : (floors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
    // A tie counts as "at least", up to the rounding of sums in another order.
    let limit = value - 1e-12 * abs(value)
    self.pValue = pValue ?? Double(1 + floors.count { $0 >= limit }) / (count + 1)
  }
}
