import OrnsteinDiffusion

/// What a model does at one noise level, measured on noised data.
public struct LevelMeasurement: Sendable, Hashable {
  /// The level.
  public let level: NoiseLevel
  /// E |X_0 - denoiser|^2: M of an exact target, at least M of a learned model.
  public let denoisingLoss: Quantity
  /// E |score + xi / sigma|^2, the loss of denoising score matching: alpha^2 / sigma^4 times the loss of
  /// the denoiser.
  public let scoreLoss: Quantity
  /// E |score|^2 of the model: J of an exact target.
  public let squaredScore: Quantity
  /// d / sigma^2 - loss of denoising score matching: J of an exact target, at most J of a learned model.
  public let fisherInformation: Quantity
  /// E |Jacobian of the score|_F^2.
  public let squaredJacobian: Quantity
  /// The norms of the Jacobian of the score at the points, or `nil` if they were not asked for.
  public let lipschitz: LipschitzStatistics?

  /// J of an exact target: the better known of the mean of |score|^2 and of what the loss says.
  public var bestFisherInformation: Quantity {
    fisherInformation.standardError < squaredScore.standardError
      ? fisherInformation : squaredScore
  }

  /// u = (alpha / sigma)^2.
  public var ratio: Double {
    let root = level.alpha / level.sigma
    return root * root
  }

  /// u times the loss of the denoiser.
  public var dimension: Quantity { ratio * denoisingLoss }
}

/// The norms of the Jacobian of a score at some points: local Lipschitz constants.
///
/// In few dimensions the norms themselves; by power iteration in many, where each is a number that the
/// norm is at least. A symmetric Jacobian, that of every gradient, is approached from below.
public struct LipschitzStatistics: Sendable, Hashable, Codable {
  /// The number of points.
  public let points: Int
  /// The norm that half of the points do not exceed.
  public let median: Double
  /// The norm that nine tenths of the points do not exceed.
  public let ninetiethPercentile: Double
  /// The norm that 99 % of the points do not exceed.
  public let ninetyNinthPercentile: Double
  /// The largest norm seen; points not seen may have larger ones.
  public let largest: Double

  /// The statistics of some norms.
  ///
  /// - Parameter norms: At least one.
  public init(of norms: [Double]) {
    precondition(!norms.isEmpty, "No points have no norms.")
    let sorted = norms.sorted()
    func quantile(_ share: Double) -> Double {
      sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
    points = sorted.count
    median = quantile(0.5)
    ninetiethPercentile = quantile(0.9)
    ninetyNinthPercentile = quantile(0.99)
    largest = sorted[sorted.count - 1]
  }
}
