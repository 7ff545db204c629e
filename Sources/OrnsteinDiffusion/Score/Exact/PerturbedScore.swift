import OrnsteinNumerics

/// An exact law whose score is wrong by a known error, the same at every noise level.
///
/// The score and its Jacobian (no longer symmetric, for an affine error that is not) are those with the
/// error; log-densities, posteriors, moments and draws are those of the law itself, so that what the
/// error costs can be measured against the truth.
public struct PerturbedScore<Scalar: BatchScalar>: ExactTarget {
  /// The law.
  public let base: any ExactTarget<Scalar>
  /// What is added to its score.
  public let error: ScoreError

  /// A law with an error of its score.
  ///
  /// - Throws: ``TargetError`` if the error does not fit the dimension.
  public init(_ base: any ExactTarget<Scalar>, error: ScoreError) throws(TargetError) {
    do throws(TargetError) {
      try error.validate(dimension: base.dimension)
    } catch {
      throw error.inside("error")
    }
    self.base = base
    self.error = error
  }

  /// The number of coordinates.
  public var dimension: Int { base.dimension }

  /// The multiply-adds of the law and of the error.
  public var multiplyAddsPerPoint: Int {
    switch error {
    case .constant: base.multiplyAddsPerPoint
    case .affine: base.multiplyAddsPerPoint + dimension * dimension
    case .sinusoidal: base.multiplyAddsPerPoint + 20 * dimension
    }
  }

  /// Whether the law has a density.
  public var hasDensity: Bool { base.hasDensity }

  /// The mean and covariance of the law.
  public var moments: DataMoments { base.moments }

  /// E |delta(X_t)|^2 at a level, `nil` for a sinusoidal error.
  public func meanSquaredError(at level: NoiseLevel) -> Double? {
    error.meanSquare(under: base.moments.noised(at: level))
  }

  /// Writes the score of each point, error included.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    base.score(of: points, at: level, into: &score, workspace: workspace)
    points.withUnsafeBufferPointer { points in
      score.withUnsafeMutableBufferPointer { score in
        addError(error, at: points, dimension: dimension, to: score)
      }
    }
  }

  /// Writes log p_t of each point under the law, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    base.logDensity(of: points, at: level, into: &output, workspace: workspace)
  }

  /// Writes the Jacobian of the score, error included, of each point times its direction.
  public func hessianProduct(
    of points: Span<Scalar>, with directions: Span<Scalar>, at level: NoiseLevel,
    into output: inout MutableSpan<Double>
  ) {
    base.hessianProduct(of: points, with: directions, at: level, into: &output)
    let d = dimension
    points.withUnsafeBufferPointer { points in
      directions.withUnsafeBufferPointer { directions in
        output.withUnsafeMutableBufferPointer { output in
          for row in 0..<points.count / d {
            error.addDerivative(
              at: { Double(points[row * d + $0]) }, along: { Double(directions[row * d + $0]) },
              to: { output[row * d + $0] += $1 })
          }
        }
      }
    }
  }

  /// Writes E[X_0 | X_t = x] of each point under the law.
  public func posteriorMean(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    base.posteriorMean(of: points, at: level, into: &output)
  }

  /// Writes Cov(X_0 | X_t = x) of each point under the law.
  public func posteriorCovariance(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>
  ) {
    base.posteriorCovariance(of: points, at: level, into: &output)
  }

  /// Writes exact draws of the law.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    base.drawExactly(rows: rows, key: key, into: &output)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addError<Scalar: BatchScalar>(
  _ error: ScoreError, at points: UnsafeBufferPointer<Scalar>, dimension: Int,
  to score: UnsafeMutableBufferPointer<Scalar>
) {
  for row in stride(from: 0, to: points.count, by: dimension) {
    error.add(
      at: { Double(points[row + $0]) },
      to: { score[row + $0] = Scalar(Double(score[row + $0]) + $1) })
  }
}
