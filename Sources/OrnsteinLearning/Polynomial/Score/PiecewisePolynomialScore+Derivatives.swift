import OrnsteinDiffusion
import OrnsteinNumerics

/// The derivatives of the polynomials themselves; the jumps between cells have none.
extension PiecewisePolynomialScore: DirectionalScoreModel {
  /// Writes the score of each point and its derivative along a direction of each point's own.
  public func score(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivative: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    self.score(
      of: points, alongEach: directions, at: level, into: &score, derivatives: &derivative,
      workspace: workspace)
  }

  /// Writes the score of each point once and its derivatives along several directions.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    let count = points.count
    precondition(
      count == score.count && count.isMultiple(of: dimension)
        && directions.count == derivatives.count
        && (count == 0 ? directions.isEmpty : directions.count.isMultiple(of: count)),
      "\(count) coordinates of dimension \(dimension) do not fit a score of \(score.count) numbers, "
        + "directions of \(directions.count) and derivatives of \(derivatives.count).")
    points.withUnsafeBufferPointer { points in
      directions.withUnsafeBufferPointer { directions in
        score.withUnsafeMutableBufferPointer { score in
          derivatives.withUnsafeMutableBufferPointer { derivatives in
            evaluate(points, at: level, into: score, directions, derivatives, workspace: workspace)
          }
        }
      }
    }
  }
}
