import RealModule

/// A known error delta(x) of a score, so that the score term of a bound can be dialled.
public enum ScoreError: Sendable, Hashable {
  /// delta(x) = c.
  case constant([Double])
  /// delta(x) = A x + b, A row by row.
  case affine(matrix: [[Double]], offset: [Double])
  /// delta_i(x) = A_i sin(omega_i x_i).
  case sinusoidal(amplitude: [Double], frequency: [Double])

  /// Makes sure that the error is one in so many dimensions.
  ///
  /// - Throws: ``TargetError`` that names the number that is wrong.
  public func validate(dimension: Int) throws(TargetError) {
    switch self {
    case .constant(let vector):
      try TargetError.check(vector, count: dimension, key: "constant")
    case .affine(let matrix, let offset):
      try TargetError.check(matrix: matrix, rows: dimension, columns: dimension, key: "matrix")
      try TargetError.check(offset, count: dimension, key: "offset")
    case .sinusoidal(let amplitude, let frequency):
      try TargetError.check(amplitude, count: dimension, key: "amplitude")
      try TargetError.check(frequency, count: dimension, key: "frequency")
    }
  }

  /// E |delta(X)|^2 for X of given moments: |c|^2, or |A m + b|^2 + tr(A C A^T); `nil` for the
  /// sinusoid, whose mean square is no function of the moments (it is at most sum_i A_i^2).
  public func meanSquare(under moments: DataMoments) -> Double? {
    switch self {
    case .constant(let vector): return vector.reduce(0) { $0 + $1 * $1 }
    case .affine(let matrix, let offset):
      let d = moments.dimension
      var total = 0.0
      for (row, shift) in zip(matrix, offset) {
        var mean = shift
        for j in 0..<d { mean += row[j] * moments.mean[j] }
        total += mean * mean
        for j in 0..<d {
          for k in 0..<d { total += row[j] * moments.covariance[j * d + k] * row[k] }
        }
      }
      return total
    case .sinusoidal: return nil
    }
  }

  /// Adds `delta` at x.
  func add(at x: (Int) -> Double, to output: (Int, Double) -> Void) {
    switch self {
    case .constant(let vector): for (i, number) in vector.enumerated() { output(i, number) }
    case .affine(let matrix, let offset):
      for (i, row) in matrix.enumerated() {
        var sum = offset[i]
        for (j, number) in row.enumerated() { sum += number * x(j) }
        output(i, sum)
      }
    case .sinusoidal(let amplitude, let frequency):
      for (i, size) in amplitude.enumerated() { output(i, size * .sin(frequency[i] * x(i))) }
    }
  }

  /// Adds the derivative of `delta` at x along v.
  func addDerivative(
    at x: (Int) -> Double, along v: (Int) -> Double, to output: (Int, Double) -> Void
  ) {
    switch self {
    case .constant: break
    case .affine(let matrix, _):
      for (i, row) in matrix.enumerated() {
        var sum = 0.0
        for (j, number) in row.enumerated() { sum += number * v(j) }
        output(i, sum)
      }
    case .sinusoidal(let amplitude, let frequency):
      for (i, size) in amplitude.enumerated() {
        output(i, size * frequency[i] * .cos(frequency[i] * x(i)) * v(i))
      }
    }
  }
}
