/// The mean and covariance of data points.
public struct DataMoments: Sendable, Hashable, Codable {
  /// The mean of each coordinate.
  public var mean: [Double]
  /// The covariance, `d * d` numbers, row-major.
  public var covariance: [Double]

  /// Moments by their numbers; the covariance has the square of the length of the mean.
  public init(mean: [Double], covariance: [Double]) {
    precondition(
      covariance.count == mean.count * mean.count,
      "A covariance of \(covariance.count) numbers does not fit a mean of \(mean.count).")
    self.mean = mean
    self.covariance = covariance
  }

  /// The number of coordinates.
  public var dimension: Int { mean.count }

  /// The moments of alpha X_0 + sigma xi.
  public func noised(at level: NoiseLevel) -> DataMoments {
    var noised = self
    for index in mean.indices { noised.mean[index] *= level.alpha }
    for index in covariance.indices { noised.covariance[index] *= level.alpha * level.alpha }
    for index in mean.indices {
      noised.covariance[index * dimension + index] += level.sigma * level.sigma
    }
    return noised
  }
}

/// A model that knows the mean and covariance of the data, from which a sampler can start closer to
/// the noised data than from the prior.
public protocol MomentsModel: Sendable {
  /// The mean and covariance of X_0.
  var moments: DataMoments { get }
}
