import OrnsteinNumerics
import RealModule

/// The points that one worker carries, with the scratch of a step.
struct PhaseChunk<Scalar: BatchScalar> {
  let positions: UnsafeMutableBufferPointer<Scalar>
  let velocities: UnsafeMutableBufferPointer<Scalar>
  let score: UnsafeMutableBufferPointer<Scalar>
  /// The normals that enter positions and velocities.
  let first: UnsafeMutableBufferPointer<Scalar>
  /// The normals that enter velocities alone.
  let second: UnsafeMutableBufferPointer<Scalar>

  func drawNoise(_ a: NoiseStream, _ b: NoiseStream, element: UInt64) {
    Scalar.Kernels.normals(into: first, stream: a, first: element)
    Scalar.Kernels.normals(into: second, stream: b, first: element)
  }

  /// u -> F u + score * s + L z, with the noise drawn before.
  func move(_ move: PhaseMove, score response: PhaseVector?) {
    apply(move, response ?? PhaseVector(x: 0, v: 0), self, hasScore: response != nil)
  }

  /// The element of the first number that is not finite.
  func firstNotFinite(includingScore: Bool) -> Int? {
    search(self, includingScore: includingScore)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func apply<Scalar: BatchScalar>(
  _ move: PhaseMove, _ response: PhaseVector, _ chunk: PhaseChunk<Scalar>, hasScore: Bool
) {
  let factor = move.noise.factor
  let (xx, xv) = (Scalar(move.flow.xx), Scalar(move.flow.xv))
  let (vx, vv) = (Scalar(move.flow.vx), Scalar(move.flow.vv))
  let (nx, nvx, nvv) = (Scalar(factor.xx), Scalar(factor.vx), Scalar(factor.vv))
  let (sx, sv) = (Scalar(response.x), Scalar(response.v))
  for index in 0..<chunk.positions.count {
    let (x, v) = (chunk.positions[index], chunk.velocities[index])
    let (z, w) = (chunk.first[index], chunk.second[index])
    var (newX, newV) = (xx * x + xv * v + nx * z, vx * x + vv * v + nvx * z + nvv * w)
    if hasScore {
      newX += sx * chunk.score[index]
      newV += sv * chunk.score[index]
    }
    chunk.positions[index] = newX
    chunk.velocities[index] = newV
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func search<Scalar: BatchScalar>(
  _ chunk: PhaseChunk<Scalar>, includingScore: Bool
) -> Int? {
  for index in 0..<chunk.positions.count {
    guard chunk.positions[index].isFinite, chunk.velocities[index].isFinite else { return index }
    if includingScore, !chunk.score[index].isFinite { return index }
  }
  return nil
}
