import OrnsteinDiffusion
import OrnsteinNumerics

/// A normal law N(mean, covariance) on R^d.
public struct GaussianLaw: Sendable, Hashable {
  /// The mean of each coordinate.
  public var mean: [Double]
  /// The covariance, `d * d` numbers, row-major.
  public var covariance: [Double]

  /// A law by its moments; the covariance has the square of the length of the mean.
  public init(mean: [Double], covariance: [Double]) {
    precondition(
      !mean.isEmpty && covariance.count == mean.count * mean.count,
      "A covariance of \(covariance.count) numbers does not fit a mean of \(mean.count).")
    self.mean = mean
    self.covariance = covariance
  }

  /// N(mean, variance) on the line.
  public init(mean: Double, variance: Double) {
    self.init(mean: [mean], covariance: [variance])
  }

  /// The normal law with the moments of some data.
  public init(_ moments: DataMoments) {
    self.init(mean: moments.mean, covariance: moments.covariance)
  }

  /// N(0, deviation^2 I).
  public init(dimension: Int, deviation: Double) {
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for axis in 0..<dimension { covariance[axis * dimension + axis] = deviation * deviation }
    self.init(mean: [Double](repeating: 0, count: dimension), covariance: covariance)
  }

  /// The number of coordinates.
  public var dimension: Int { mean.count }

  /// The moments of the law.
  public var moments: DataMoments { DataMoments(mean: mean, covariance: covariance) }

  /// The law of a point times a number.
  public func scaled(by factor: Double) -> GaussianLaw {
    GaussianLaw(
      mean: mean.map { factor * $0 }, covariance: covariance.map { factor * factor * $0 })
  }

  /// The law of alpha X + sigma xi.
  public func noised(at level: NoiseLevel) -> GaussianLaw {
    GaussianLaw(moments.noised(at: level))
  }
}
