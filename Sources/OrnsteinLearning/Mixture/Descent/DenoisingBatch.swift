import OrnsteinNumerics
import RealModule

/// Rows of data with fresh noise, each once with its noise and once with the opposite.
///
/// x = alpha x_0 + sigma xi and the target y = x - xi / sigma = alpha x_0 - (alpha^2 / sigma) xi, with
/// -xi in every second point: in the gradient the terms that are odd in the noise cancel, which are the
/// large ones at high noise (of order alpha against alpha^2).
struct DenoisingBatch {
  /// Centred rows.
  let data: UnsafePointer<Double>
  let dimension: Int
  /// The factor of the data.
  var signal: Double
  var sigma: Double
  /// The factor of the noise in the target.
  var pull: Double
  var stream: NoiseStream

  /// - Parameters:
  ///   - data: Centred rows.
  ///   - dimension: The numbers of a row.
  ///   - time: The canonical time, above 0.
  ///   - scale: What the data are divided by.
  ///   - stream: The noise.
  init(
    _ data: UnsafePointer<Double>, dimension: Int, time: Double, scale: Double, stream: NoiseStream
  ) {
    self.data = data
    self.dimension = dimension
    let alpha = Double.exp(-time)
    sigma = (-Double.expMinusOne(-2 * time)).squareRoot()
    signal = alpha / scale
    pull = alpha * alpha / sigma
    self.stream = stream
  }

  /// Writes points and targets.
  ///
  /// - Parameters:
  ///   - points: Which points of the batch, two a row of data, the first of them even.
  ///   - pass: Receives them.
  ///   - row: The row of data for each pair.
  @inline(__always)
  func fill(_ points: Range<Int>, of pass: StudentPass, row: (Int) -> Int) {
    let n = dimension
    let pairs = points.lowerBound / 2..<points.upperBound / 2
    DoubleKernels.normals(
      into: UnsafeMutableBufferPointer(start: pass.noise, count: pairs.count * n), stream: stream,
      first: UInt64(pairs.lowerBound) * UInt64(n))
    for (place, pair) in pairs.enumerated() {
      let source = data + row(pair) * n
      let noise = pass.noise + place * n
      let (x, y) = (pass.points + 2 * place * n, pass.targets + 2 * place * n)
      for axis in 0..<n {
        let (mean, shift, pulled) = (
          signal * source[axis], sigma * noise[axis], pull * noise[axis]
        )
        x[axis] = mean + shift
        x[n + axis] = mean - shift
        y[axis] = mean - pulled
        y[n + axis] = mean + pulled
      }
    }
  }
}
