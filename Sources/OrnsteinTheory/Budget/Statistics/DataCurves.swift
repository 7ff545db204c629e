import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Synchronization

/// What a model's score says about data at some times: everything that the cost of a step needs but
/// the integrals that no grid changes.
///
/// Points of the data are noised with +xi and -xi, the same points and noise at all times, and the true
/// score is replaced by -xi / sigma, which has it for its conditional mean.
struct DataCurves: Sendable {
  /// E|model score|^2.
  var squared: [Double]
  /// E<model score, score>.
  var score: [Double]
  /// E<model score, x>.
  var position: [Double]
  /// E|X_0 - model denoiser|^2.
  var loss: [Double]

  private init(count: Int) {
    squared = [Double](repeating: 0, count: count)
    score = squared
    position = squared
    loss = squared
  }

  private static var paths: [WritableKeyPath<DataCurves, [Double]>] {
    [
      \.squared, \.score, \.position, \.loss,
    ]
  }

  private mutating func add(_ other: DataCurves, factor: Double) {
    for path in Self.paths {
      for index in squared.indices {
        self[keyPath: path][index] += factor * other[keyPath: path][index]
      }
    }
  }

  /// The curves over all rows, then those of groups of rows.
  ///
  /// - Parameters:
  ///   - rows: The number of draws of a point and a noise; row r takes point r modulo their number.
  static func measure<Scalar: BatchScalar>(
    _ model: any ScoreModel<Scalar>, on data: Batch<Scalar>, times: [Double], rows: Int,
    key: NoiseKey, threads: Int
  ) throws -> [DataCurves] {
    let d = model.dimension
    let size = max(1, (rows + ForwardPaths<Scalar>.groups - 1) / ForwardPaths<Scalar>.groups)
    let chunks = Chunks(of: 0..<rows, size: size)
    let groups = Mutex<[DataCurves]>(
      Array(repeating: DataCurves(count: times.count), count: chunks.count))
    try chunks.forEach(threads: threads) { rows, workspace in
      var sums = DataCurves(count: times.count)
      let count = rows.count * d
      workspace.withBuffer(of: Scalar.self, count: 4 * count) { buffer in
        let clean = UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
        let noise = UnsafeMutableBufferPointer(rebasing: buffer[count..<2 * count])
        let points = UnsafeMutableBufferPointer(rebasing: buffer[2 * count..<3 * count])
        let score = UnsafeMutableBufferPointer(rebasing: buffer[3 * count..<4 * count])
        data.withUnsafeBufferPointer { data in
          for row in rows {
            let from = row % (data.count / d) * d
            for axis in 0..<d { clean[(row - rows.lowerBound) * d + axis] = data[from + axis] }
          }
        }
        Scalar.Kernels.normals(
          into: noise, stream: key.stream(.budgetNoise),
          first: UInt64(rows.lowerBound) * UInt64(d))
        for (index, time) in times.enumerated() {
          let level = OrnsteinUhlenbeck.canonical.level(at: time)
          for sign in [1.0, -1.0] {
            noised(clean, noise, level.alpha, sign * level.sigma, into: points)
            var span = MutableSpan(_unsafeElements: score)
            model.score(
              of: Span(_unsafeElements: UnsafeBufferPointer(points)), at: level, into: &span,
              workspace: workspace)
            let moments = products(clean, noise, points, score, level, sign)
            sums.squared[index] += moments.squared / 2
            sums.score[index] += moments.score / 2
            sums.position[index] += moments.position / 2
            sums.loss[index] += moments.loss / 2
          }
        }
      }
      groups.withLock { $0[rows.lowerBound / size] = sums }
    }
    var all = DataCurves(count: times.count)
    var means: [DataCurves] = []
    for (index, sums) in groups.withLock({ $0 }).enumerated() {
      all.add(sums, factor: 1 / Double(rows))
      var mean = DataCurves(count: times.count)
      mean.add(sums, factor: 1 / Double(chunks[index].count))
      means.append(mean)
    }
    return [all] + means
  }

  /// The curves at other times, by cubic interpolation of bounded multiples over log(alpha / sigma).
  func interpolated(from times: [Double], to wanted: [Double]) -> DataCurves {
    let ends = (times.map(StepEnd.init), wanted.map(StepEnd.init))
    let (places, target) = (ends.0.map { -$0.logSNR }, ends.1.map { -$0.logSNR })
    var result = DataCurves(count: wanted.count)
    for path in Self.paths {
      func scale(_ end: StepEnd) -> Double {
        path == \DataCurves.loss ? end.signalToNoise : path == \.position ? 1 : end.variance
      }
      let curve = HermiteCurve(
        nodes: places,
        values: times.indices.map { self[keyPath: path][$0] * scale(ends.0[$0]) })
      result[keyPath: path] = wanted.indices.map {
        curve.value(at: target[$0]).value / scale(ends.1[$0])
      }
    }
    return result
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func noised<Scalar: BatchScalar>(
  _ clean: UnsafeMutableBufferPointer<Scalar>, _ noise: UnsafeMutableBufferPointer<Scalar>,
  _ alpha: Double, _ sigma: Double, into points: UnsafeMutableBufferPointer<Scalar>
) {
  let (alpha, sigma) = (Scalar(alpha), Scalar(sigma))
  for index in points.indices { points[index] = alpha * clean[index] + sigma * noise[index] }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func products<Scalar: BatchScalar>(
  _ clean: UnsafeMutableBufferPointer<Scalar>, _ noise: UnsafeMutableBufferPointer<Scalar>,
  _ points: UnsafeMutableBufferPointer<Scalar>, _ score: UnsafeMutableBufferPointer<Scalar>,
  _ level: NoiseLevel, _ sign: Double
) -> (squared: Double, score: Double, position: Double, loss: Double) {
  var sums = (squared: 0.0, score: 0.0, position: 0.0, loss: 0.0)
  let gain = level.sigma * level.sigma
  for index in points.indices {
    let (x, s, xi) = (Double(points[index]), Double(score[index]), sign * Double(noise[index]))
    let error = Double(clean[index]) - (x + gain * s) / level.alpha
    sums.squared += s * s
    sums.score -= s * xi / level.sigma
    sums.position += s * x
    sums.loss += error * error
  }
  return sums
}
