import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A learned score: at each of some noise levels, a polynomial in each cell of space.
///
/// Data are seen as X = mu + s_0 xi with s_0^2 the ``baseVariance``. A level (alpha, sigma) is brought to the
/// additive form y = x / alpha = mu + tau zeta, tau^2 = s_0^2 + t, t = sigma^2 / alpha^2, and the model
/// is f(y) = E[mu | y], so that
///
///     grad log p_t(x) = (f(x / alpha) - x / alpha) / (alpha tau^2).
///
/// f is that of the learned levels, linear in log tau between two of them. Below the lowest level f stays as it is
/// there: points are normal of variance s_0^2 around f. Above the highest, f is that
/// of normal data with the same mean and covariance, mean + C (C + tau^2 I)^-1 (y - mean), C the covariance
/// less s_0^2 I; from the highest level to twice its tau one goes over into the other.
///
/// - Cost: ``multiplyAddsPerPoint`` multiply-adds a point, in `Double` for points of either precision.
/// - A point's score has the same bits whatever batch it is in.
/// - Source: Gatmiry, Kelner, Lee, arXiv 2404.18869.
public struct PiecewisePolynomialScore<Scalar: BatchScalar>: ScoreModel, MomentsModel {
  /// The mean and covariance of the data.
  public let moments: DataMoments
  /// s_0^2, the variance of the data's own noise.
  public let baseVariance: Double
  /// The learned levels, from the noisiest.
  public let levels: [PolynomialLevel]
  let normal: NormalPosteriorMean

  /// A score from its levels.
  ///
  /// - Throws: ``PolynomialError`` if the parts do not make a score.
  public init(
    moments: DataMoments, baseVariance: Double,
    levels: [(addedVariance: Double, cells: [PolynomialCell])]
  ) throws(PolynomialError) {
    try PolynomialParts.check(moments: moments, baseVariance: baseVariance, levels: levels)
    self.moments = moments
    self.baseVariance = baseVariance
    self.levels = levels.map {
      PolynomialLevel(
        addedVariance: $0.addedVariance, variance: baseVariance + $0.addedVariance, cells: $0.cells)
    }
    do {
      normal = try NormalPosteriorMean(moments, baseVariance: baseVariance)
    } catch {
      throw .linearAlgebra(error)
    }
  }

  private init(
    moments: DataMoments, baseVariance: Double, levels: [PolynomialLevel],
    normal: NormalPosteriorMean
  ) {
    self.moments = moments
    self.baseVariance = baseVariance
    self.levels = levels
    self.normal = normal
  }

  /// The same score of points in another precision.
  public func converted<Other: BatchScalar>(to _: Other.Type) -> PiecewisePolynomialScore<Other> {
    PiecewisePolynomialScore<Other>(
      moments: moments, baseVariance: baseVariance, levels: levels, normal: normal)
  }

  /// The number of coordinates of a point.
  public var dimension: Int { moments.dimension }

  /// The most multiply-adds of one evaluation at one point: two neighbouring levels.
  public var multiplyAddsPerPoint: Int {
    2 * (levels.map(\.multiplyAdds).max() ?? 0) + 2 * dimension
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    precondition(
      points.count == score.count && points.count.isMultiple(of: dimension),
      "\(points.count) coordinates do not make points of dimension \(dimension) with a score of "
        + "\(score.count) numbers.")
    points.withUnsafeBufferPointer { points in
      score.withUnsafeMutableBufferPointer { score in
        evaluate(points, at: level, into: score, nil, nil, workspace: workspace)
      }
    }
  }

  /// E[mu | y] of some points y = mu + tau zeta: what the levels hold.
  ///
  /// - Parameters:
  ///   - points: The points y.
  ///   - addedVariance: t = tau^2 - s_0^2, 0 or more.
  public func posteriorMeans(of points: Batch<Double>, addedVariance: Double) -> Batch<Double> {
    precondition(
      points.dimension == dimension && addedVariance >= 0,
      "A model of dimension \(dimension) got points of dimension \(points.dimension) with noise of "
        + "variance \(addedVariance).")
    let workspace = Workspace()
    return Batch<Double>(unsafeUninitializedCount: points.count, dimension: dimension) { output in
      points.withUnsafeBufferPointer { points in
        guard let input = points.baseAddress, let output = output.baseAddress else { return }
        writePosteriorMeans(
          of: input, rows: points.count / dimension, variance: baseVariance + addedVariance,
          into: output, nil, 0, nil, workspace: workspace)
      }
    }
  }

  /// Writes scores, and their derivatives along several directions.
  func evaluate(
    _ points: UnsafeBufferPointer<Scalar>, at level: NoiseLevel,
    into score: UnsafeMutableBufferPointer<Scalar>, _ directions: UnsafeBufferPointer<Scalar>?,
    _ derivatives: UnsafeMutableBufferPointer<Scalar>?, workspace: Workspace
  ) {
    let count = points.count
    guard count > 0 else { return }
    let tangents = directions?.count ?? 0
    guard level.alpha > 0, (level.sigma / level.alpha).isFinite else {
      // Without signal the points are pure noise.
      let factor = -1 / (level.sigma * level.sigma)
      for index in 0..<count { score[index] = Scalar(factor * Double(points[index])) }
      if let directions, let derivatives {
        for index in 0..<tangents {
          derivatives[index] = Scalar(factor * Double(directions[index]))
        }
      }
      return
    }
    let ratio = level.sigma / level.alpha
    let variance = baseVariance + ratio * ratio
    let scale = 1 / level.alpha
    let factor = scale / variance
    workspace.withBuffer(of: Double.self, count: 2 * count + 2 * tangents) { scratch in
      guard let y = scratch.baseAddress else { return }
      let means = y + count
      let along = means + count
      let changes = along + tangents
      for index in 0..<count { y[index] = scale * Double(points[index]) }
      if let directions {
        for index in 0..<tangents { along[index] = scale * Double(directions[index]) }
      }
      writePosteriorMeans(
        of: y, rows: count / dimension, variance: variance, into: means, along, tangents / count,
        changes, workspace: workspace)
      for index in 0..<count { score[index] = Scalar(factor * (means[index] - y[index])) }
      if let derivatives {
        for index in 0..<tangents {
          derivatives[index] = Scalar(factor * (changes[index] - along[index]))
        }
      }
    }
  }

  /// Writes f of some points at any tau, and its derivatives along several directions.
  private func writePosteriorMeans(
    of points: UnsafePointer<Double>, rows: Int, variance: Double,
    into means: UnsafeMutablePointer<Double>, _ directions: UnsafePointer<Double>?,
    _ directionCount: Int, _ derivatives: UnsafeMutablePointer<Double>?, workspace: Workspace
  ) {
    let size = rows * dimension
    let tangents = directionCount * size
    func write(
      _ level: PolynomialLevel?, _ means: UnsafeMutablePointer<Double>,
      _ derivatives: UnsafeMutablePointer<Double>?
    ) {
      if let level {
        level.evaluate(
          points, rows: rows, into: means, directions: directions, directionCount: directionCount,
          derivatives: derivatives, workspace: workspace)
      } else {
        normal.write(points, rows: rows, variance: variance, centred: true, into: means)
        if let directions, let derivatives {
          normal.write(
            directions, rows: rows * directionCount, variance: variance, centred: false,
            into: derivatives)
        }
      }
    }
    let (upper, lower, weight) = neighbours(of: variance)
    write(upper, means, derivatives)
    guard weight > 0 else { return }
    workspace.withBuffer(of: Double.self, count: size + tangents) { scratch in
      guard let others = scratch.baseAddress else { return }
      write(lower, others, others + size)
      for index in 0..<size { means[index] += weight * (others[index] - means[index]) }
      guard let derivatives else { return }
      for index in 0..<tangents {
        derivatives[index] += weight * (others[size + index] - derivatives[index])
      }
    }
  }

  /// The levels around a variance, `nil` for the normal law, and the weight of the second.
  private func neighbours(
    of variance: Double
  ) -> (upper: PolynomialLevel?, lower: PolynomialLevel?, weight: Double) {
    let first = levels[0]
    if variance >= 4 * first.variance { return (nil, nil, 0) }
    func weight(_ upper: Double, _ lower: Double) -> Double {
      .log(upper / variance) / .log(upper / lower)
    }
    if variance > first.variance {
      return (nil, first, weight(4 * first.variance, first.variance))
    }
    for (upper, lower) in zip(levels, levels.dropFirst()) where variance > lower.variance {
      return (upper, lower, weight(upper.variance, lower.variance))
    }
    return (levels[levels.count - 1], nil, 0)
  }
}
