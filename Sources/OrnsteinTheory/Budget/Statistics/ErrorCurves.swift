import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// What a known error delta of the score costs at some times.
struct ErrorCurves: Sendable {
  /// E|delta|^2.
  var squared: [Double]
  /// E<delta, score>, which is -E div delta.
  var score: [Double]
  /// E<delta, x>.
  var position: [Double]

  /// The closed curves of a constant or affine error; `nil` for a sinusoid.
  init?(_ error: ScoreError, moments: DataMoments, times: [Double]) {
    squared = []
    score = []
    position = []
    let d = moments.dimension
    for time in times {
      let law = moments.noised(at: OrnsteinUhlenbeck.canonical.level(at: time))
      guard let square = error.meanSquare(under: law) else { return nil }
      squared.append(square)
      switch error {
      case .constant(let vector):
        score.append(0)
        position.append(zip(vector, law.mean).reduce(0) { $0 + $1.0 * $1.1 })
      case .affine(let matrix, let offset):
        var (trace, along) = (0.0, 0.0)
        for i in 0..<d {
          trace += matrix[i][i]
          along += offset[i] * law.mean[i]
          for j in 0..<d {
            along +=
              matrix[i][j] * (law.covariance[i * d + j] + law.mean[i] * law.mean[j])
          }
        }
        score.append(-trace)
        position.append(along)
      case .sinusoidal: return nil
      }
    }
  }

  private init(count: Int) {
    squared = [Double](repeating: 0, count: count)
    score = squared
    position = squared
  }

  /// The curves of a sinusoidal error over groups of exact draws, with the same points and noise at
  /// all times; the first are those of all draws.
  static func sinusoidal(
    amplitude: [Double], frequency: [Double], target: any ExactTarget<Double>, times: [Double],
    rows: Int, key: NoiseKey
  ) -> [ErrorCurves] {
    let d = target.dimension
    let size = max(1, (rows + ForwardPaths<Double>.groups - 1) / ForwardPaths<Double>.groups)
    var groups: [ErrorCurves] = []
    var all = ErrorCurves(count: times.count)
    let ends = times.map(StepEnd.init)
    for first in stride(from: 0, to: rows, by: size) {
      let range = first..<min(first + size, rows)
      let points = target.drawExactly(rows: range, key: key).elements
      var noise = points
      noise.withUnsafeMutableBufferPointer {
        DoubleKernels.normals(
          into: $0, stream: key.stream(.budgetNoise), first: UInt64(range.lowerBound * d))
      }
      var group = ErrorCurves(count: times.count)
      for (index, end) in ends.enumerated() {
        let (alpha, sigma) = (end.signal, end.variance.squareRoot())
        for element in points.indices {
          let axis = element % d
          let x = alpha * points[element] + sigma * noise[element]
          let delta = amplitude[axis] * .sin(frequency[axis] * x)
          group.squared[index] += delta * delta
          group.score[index] -= amplitude[axis] * frequency[axis] * .cos(frequency[axis] * x)
          group.position[index] += delta * x
        }
      }
      all.add(group, factor: 1 / Double(rows))
      var mean = ErrorCurves(count: times.count)
      mean.add(group, factor: 1 / Double(range.count))
      groups.append(mean)
    }
    return [all] + groups
  }

  private mutating func add(_ other: ErrorCurves, factor: Double) {
    for index in squared.indices {
      squared[index] += factor * other.squared[index]
      score[index] += factor * other.score[index]
      position[index] += factor * other.position[index]
    }
  }

  /// The curves at other times, by cubic interpolation over log(alpha / sigma).
  func interpolated(from times: [Double], to wanted: [Double]) -> ErrorCurves {
    let places = times.map { -StepEnd($0).logSNR }
    let target = wanted.map { -StepEnd($0).logSNR }
    func moved(_ values: [Double]) -> [Double] {
      let curve = HermiteCurve(nodes: places, values: values)
      return target.map { curve.value(at: $0).value }
    }
    var result = ErrorCurves(count: wanted.count)
    result.squared = moved(squared)
    result.score = moved(score)
    result.position = moved(position)
    return result
  }
}
