import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Synchronization

/// Points carried from the data into noise along exact transitions, and what the score does along the
/// way.
///
/// In reversed time e^{-t} s_t(X_t), the denoiser m_t(X_t) and e^t (s_t(X_t) + X_t) are martingales. So
///
///     e^{-2a} J(a) - e^{-2b} J(b) = E|e^{-a} s_a - e^{-b} s_b|^2  for a < b,
///
/// and likewise for M and for e^{2t} I: every difference that the cost of a step is made of is measured
/// as a mean of squares, with a small relative error however small it is, and what is measured is
/// monotone by itself. The squares are compared with those of the normal law of the same variances and
/// with those of the noise alone, whose means are known.
struct ForwardPaths<Scalar: BatchScalar>: Sendable {
  /// Where a path begins.
  enum Origin: Sendable {
    /// At points of the data, without noise.
    case data
    /// At points of the first level.
    case firstLevel
  }

  /// The score.
  let model: any ScoreModel<Scalar>
  /// The mean and variances of the data.
  let moments: DataMoments
  /// Ascending canonical times.
  let times: [Double]
  /// The number of paths.
  let rows: Int
  let origin: Origin
  let key: NoiseKey
  /// Writes some rows of where paths begin.
  let start: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Scalar>) -> Void

  /// The number of groups, which the standard errors are made of.
  static var groups: Int { 64 }

  /// The sums of every group, and the last points of all paths.
  func run(threads: Int) throws -> (groups: [PathSums], last: Batch<Scalar>) {
    let d = model.dimension
    let size = max(1, (rows + Self.groups - 1) / Self.groups)
    let chunks = Chunks(of: 0..<rows, size: size)
    let sums = Mutex<[PathSums]>(
      Array(repeating: PathSums(levels: times.count), count: chunks.count))
    let last = try Batch<Scalar>(unsafeUninitializedCount: rows, dimension: d) { output in
      nonisolated(unsafe) let output = output
      try chunks.forEach(threads: threads) { rows, workspace in
        let part = UnsafeMutableBufferPointer(
          rebasing: output[rows.lowerBound * d..<rows.upperBound * d])
        let group = measure(rows, into: part, workspace)
        sums.withLock { $0[rows.lowerBound / size] = group }
      }
    }
    return (sums.withLock { $0 }, last)
  }

  private func measure(
    _ rows: Range<Int>, into points: UnsafeMutableBufferPointer<Scalar>, _ workspace: Workspace
  ) -> PathSums {
    var state = PathState<Scalar>(
      rows: rows, dimension: model.dimension, moments: moments, levels: times.count)
    let first = UInt64(rows.lowerBound) * UInt64(model.dimension)
    start(rows, points)
    if origin == .data { state.setOrigin(points) }
    workspace.withBuffer(of: Scalar.self, count: points.count) { score in
      var before = StepEnd(0)
      for (index, time) in times.enumerated() {
        let end = StepEnd(time)
        if index > 0 || origin == .data {
          // From clean data the ratio of scales is alpha, and the variance sigma^2.
          let gap = time - before.time
          Scalar.Kernels.normals(
            into: score, stream: key.stream(.pathNoise, step: index), first: first)
          move(points, by: .exp(-gap), score, (-Double.expMinusOne(-2 * gap)).squareRoot())
        }
        let level = NoiseLevel(
          time: time, alpha: end.signal, sigma: end.variance.squareRoot())
        var span = MutableSpan(_unsafeElements: score)
        model.score(
          of: Span(_unsafeElements: UnsafeBufferPointer(points)), at: level, into: &span,
          workspace: workspace)
        state.add(points, score, at: end, index: index)
        before = end
      }
    }
    state.finish()
    return state.sums
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func move<Scalar: BatchScalar>(
  _ points: UnsafeMutableBufferPointer<Scalar>, by ratio: Double,
  _ noise: UnsafeMutableBufferPointer<Scalar>, _ deviation: Double
) {
  let (ratio, deviation) = (Scalar(ratio), Scalar(deviation))
  for index in points.indices { points[index] = ratio * points[index] + deviation * noise[index] }
}
