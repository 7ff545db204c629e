import OrnsteinNumerics
import RealModule

/// The uniform law on the sphere of radius R in R^d; for d = 1 the two points -R and R.
///
/// With k = alpha R |x| / sigma^2, A(k) = I_{d/2}(k) / I_{d/2-1}(k) and n = x / |x| the posterior mean
/// is R A n, the posterior covariance R^2 (A' n n^T + A / k (I - n n^T)), and the score
/// (alpha R A n - x) / sigma^2. Together with ``LinearManifold`` it makes circles and spheres in higher
/// dimensions. Costs at most 60 divisions and 2 d multiply-adds a point; a log-density O(d) divisions.
public struct SphereUniform<Scalar: BatchScalar>: ExactTarget {
  /// R.
  public let radius: Double
  /// The number of coordinates of the space around.
  public let dimension: Int

  /// The sphere of radius R in d dimensions.
  ///
  /// - Throws: ``TargetError`` unless R lies between 1e-100 and 1e100 and d between 1 and 10000.
  public init(radius: Double, dimension: Int) throws(TargetError) {
    try TargetError.check(length: radius, key: "radius")
    try TargetError.check(dimension: dimension)
    self.radius = radius
    self.dimension = dimension
  }

  /// About as much as so many multiply-adds.
  public var multiplyAddsPerPoint: Int { 250 + 2 * dimension }

  /// A sphere has no density.
  public var hasDensity: Bool { false }

  /// Mean 0 and covariance R^2 / d I.
  public var moments: DataMoments {
    .isotropic(variance: radius * radius / Double(dimension), dimension: dimension)
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(score.count, per: dimension, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: dimension, at: level)
    points.withUnsafeBufferPointer { points in
      score.withUnsafeMutableBufferPointer { score in
        writeScores(of: points, on: law, into: score)
      }
    }
  }

  /// Writes log p_t of each point, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    check(level)
    checkCount(output.count, per: 1, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: dimension, at: level)
    for row in 0..<output.count { output[row] = law.logDensity(distance: norm(points, row)) }
  }

  /// Writes the trace of the Hessian of each point.
  public func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level)
    checkCount(output.count, per: 1, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: dimension, at: level)
    for row in 0..<output.count {
      let (radial, tangential) = law.curvatures(distance: norm(points, row))
      output[row] = radial + Double(dimension - 1) * tangential
    }
  }

  /// Writes the Hessian of each point times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    check(level)
    let d = dimension
    checkCount(output.count, per: d, coordinates: points.count)
    checkCount(directions.count, per: d, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: d, at: level)
    for row in 0..<points.count / d {
      let distance = norm(points, row)
      let (radial, tangential) = law.curvatures(distance: distance)
      var along = 0.0
      for i in row * d..<(row + 1) * d {
        along += unit(points[i], distance) * Double(directions[i])
      }
      for i in row * d..<(row + 1) * d {
        output[i] =
          tangential * Double(directions[i])
          + (radial - tangential) * along * unit(points[i], distance)
      }
    }
  }

  /// Writes E[X_0 | X_t = x] for each point.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level)
    checkCount(output.count, per: dimension, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: dimension, at: level)
    for row in 0..<points.count / dimension {
      let factor = law.posterior(distance: norm(points, row)).shrink
      for i in row * dimension..<(row + 1) * dimension { output[i] = factor * Double(points[i]) }
    }
  }

  /// Writes Cov(X_0 | X_t = x) for each point.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    check(level)
    let d = dimension
    checkCount(output.count, per: d * d, coordinates: points.count)
    let law = SphereLaw(radius: radius, dimension: d, at: level)
    for row in 0..<points.count / d {
      let distance = norm(points, row)
      let (_, radial, tangential) = law.posterior(distance: distance)
      for i in 0..<d {
        for j in 0..<d {
          output[(row * d + i) * d + j] =
            (i == j ? tangential : 0)
            + (radial - tangential) * unit(points[row * d + i], distance)
            * unit(points[row * d + j], distance)
        }
      }
    }
  }

  private func norm(_ points: Span<Scalar>, _ row: Int) -> Double {
    var square = 0.0
    for i in row * dimension..<(row + 1) * dimension {
      square += Double(points[i]) * Double(points[i])
    }
    return .sqrt(square)
  }

  private func unit(_ coordinate: Scalar, _ norm: Double) -> Double {
    norm > 0 ? Double(coordinate) / norm : 0
  }

  /// Writes exact draws of X_0: normals scaled to length R.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    let first = UInt64(rows.lowerBound) * UInt64(dimension)
    output.withUnsafeMutableBufferPointer { points in
      Scalar.Kernels.normals(into: points, stream: key.stream(.targetCoordinates), first: first)
      scaleRows(points, dimension: dimension, to: radius)
    }
  }
}

/// What depends on the distance from the centre alone, at one noise level.
struct SphereLaw: Sendable {
  private let level: NoiseLevel
  private let radius: Double
  let dimension: Int
  /// alpha R.
  private let signal: Double
  /// sigma^2.
  private let variance: Double

  init(radius: Double, dimension: Int, at level: NoiseLevel) {
    self.level = level
    self.radius = radius
    self.dimension = dimension
    signal = level.alpha * radius
    variance = level.sigma * level.sigma
  }

  private func ratio(_ distance: Double) -> BesselRatio {
    BesselRatio(dimension: dimension, at: signal * distance / variance)
  }

  /// c with score c x.
  func scoreFactor(distance: Double) -> Double {
    (signal * (signal / variance) * ratio(distance).valueOverArgument - 1) / variance
  }

  func logDensity(distance: Double) -> Double {
    let gap = (distance - signal) / level.sigma
    let logNormal = -Double(dimension) * (.log(2 * .pi) / 2 + .log(level.sigma)) - gap * gap / 2
    return logNormal
      + BesselRatio.logNormalizer(dimension: dimension, at: signal * distance / variance)
  }

  /// The second derivatives of the log-density along the radius and across it.
  func curvatures(distance: Double) -> (radial: Double, tangential: Double) {
    let ratio = ratio(distance)
    let gain = signal * (signal / variance)
    return (
      (gain * ratio.derivative - 1) / variance, (gain * ratio.valueOverArgument - 1) / variance
    )
  }

  /// c with posterior mean c x, and the posterior variances along the radius and across it.
  func posterior(distance: Double) -> (shrink: Double, radial: Double, tangential: Double) {
    let ratio = ratio(distance)
    let square = radius * radius
    return (
      level.alpha * square / variance * ratio.valueOverArgument, square * ratio.derivative,
      square * ratio.valueOverArgument
    )
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func writeScores<Scalar: BatchScalar>(
  of points: UnsafeBufferPointer<Scalar>, on law: SphereLaw,
  into score: UnsafeMutableBufferPointer<Scalar>
) {
  for row in stride(from: 0, to: points.count, by: law.dimension) {
    var square = 0.0
    for i in row..<row + law.dimension { square += Double(points[i]) * Double(points[i]) }
    let factor = law.scoreFactor(distance: .sqrt(square))
    for i in row..<row + law.dimension { score[i] = Scalar(factor * Double(points[i])) }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func scaleRows<Scalar: BatchScalar>(
  _ points: UnsafeMutableBufferPointer<Scalar>, dimension: Int, to length: Double
) {
  for row in stride(from: 0, to: points.count, by: dimension) {
    var square = 0.0
    for i in row..<row + dimension { square += Double(points[i]) * Double(points[i]) }
    if square == 0 {
      points[row] = Scalar(length)
    } else {
      let factor = length / .sqrt(square)
      for i in row..<row + dimension { points[i] = Scalar(factor * Double(points[i])) }
    }
  }
}
