/// A distance between two samples, beside what it would be for two samples of one law.
///
/// The noise floor is that of a permutation test: the rows of both samples are pooled and cut anew,
/// at random, into samples of the same sizes. If both samples have one law, the distance is one more
/// draw from the same distribution, whatever the law and the sizes; so `pValue` is exact.
///
/// - Source: Good, Permutation Tests, 2000, section 3.3.
public struct Comparison: Sendable, Hashable, Codable {
  /// The distance.
  public var value: Double
  /// The standard error of the distance, by jackknife over the rows of both samples.
  public var standardError: Double
  /// The mean distance of samples of one law.
  public var floor: Double
  /// The standard deviation of the distance between samples of one law.
  public var floorStandardDeviation: Double
  /// The share of cuts, this one included, whose distance is at least `value`.
  public var pValue: Double

  /// How many standard deviations of the floor the distance is above it; 0 where nothing varies.
  public var excess: Double {
    floorStandardDeviation > 0 ? (value - floor) / floorStandardDeviation : 0
  }

  init(value: Double, standardError: Double, cuts: [Double]) {
    self.value = value
    self.standardError = standardError
    let count = Double(cuts.count)
    let mean = cuts.reduce(0, +) / count
    floor = mean
    floorStandardDeviation =
      cuts.count < 2
      ? 0 : (cuts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
    // A tie counts as "at least", up to the rounding of sums in another order.
    let limit = value - 1e-12 * abs(value)
    pValue = Double(1 + cuts.count { $0 >= limit }) / (count + 1)
  }
}
