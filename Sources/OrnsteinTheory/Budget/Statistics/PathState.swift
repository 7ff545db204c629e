import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The martingales of some paths at the level that they have reached.
struct PathState<Scalar: BatchScalar> {
  /// What the paths have given so far.
  private(set) var sums: PathSums
  private let dimension: Int
  private let controls: PathControls
  private var origin: [Double] = []
  /// For each coordinate of each path its point less the mean, and the three martingales.
  private var centred: [Double]
  private var martingales: [[Double]]
  private var factors: [[Double]] = []
  private var before = StepEnd(1)
  private var index = -1

  init(rows: Range<Int>, dimension: Int, moments: DataMoments, levels: Int) {
    sums = PathSums(levels: levels)
    sums.rows = rows.count
    self.dimension = dimension
    controls = PathControls(moments)
    centred = [Double](repeating: 0, count: rows.count * dimension)
    martingales = Array(repeating: centred, count: PathSums.kinds)
  }

  /// Says where the paths began, for the control by their noise.
  mutating func setOrigin(_ points: UnsafeMutableBufferPointer<Scalar>) {
    origin = points.map { Double($0) }
  }

  /// Adds the changes since the level before.
  mutating func add(
    _ points: UnsafeMutableBufferPointer<Scalar>, _ score: UnsafeMutableBufferPointer<Scalar>,
    at end: StepEnd, index: Int
  ) {
    let now = PathControls.Martingale.allCases.map { controls.factors($0, at: end) }
    let old = index == 0 ? now : factors
    let expected = (0..<PathSums.kinds).map { kind in
      index == 0
        ? firstExpectation(kind, now[kind], at: end)
        : controls.expectedChange(from: before, old[kind], to: end, now[kind])
    }
    let noiseExpected =
      Double(dimension)
      * (index == 0 ? end.signalToNoise : before.signalToNoise - end.signalToNoise)
    let (gain, inverse) = (end.variance / end.signal, 1 / end.signal)
    let (noiseNow, noiseOld) = (
      end.signal / end.variance, index == 0 ? 0 : before.signal / before.variance
    )
    let (signalNow, signalOld) = (end.signal, before.signal)
    let (hasOrigin, d) = (!origin.isEmpty, dimension)
    let mean = controls.mean
    for row in 0..<sums.rows {
      var (y0, y1, y2, c0, c1, c2, noise) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
      for axis in 0..<d {
        let at = row * d + axis
        let (x, s) = (Double(points[at]), Double(score[at]))
        let (y, past) = (x - signalNow * mean[axis], centred[at])
        let scaled = signalNow * s
        let denoised = x * inverse + gain * s
        let relative = (s + x) * inverse
        if index > 0 {
          let change0 = scaled - martingales[0][at]
          let change1 = denoised - martingales[1][at]
          let change2 = relative - martingales[2][at]
          y0 += change0 * change0
          y1 += change1 * change1
          y2 += change2 * change2
          let normal0 = now[0][axis] * y - old[0][axis] * past
          let normal1 = now[1][axis] * y - old[1][axis] * past
          let normal2 = now[2][axis] * y - old[2][axis] * past
          c0 += normal0 * normal0
          c1 += normal1 * normal1
          c2 += normal2 * normal2
          if hasOrigin {
            let (added, earlier) = (
              x - signalNow * origin[at], past + signalOld * (mean[axis] - origin[at])
            )
            let change = noiseNow * added - noiseOld * earlier
            noise += change * change
          }
        } else {
          y0 += scaled * scaled
          let normal0 = now[0][axis] * y
          c0 += normal0 * normal0
          if hasOrigin {
            let error = origin[at] - denoised
            y1 += error * error
            let normal1 = origin[at] - mean[axis] - now[1][axis] * y
            c1 += normal1 * normal1
            let added = noiseNow * (x - signalNow * origin[at])
            noise += added * added
          }
        }
        centred[at] = y
        martingales[0][at] = scaled
        martingales[1][at] = denoised
        martingales[2][at] = relative
      }
      let second = hasOrigin ? noise - noiseExpected : 0
      sums.add(y0, c0 - expected[0], second, kind: 0, interval: index)
      sums.add(y1, c1 - expected[1], second, kind: 1, interval: index)
      sums.add(y2, c2 - expected[2], second, kind: 2, interval: index)
    }
    factors = now
    before = end
    self.index = index
  }

  /// At the first level: the score itself, the error of the denoiser, nothing.
  private func firstExpectation(_ kind: Int, _ factors: [Double], at end: StepEnd) -> Double {
    switch kind {
    case 0: expectedSquare(factors, at: end)
    case 1 where !origin.isEmpty:
      controls.variances.reduce(0) {
        $0 + $1 * end.variance / (end.squaredSignal * $1 + end.variance)
      }
    default: 0
    }
  }

  private func expectedSquare(_ factors: [Double], at end: StepEnd) -> Double {
    var sum = 0.0
    for (axis, variance) in controls.variances.enumerated() {
      sum += factors[axis] * factors[axis] * (end.squaredSignal * variance + end.variance)
    }
    return sum
  }

  /// Adds what is left at the last level: the squares of the martingales themselves, the denoiser
  /// less the mean of the data.
  mutating func finish() {
    let (d, mean) = (dimension, controls.mean)
    var expected = (0..<PathSums.kinds).map { expectedSquare(factors[$0], at: before) }
    // The relative score of the normal law has the mean of the data for its own, times e^{t}.
    expected[2] += mean.reduce(0) { $0 + $1 * $1 }
    for row in 0..<sums.rows {
      var squares = (0.0, 0.0, 0.0)
      var normals = (0.0, 0.0, 0.0)
      for axis in 0..<d {
        let at = row * d + axis
        let denoised = martingales[1][at] - mean[axis]
        squares.0 += martingales[0][at] * martingales[0][at]
        squares.1 += denoised * denoised
        squares.2 += martingales[2][at] * martingales[2][at]
        let y = centred[at]
        let (n0, n1) = (factors[0][axis] * y, factors[1][axis] * y)
        let n2 = factors[2][axis] * y + mean[axis]
        normals.0 += n0 * n0
        normals.1 += n1 * n1
        normals.2 += n2 * n2
      }
      sums.add(squares.0, normals.0 - expected[0], 0, kind: 0, interval: index + 1)
      sums.add(squares.1, normals.1 - expected[1], 0, kind: 1, interval: index + 1)
      sums.add(squares.2, normals.2 - expected[2], 0, kind: 2, interval: index + 1)
    }
  }
}
