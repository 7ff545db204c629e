import OrnsteinNumerics

/// The score of noised data in phase space with respect to velocities: all that the reverse process
/// needs.
public protocol PhaseSpaceModel<Scalar>: Sendable {
  /// The number type of the points.
  associatedtype Scalar: BatchScalar
  /// The number of coordinates of a position.
  var dimension: Int { get }

  /// Writes grad_v log p_t(x, v) for each point; thread-safe.
  ///
  /// - Parameters:
  ///   - positions: `count * dimension` numbers.
  ///   - velocities: As many.
  ///   - time: Above 0.
  ///   - process: What noised the data.
  ///   - score: Receives as many numbers.
  ///   - workspace: Scratch memory of the caller's thread.
  func velocityScore(
    of positions: Span<Scalar>, _ velocities: Span<Scalar>, at time: Double,
    of process: CriticallyDampedLangevin, into score: inout MutableSpan<Scalar>,
    workspace: Workspace)
}
