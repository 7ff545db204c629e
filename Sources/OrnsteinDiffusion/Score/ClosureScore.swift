import OrnsteinNumerics

/// A score given by a closure, for quick trials and tests.
public struct ClosureScore<Scalar: BatchScalar>: ScoreModel {
  /// Gets the points, the level and the buffer that takes the score, all row-major.
  public typealias Body =
    @Sendable (Span<Scalar>, NoiseLevel, inout MutableSpan<Scalar>) -> Void

  /// The number of coordinates of a point.
  public let dimension: Int
  /// The multiply-adds of one evaluation at one point, 0 if unknown.
  public let multiplyAddsPerPoint: Int
  private let body: Body

  /// A score by its rule, which must be pure and may be called from many threads.
  public init(dimension: Int, multiplyAddsPerPoint: Int = 0, _ body: @escaping Body) {
    self.dimension = dimension
    self.multiplyAddsPerPoint = multiplyAddsPerPoint
    self.body = body
  }

  /// Writes the score of each point as the closure says.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    body(points, level, &score)
  }
}
