import RealModule

/// The normal law with the mean and the variances of the data, whose flow a planned sampler removes
/// from the score.
///
/// In y = x / alpha and with sigma the deviation sigma_t / alpha_t, the points of such a law move so
/// that w = (y - mean) / S(sigma), S = sqrt(variance + sigma^2), stays where it is. What is left is
/// the slope dw / dsigma = (eps - (sigma / S) w) / S, with eps the predicted noise, which is 0 on
/// normal data with independent coordinates.
struct MatchedNormal: Sendable, Hashable {
  /// The mean of each coordinate; empty for 0.
  let mean: [Double]
  /// The variance of each coordinate, all positive; a single one is that of every coordinate.
  let variances: [Double]

  /// N(0, I) of any dimension.
  static let standard = MatchedNormal(mean: [], variances: [1])

  /// S of each coordinate.
  func deviations(at sigma: Double) -> [Double] { variances.map { .sqrt($0 + sigma * sigma) } }

  /// The mean of the variances.
  var meanVariance: Double { variances.reduce(0, +) / Double(variances.count) }
}
