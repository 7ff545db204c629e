import OrnsteinNumerics

/// A score model that also knows log p_t itself.
public protocol LogDensityModel<Scalar>: ScoreModel {
  /// Writes log p_t of each point, in nats.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - level: The noise level; `sigma` may be 0 where the data has a density.
  ///   - output: Receives `n` numbers.
  ///   - workspace: Scratch memory of the calling thread.
  func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace)
}

extension LogDensityModel {
  /// log p_t of each point, in nats.
  public func logDensity(of points: Batch<Scalar>, at level: NoiseLevel) -> [Double] {
    precondition(
      points.dimension == dimension,
      "A model of dimension \(dimension) got points of dimension \(points.dimension).")
    var output = [Double](repeating: 0, count: points.count)
    let workspace = Workspace()
    points.withSpan { points in
      var span = output.mutableSpan
      logDensity(of: points, at: level, into: &span, workspace: workspace)
    }
    return output
  }
}

/// A score model that also knows the Hessian of log p_t, the Jacobian of its score.
public protocol HessianModel<Scalar>: ScoreModel {
  /// Writes the Hessian of each point, `d * d` numbers each.
  func hessian(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>)

  /// Writes the trace of the Hessian of each point.
  func hessianTrace(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>)

  /// Writes the Hessian of each point times a direction of its own.
  func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>)
}

/// A score model that differentiates its score along a direction, at about the cost of two scores.
///
/// What likelihoods by Hutchinson's trace, Lipschitz constants by power iteration and Jacobians of
/// samplers are made of. The Jacobian of a learned score need not be symmetric: the product is the
/// Jacobian times the direction.
public protocol DirectionalScoreModel<Scalar>: ScoreModel {
  /// Writes the score of each point, and its derivative along a direction of each point's own.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - directions: As many numbers.
  ///   - level: The noise level, with `sigma > 0`.
  ///   - score: Receives as many numbers.
  ///   - derivative: Receives as many numbers, J(x) v.
  ///   - workspace: Scratch memory of the calling thread.
  func score(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivative: inout MutableSpan<Scalar>,
    workspace: Workspace)

  /// Writes the score of each point, and its derivatives along several directions.
  ///
  /// Costs a score and as many derivatives where the model shares the score among them; without an
  /// implementation of its own, as many pairs of both.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - directions: One or more blocks of `n * dimension` numbers, one after the other: the first
  ///     direction of every point, then the second of every point, and so on.
  ///   - level: The noise level, with `sigma > 0`.
  ///   - score: Receives `n * dimension` numbers.
  ///   - derivatives: Receives as many numbers as there are in `directions`, in the same order.
  ///   - workspace: Scratch memory of the calling thread.
  func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace)
}

/// A score model that knows the law of the clean point given the noised one.
public protocol PosteriorModel<Scalar>: ScoreModel {
  /// Writes E[X_0 | X_t = x] for each point, `d` numbers each.
  func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>)

  /// Writes Cov(X_0 | X_t = x) for each point, `d * d` numbers each.
  func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>)
}

/// A law from which points can be drawn exactly, any row on its own.
public protocol ExactlySampled<Scalar>: Sendable {
  /// The number type of the points.
  associatedtype Scalar: BatchScalar

  /// The number of coordinates of a point.
  var dimension: Int { get }

  /// Writes some rows of the endless sample that belongs to a key.
  ///
  /// - Parameters:
  ///   - rows: Which rows; each comes out the same whatever its neighbours.
  ///   - key: The randomness.
  ///   - output: Receives `rows.count * dimension` numbers.
  func drawExactly(rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>)
}

extension ExactlySampled {
  /// Some rows of the endless sample that belongs to a key.
  public func drawExactly(rows: Range<Int>, key: NoiseKey) -> Batch<Scalar> {
    var output = Batch<Scalar>(count: rows.count, dimension: dimension)
    output.withMutableSpan { drawExactly(rows: rows, key: key, into: &$0) }
    return output
  }
}
