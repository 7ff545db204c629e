import OrnsteinNumerics

/// The law of one coordinate at one noise level, for targets whose coordinates are independent and
/// alike.
protocol CoordinateLaw: Sendable {
  var level: NoiseLevel { get }

  /// The derivative of the log-density.
  func score(_ x: Double) -> Double

  /// The log-density.
  func logDensity(_ x: Double) -> Double

  /// The law of the clean coordinate given the noised one.
  func posterior(_ x: Double) -> (mean: Double, variance: Double)
}

extension CoordinateLaw {
  /// The second derivative of the log-density, (alpha^2 Var(X_0 | x) / sigma^2 - 1) / sigma^2.
  func curvature(_ x: Double) -> Double {
    let ratio = level.alpha / level.sigma
    return (ratio * ratio * posterior(x).variance - 1) / (level.sigma * level.sigma)
  }

  func writePosteriorCovariance<Scalar: BatchScalar>(
    of points: Span<Scalar>, dimension d: Int, into output: inout MutableSpan<Double>
  ) {
    for index in 0..<output.count { output[index] = 0 }
    for index in 0..<points.count {
      output[index * d + index % d] = posterior(Double(points[index])).variance
    }
  }

  func writePosteriorMean<Scalar: BatchScalar>(
    of points: Span<Scalar>, into output: inout MutableSpan<Double>
  ) {
    for index in 0..<points.count { output[index] = posterior(Double(points[index])).mean }
  }

  func writeHessian<Scalar: BatchScalar>(
    of points: Span<Scalar>, dimension d: Int, into output: inout MutableSpan<Double>
  ) {
    for index in 0..<output.count { output[index] = 0 }
    for index in 0..<points.count {
      output[index * d + index % d] = curvature(Double(points[index]))
    }
  }

  func writeHessianTrace<Scalar: BatchScalar>(
    of points: Span<Scalar>, dimension d: Int, into output: inout MutableSpan<Double>
  ) {
    for row in 0..<output.count {
      var sum = 0.0
      for index in row * d..<(row + 1) * d { sum += curvature(Double(points[index])) }
      output[row] = sum
    }
  }

  func writeHessianProduct<Scalar: BatchScalar>(
    of points: Span<Scalar>, with directions: Span<Scalar>,
    into output: inout MutableSpan<Double>
  ) {
    for index in 0..<points.count {
      output[index] = curvature(Double(points[index])) * Double(directions[index])
    }
  }
}

/// Writes the score of each coordinate.
@specialized(where Scalar == Float, Law == VertexLaw)
@specialized(where Scalar == Double, Law == VertexLaw)
@specialized(where Scalar == Float, Law == IntervalLaw)
@specialized(where Scalar == Double, Law == IntervalLaw)
func writeScores<Scalar: BatchScalar, Law: CoordinateLaw>(
  of points: UnsafeBufferPointer<Scalar>, under law: Law,
  into score: UnsafeMutableBufferPointer<Scalar>
) {
  for index in 0..<points.count { score[index] = Scalar(law.score(Double(points[index]))) }
}

/// Writes the sum of the log-densities of the coordinates of each point.
@specialized(where Scalar == Float, Law == VertexLaw)
@specialized(where Scalar == Double, Law == VertexLaw)
@specialized(where Scalar == Float, Law == IntervalLaw)
@specialized(where Scalar == Double, Law == IntervalLaw)
func writeLogDensities<Scalar: BatchScalar, Law: CoordinateLaw>(
  of points: UnsafeBufferPointer<Scalar>, under law: Law, dimension: Int,
  into output: UnsafeMutableBufferPointer<Double>
) {
  for row in 0..<output.count {
    var sum = 0.0
    for index in row * dimension..<(row + 1) * dimension {
      sum += law.logDensity(Double(points[index]))
    }
    output[row] = sum
  }
}
