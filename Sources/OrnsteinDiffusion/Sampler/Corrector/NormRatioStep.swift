import OrnsteinNumerics
import RealModule

/// A Langevin step whose length makes the noise a given multiple of the score.
///
///     x <- x + eps g + sqrt(2 eps) z,  eps = 2 a (r |z| / |g|)^2
///
/// with g the score and z the normals of two registers. The norms are those of each row, or their
/// means over the block of rows. Where the score vanishes (|g| < 1e-30) the ratio says nothing and
/// the point stays.
public struct NormRatioStep: PointOperation, Hashable {
  /// r, the ratio of signal to noise.
  public let ratio: Double
  /// a, a factor of the step.
  public let factor: Double
  /// The largest eps.
  public let longest: Double
  /// The register of the score.
  public let score: Register
  /// The register of the normals.
  public let normals: Register
  /// Whether norms are means over the block.
  public let couplesRows: Bool

  /// The score was evaluated before.
  public var evaluations: Int { 0 }

  /// eps for the norms of a score and of normals.
  public func step(scoreNorm: Double, noiseNorm: Double) -> Double {
    guard !(scoreNorm < 1e-30) else { return 0 }
    let share = ratio * noiseNorm / scoreNorm
    return min(2 * factor * share * share, longest)
  }

  /// Moves each row.
  public func apply<Scalar: BatchScalar>(to chunk: ChunkState<Scalar>) {
    move(self, chunk.points, chunk[score], chunk[normals], dimension: chunk.dimension)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func move<Scalar: BatchScalar>(
  _ rule: NormRatioStep, _ points: UnsafeMutableBufferPointer<Scalar>,
  _ scores: UnsafeMutableBufferPointer<Scalar>, _ normals: UnsafeMutableBufferPointer<Scalar>,
  dimension: Int
) {
  func norm(_ numbers: UnsafeMutableBufferPointer<Scalar>, _ first: Int) -> Double {
    var sum = 0.0
    for index in first..<first + dimension {
      sum += Double(numbers[index]) * Double(numbers[index])
    }
    return .sqrt(sum)
  }
  func move(_ first: Int, by step: Double) {
    let (drift, noise) = (Scalar(step), Scalar(Double.sqrt(2 * step)))
    for index in first..<first + dimension {
      points[index] += drift * scores[index] + noise * normals[index]
    }
  }
  let rows = stride(from: 0, to: points.count, by: dimension)
  guard rule.couplesRows else {
    for first in rows {
      move(
        first, by: rule.step(scoreNorm: norm(scores, first), noiseNorm: norm(normals, first)))
    }
    return
  }
  var (scoreSum, noiseSum) = (0.0, 0.0)
  for first in rows {
    scoreSum += norm(scores, first)
    noiseSum += norm(normals, first)
  }
  let count = Double(points.count / dimension)
  let step = rule.step(scoreNorm: scoreSum / count, noiseNorm: noiseSum / count)
  for first in rows { move(first, by: step) }
}
