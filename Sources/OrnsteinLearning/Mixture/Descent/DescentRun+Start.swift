import OrnsteinNumerics
import RealModule

extension DescentRun {
  /// Places centres, weights and variance.
  func begin() throws(DescentError) {
    let (k, n) = (components, dimension)
    let trace = (0..<n).reduce(0) { $0 + covariance[$1 * n + $1] } / Double(n)
    var shares = [Double](repeating: 1 / Double(k), count: k)
    switch settings.start {
    case .random:
      guard k == 2 else { break }
      DoubleKernels.normals(
        into: UnsafeMutableBufferPointer(start: centres, count: n),
        stream: key.stream(.descentStart), first: 0)
      for axis in 0..<n { centres[n + axis] = -centres[axis] }
    case .centres(let given):
      for j in 0..<k { for axis in 0..<n { centres[j * n + axis] = given[j][axis] - mean[axis] } }
    case .spectral(let restarts):
      let start = SpectralStart(
        data, rows: rows, eigen: eigen, components: k, restarts: restarts, key: key)
      for index in 0..<k * n { centres[index] = start.centres[index] }
      shares = start.shares.map { max($0, 1 / Double(rows)) }
    }
    switch settings.weights {
    case .equal: shares = [Double](repeating: 1 / Double(k), count: k)
    case .fixed(let given): shares = given.map { $0 / given.reduce(0, +) }
    case .responsibilities, .gradient: break
    }
    for j in 0..<k { logits[j] = .log(shares[j]) }
    switch settings.variance {
    case .known(let value): variance = value
    case .estimated:
      guard trace > 0 else { throw .noSpread }
      variance = max(startingVariance(), 1e-6 * trace)
    }
    if settings.start == .random, k == 2 {
      // Stage 1 is that of equal weights; the standard normal start is in units of the components.
      for j in 0..<k { logits[j] = 0 }
      for index in 0..<k * n { centres[index] *= variance.squareRoot() }
    }
  }

  /// With a random start the mean of all eigenvalues of the covariance but the first, else the mean
  /// square of a coordinate about the nearest centre.
  private func startingVariance() -> Double {
    let (k, n) = (components, dimension)
    if settings.start == .random || k == 1 {
      guard k == 2 else { return eigen.values.reduce(0, +) / Double(n) }
      guard n > 1 else { return eigen.values[0] / 2 }
      return eigen.values.dropLast().reduce(0, +) / Double(n - 1)
    }
    var sum = 0.0
    for row in 0..<rows {
      var least = Double.infinity
      for j in 0..<k {
        var square = 0.0
        for axis in 0..<n {
          let difference = data[row * n + axis] - centres[j * n + axis]
          square += difference * difference
        }
        least = min(least, square)
      }
      sum += least
    }
    return sum / Double(rows * n)
  }

  /// After stage 1 the pair (u, -u) has the second moment of the truth; known weights say how far each
  /// centre is from the mean, and the objective which is which.
  func beginContraction() {
    guard case .fixed(let given) = settings.weights, given[0] != given[1] else { return }
    let n = dimension
    let ratio = (given[1] / given[0]).squareRoot()
    let total = given[0] + given[1]
    for j in 0..<2 { logits[j] = .log(given[j] / total) }
    func place(_ sign: Double) {
      for axis in 0..<n {
        let u = (centres[axis] - centres[n + axis]) / 2
        step[axis] = sign * ratio * u
        step[n + axis] = -sign / ratio * u
      }
    }
    // What `move` would add, so that the centres become those of the sign.
    func loss(_ sign: Double) -> Double {
      place(sign)
      for index in 0..<2 * n { swap(&centres[index], &step[index]) }
      run(at: settings.lowTime)
      let loss = sums.total[sums.layout.loss]
      for index in 0..<2 * n { swap(&centres[index], &step[index]) }
      return loss
    }
    let sign: Double = loss(1) <= loss(-1) ? 1 : -1
    place(sign)
    for index in 0..<2 * n { centres[index] = step[index] }
  }
}
