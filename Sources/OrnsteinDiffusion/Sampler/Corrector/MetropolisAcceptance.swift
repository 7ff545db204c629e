import OrnsteinNumerics
import RealModule

/// Accepts or rejects Langevin proposals so that the law of a level is kept exactly.
///
/// A proposal y = x + h s(x) + sqrt(2h) z is accepted with log-probability
///
///     log p(y) - log p(x) - |x - y - h s(y)|^2 / (4h) + |y - x - h s(x)|^2 / (4h)
///
/// A row whose ratio is not a number becomes one that is not, for the driver to name.
///
/// - Cost: two log-densities a point; the scores are those of the registers.
/// - Source: Roberts, Tweedie, Bernoulli 2 (1996), section 1.4.
public struct MetropolisAcceptance: PointOperation, Hashable {
  /// Where the operation finds what it compares.
  public struct Registers: Sendable, Hashable {
    /// The score of the points; that of the proposals where they are accepted.
    public let score: Register
    /// The proposals.
    public let proposal: Register
    /// The score of the proposals.
    public let proposedScore: Register
  }

  /// The level whose law is kept.
  public let level: NoiseLevel
  /// h, in squared units of the points.
  public let step: Double
  /// Where the operation finds what it compares.
  public let registers: Registers
  /// The number of its stream of uniforms; the row is the element.
  public let stream: Int

  /// Rows decide alone.
  public var couplesRows: Bool { false }

  /// The scores were evaluated before.
  public var evaluations: Int { 0 }

  /// Densities are compared.
  public var requiresLogDensity: Bool { true }

  /// The logarithm of the Metropolis-Hastings ratio.
  ///
  /// - Parameters:
  ///   - gain: log p(y) - log p(x).
  ///   - forward: |y - x - h s(x)|^2.
  ///   - backward: |x - y - h s(y)|^2.
  public func logRatio(gain: Double, forward: Double, backward: Double) -> Double {
    gain + (forward - backward) / (4 * step)
  }

  /// Decides for each row.
  public func apply<Scalar: BatchScalar>(to chunk: ChunkState<Scalar>) {
    guard let model = chunk.logDensityModel else {
      preconditionFailure("A program that needs log-densities runs with a model without them.")
    }
    let rows = chunk.rows.count
    chunk.workspace.withBuffer(of: Double.self, count: 3 * rows) { numbers in
      let current = UnsafeMutableBufferPointer(rebasing: numbers[..<rows])
      let proposed = UnsafeMutableBufferPointer(rebasing: numbers[rows..<2 * rows])
      let uniforms = UnsafeMutableBufferPointer(rebasing: numbers[(2 * rows)...])
      write(model, chunk, .position, into: current)
      write(model, chunk, registers.proposal, into: proposed)
      DoubleKernels.uniforms(
        into: uniforms, stream: chunk.key.stream(.acceptance, step: stream),
        first: UInt64(chunk.rows.lowerBound))
      for row in 0..<rows { proposed[row] -= current[row] }
      decide(
        self, gains: proposed, uniforms: uniforms, dimension: chunk.dimension, chunk.points,
        chunk[registers.score], chunk[registers.proposal], chunk[registers.proposedScore])
    }
  }

  private func write<Scalar: BatchScalar>(
    _ model: any LogDensityModel<Scalar>, _ chunk: ChunkState<Scalar>, _ register: Register,
    into densities: UnsafeMutableBufferPointer<Double>
  ) {
    var span = MutableSpan(_unsafeElements: densities)
    model.logDensity(
      of: Span(_unsafeElements: UnsafeBufferPointer(chunk[register])), at: level, into: &span,
      workspace: chunk.workspace)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func decide<Scalar: BatchScalar>(
  _ rule: MetropolisAcceptance, gains: UnsafeMutableBufferPointer<Double>,
  uniforms: UnsafeMutableBufferPointer<Double>, dimension: Int,
  _ points: UnsafeMutableBufferPointer<Scalar>, _ scores: UnsafeMutableBufferPointer<Scalar>,
  _ proposals: UnsafeMutableBufferPointer<Scalar>,
  _ proposedScores: UnsafeMutableBufferPointer<Scalar>
) {
  for row in 0..<gains.count {
    let first = row * dimension
    var (forward, backward) = (0.0, 0.0)
    for index in first..<first + dimension {
      let move = Double(proposals[index]) - Double(points[index])
      let away = move - rule.step * Double(scores[index])
      let back = move + rule.step * Double(proposedScores[index])
      forward += away * away
      backward += back * back
    }
    let ratio = rule.logRatio(gain: gains[row], forward: forward, backward: backward)
    if ratio.isNaN {
      for index in first..<first + dimension { points[index] = .nan }
    } else if Double.log(uniforms[row]) <= ratio {
      for index in first..<first + dimension {
        points[index] = proposals[index]
        scores[index] = proposedScores[index]
      }
    }
  }
}
