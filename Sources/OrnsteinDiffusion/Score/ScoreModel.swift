public import OrnsteinNumerics

/// The score of noised data: x, level -> grad log p_t(x).
///
/// Conform your own type to sample from it with every sampler. Called from many threads at once, on
/// any cut of the points into batches, so the score of a point must not depend on its batch-mates,
/// and nothing may be allocated per point: scratch memory comes from the workspace.
public protocol ScoreModel<Scalar>: Sendable {
  /// The number type of the points.
  associatedtype Scalar: BatchScalar

  /// The number of coordinates of a point.
  var dimension: Int { get }

  /// The multiply-adds of one evaluation at one point, for cost estimates; 0 if unknown.
  var multiplyAddsPerPoint: Int { get }

  /// Writes the score of each point.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - level: The noise level, with `sigma > 0`.
  ///   - score: Receives `n * dimension` numbers.
  ///   - workspace: Scratch memory of the calling thread.
  func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace)
}
