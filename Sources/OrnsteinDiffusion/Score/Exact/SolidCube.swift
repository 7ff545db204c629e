import OrnsteinNumerics

/// The uniform law on a solid cube, [-a, a]^d.
///
/// With A = (x_i + alpha a) / sigma and B = (x_i - alpha a) / sigma the density of a coordinate is
/// (Phi(A) - Phi(B)) / (2 alpha a) and its score (phi(A) - phi(B)) / (sigma (Phi(A) - Phi(B))), each
/// evaluated in a form that keeps its digits at every level and distance. Without noise the
/// log-density is -infinity outside and the score 0 everywhere. Costs two error functions a
/// coordinate, and two continued fractions far outside.
public struct SolidCube<Scalar: BatchScalar>: ExactTarget {
  /// a.
  public let halfWidth: Double
  /// The number of coordinates.
  public let dimension: Int

  /// The law of half-width a in d dimensions.
  ///
  /// - Throws: ``TargetError`` unless a lies between 1e-100 and 1e100 and d between 1 and 10000.
  public init(halfWidth: Double, dimension: Int) throws(TargetError) {
    try TargetError.check(length: halfWidth, key: "halfWidth")
    try TargetError.check(dimension: dimension)
    self.halfWidth = halfWidth
    self.dimension = dimension
  }

  /// About as much as so many multiply-adds.
  public var multiplyAddsPerPoint: Int { 60 * dimension }

  /// Whether X_0 has a density.
  public var hasDensity: Bool { true }

  /// Mean 0 and covariance a^2 / 3 I.
  public var moments: DataMoments {
    .isotropic(variance: halfWidth * halfWidth / 3, dimension: dimension)
  }

  private func law(at level: NoiseLevel) -> IntervalLaw {
    IntervalLaw(halfWidth: halfWidth, at: level)
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(score.count, per: dimension, coordinates: points.count)
    let law = law(at: level)
    points.withUnsafeBufferPointer { points in
      score.withUnsafeMutableBufferPointer { writeScores(of: points, under: law, into: $0) }
    }
  }

  /// Writes log p_t of each point, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(output.count, per: 1, coordinates: points.count)
    let law = law(at: level)
    points.withUnsafeBufferPointer { points in
      output.withUnsafeMutableBufferPointer {
        writeLogDensities(of: points, under: law, dimension: dimension, into: $0)
      }
    }
  }

  /// Writes the diagonal Hessian of each point.
  public func hessian(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level, needsNoise: true)
    checkCount(output.count, per: dimension * dimension, coordinates: points.count)
    law(at: level).writeHessian(of: points, dimension: dimension, into: &output)
  }

  /// Writes the trace of the Hessian of each point.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level, needsNoise: true)
    checkCount(output.count, per: 1, coordinates: points.count)
    law(at: level).writeHessianTrace(of: points, dimension: dimension, into: &output)
  }

  /// Writes the Hessian of each point times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    check(level, needsNoise: true)
    checkCount(output.count, per: dimension, coordinates: points.count)
    checkCount(directions.count, per: dimension, coordinates: points.count)
    law(at: level).writeHessianProduct(of: points, with: directions, into: &output)
  }

  /// Writes E[X_0 | X_t = x] for each point.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level, needsNoise: true)
    checkCount(output.count, per: dimension, coordinates: points.count)
    law(at: level).writePosteriorMean(of: points, into: &output)
  }

  /// Writes the diagonal Cov(X_0 | X_t = x) for each point.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level, needsNoise: true)
    checkCount(output.count, per: dimension * dimension, coordinates: points.count)
    law(at: level).writePosteriorCovariance(of: points, dimension: dimension, into: &output)
  }

  /// Writes exact draws of X_0, a (2 u - 1) for uniforms u.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    let first = UInt64(rows.lowerBound) * UInt64(dimension)
    output.withUnsafeMutableBufferPointer { points in
      Scalar.Kernels.uniforms(into: points, stream: key.stream(.targetCoordinates), first: first)
      for index in points.indices {
        points[index] = Scalar(halfWidth * (2 * Double(points[index]) - 1))
      }
    }
  }
}
