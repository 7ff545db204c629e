import OrnsteinNumerics

/// A part of a step that is not affine in the points: step sizes from norms, acceptance of proposals.
///
/// An operation is a value; it sees one chunk of rows and must treat each row alone, or, if it
/// `couplesRows`, whole blocks of ``Sampler/chunkRows`` rows.
public protocol PointOperation: Sendable {
  /// Whether a row's result depends on the other rows of its block; such a program always works on
  /// whole blocks, so that the rows asked for do not change the result.
  var couplesRows: Bool { get }

  /// The score evaluations that it costs a point.
  var evaluations: Int { get }

  /// Whether it asks the model for log-densities (``ChunkState/logDensityModel``).
  var requiresLogDensity: Bool { get }

  /// Works on one chunk.
  func apply<Scalar: BatchScalar>(to chunk: ChunkState<Scalar>)
}

extension PointOperation {
  /// Scores suffice.
  public var requiresLogDensity: Bool { false }
}

/// The registers of one chunk of rows while a program runs.
public struct ChunkState<Scalar: BatchScalar> {
  /// The rows of the chunk in the endless sample.
  public let rows: Range<Int>
  /// The number of coordinates of a point.
  public let dimension: Int
  /// The score model.
  public let model: any ScoreModel<Scalar>
  /// The score model if it knows log-densities; not `nil` where the program requires them.
  public let logDensityModel: (any LogDensityModel<Scalar>)?
  /// The randomness of the run.
  public let key: NoiseKey
  /// Scratch memory of this thread.
  public let workspace: Workspace
  let points: UnsafeMutableBufferPointer<Scalar>
  let scratch: UnsafeMutableBufferPointer<Scalar>

  /// The number of coordinates of a register: rows times dimension.
  public var count: Int { points.count }

  /// The place of the first coordinate of the chunk in a stream of noise.
  public var firstElement: UInt64 { UInt64(rows.lowerBound) * UInt64(dimension) }

  /// The coordinates of a register, row-major.
  public subscript(register: Register) -> UnsafeMutableBufferPointer<Scalar> {
    guard register != .position else { return points }
    let first = (register.index - 1) * points.count
    return UnsafeMutableBufferPointer(rebasing: scratch[first..<first + points.count])
  }

  /// output <- score of the points in `register`.
  public func evaluate(_ register: Register, at level: NoiseLevel, into output: Register) {
    var span = MutableSpan(_unsafeElements: self[output])
    model.score(
      of: Span(_unsafeElements: UnsafeBufferPointer(self[register])), at: level, into: &span,
      workspace: workspace)
  }
}
