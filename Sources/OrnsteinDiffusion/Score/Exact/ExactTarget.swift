import OrnsteinNumerics

/// A law whose score, density, second order, posterior, moments and draws are all known exactly, at
/// every noise level.
public protocol ExactTarget<Scalar>: LogDensityModel, HessianModel, DirectionalScoreModel,
  PosteriorModel, ExactlySampled, MomentsModel
{
  /// Whether X_0 has a density, so that log-densities exist without noise.
  var hasDensity: Bool { get }
}

extension GaussianMixture: ExactTarget {}

extension ExactTarget {
  /// Traps unless the level has noise, or the law a density.
  func check(_ level: NoiseLevel, needsNoise: Bool = false) {
    precondition(
      level.sigma > 0 || (hasDensity && !needsNoise),
      "A \(Self.self) has no \(needsNoise ? "second order" : "density") without noise.")
  }

  /// Traps unless a buffer holds so many numbers for each of the points.
  func checkCount(_ count: Int, per point: Int, coordinates: Int) {
    precondition(
      coordinates.isMultiple(of: dimension) && count * dimension == coordinates * point,
      "\(coordinates) coordinates of dimension \(dimension) do not fit \(count) numbers.")
  }

  /// Traps unless rows of draws fit their buffer.
  func checkDraw(_ rows: Range<Int>, _ count: Int) {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    precondition(
      count == rows.count * dimension,
      "\(rows.count) rows of dimension \(dimension) do not fill \(count) numbers.")
  }
}

extension DataMoments {
  /// Mean 0 and covariance v I.
  static func isotropic(variance: Double, dimension: Int) -> DataMoments {
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension { covariance[i * dimension + i] = variance }
    return DataMoments(
      mean: [Double](repeating: 0, count: dimension), covariance: covariance)
  }
}
