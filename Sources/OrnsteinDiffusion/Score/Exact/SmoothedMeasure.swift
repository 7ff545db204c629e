import OrnsteinNumerics
import RealModule

/// An empirical measure convolved with N(0, h^2 I): a kernel density estimate with a normal kernel.
///
/// The noised law is that of the points at a larger noise: the score at (alpha, sigma) is the score of
/// the points at (alpha, s) with s^2 = sigma^2 + alpha^2 h^2. So the score of the data, stopped at the
/// noise h instead of followed down to the points themselves. Costs as much as ``EmpiricalMeasure``.
public struct SmoothedMeasure<Scalar: BatchScalar>: ExactTarget {
  /// The law that picks one of the points.
  public let base: EmpiricalMeasure<Scalar>
  /// h.
  public let bandwidth: Double

  /// The law of some points with noise.
  ///
  /// - Parameters:
  ///   - base: The points and their weights.
  ///   - bandwidth: h, between 1e-100 and 1e100.
  /// - Throws: ``TargetError`` if the bandwidth is outside.
  public init(_ base: EmpiricalMeasure<Scalar>, bandwidth: Double) throws(TargetError) {
    try TargetError.check(length: bandwidth, key: "bandwidth")
    self.base = base
    self.bandwidth = bandwidth
  }

  /// The number of coordinates.
  public var dimension: Int { base.dimension }

  /// About as much as so many multiply-adds.
  public var multiplyAddsPerPoint: Int { base.multiplyAddsPerPoint }

  /// Noise has a density.
  public var hasDensity: Bool { true }

  /// The mean and covariance of the points, the latter with h^2 I.
  public var moments: DataMoments {
    var moments = base.moments
    for axis in 0..<dimension {
      moments.covariance[axis * dimension + axis] += bandwidth * bandwidth
    }
    return moments
  }

  /// The level at which the points have the law of the smoothed ones.
  private func shifted(_ level: NoiseLevel) -> NoiseLevel {
    NoiseLevel(
      time: level.time, alpha: level.alpha, sigma: .hypot(level.sigma, level.alpha * bandwidth))
  }

  /// Writes the score of each query.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    base.score(of: points, at: shifted(level), into: &score, workspace: workspace)
  }

  /// Writes log p_t of each query, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    base.logDensity(of: points, at: shifted(level), into: &output, workspace: workspace)
  }

  /// Writes the trace of the Hessian of each query.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    base.hessianTrace(of: points, at: shifted(level), into: &output)
  }

  /// Writes the Hessian of each query times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    base.hessianProduct(of: points, with: directions, at: shifted(level), into: &output)
  }

  /// How much of X_0 given X_t and the chosen point m is m, x, and noise: sigma^2 / s^2, alpha h^2 / s^2
  /// and h^2 sigma^2 / s^2.
  private func posterior(
    at level: NoiseLevel
  ) -> (point: Double, query: Double, variance: Double) {
    let s = shifted(level).sigma
    let (noise, kernel) = (level.sigma / s, bandwidth / s)
    return (
      noise * noise, level.alpha * kernel * kernel, level.sigma * kernel * level.sigma * kernel
    )
  }

  /// Writes E[X_0 | X_t = x] for each query.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    base.posteriorMean(of: points, at: shifted(level), into: &output)
    let share = posterior(at: level)
    for index in 0..<points.count {
      output[index] = share.point * output[index] + share.query * Double(points[index])
    }
  }

  /// Writes Cov(X_0 | X_t = x) for each query.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    base.posteriorCovariance(of: points, at: shifted(level), into: &output)
    let d = dimension
    let share = posterior(at: level)
    for index in 0..<output.count {
      let isDiagonal = index / d % d == index % d
      output[index] =
        share.point * share.point * output[index] + (isDiagonal ? share.variance : 0)
    }
  }

  /// Writes exact draws of X_0: the point by one uniform a row, the noise by normals.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    let chosen = base.drawExactly(rows: rows, key: key)
    output.withUnsafeMutableBufferPointer { output in
      Scalar.Kernels.normals(
        into: output, stream: key.stream(.targetCoordinates),
        first: UInt64(rows.lowerBound) * UInt64(dimension))
      chosen.withUnsafeBufferPointer { chosen in
        addNoise(of: bandwidth, to: chosen, into: output)
      }
    }
  }
}

/// z <- x + h z.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addNoise<Scalar: BatchScalar>(
  of bandwidth: Double, to points: UnsafeBufferPointer<Scalar>,
  into noise: UnsafeMutableBufferPointer<Scalar>
) {
  for index in 0..<noise.count {
    noise[index] = Scalar(Double(points[index]) + bandwidth * Double(noise[index]))
  }
}
