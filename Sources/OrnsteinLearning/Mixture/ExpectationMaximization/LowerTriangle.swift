import OrnsteinNumerics
import RealModule

/// L of a covariance L L^T, and its inverse.
struct LowerTriangle: Sendable {
  let dimension: Int
  /// Row-major, zeros above the diagonal.
  let entries: [Double]

  /// Factors a symmetric matrix; `nil` unless it is finite and positive definite beyond rounding.
  init?(factoring matrix: [Double], dimension d: Int) {
    guard let factor = try? Cholesky(of: matrix, dimension: d) else { return nil }
    let roundoff = 4 * Double(d) * Double.ulpOfOne
    for axis in stride(from: 0, to: d * d, by: d + 1) {
      let pivot = factor.lower[axis] * factor.lower[axis]
      guard pivot > roundoff * matrix[axis] else { return nil }
    }
    dimension = d
    entries = factor.lower
  }

  /// log det L L^T.
  var logDeterminant: Double {
    (0..<dimension).reduce(0) { $0 + 2 * .log(entries[$1 * (dimension + 1)]) }
  }

  /// L^{-1}, by columns of L: d^3 / 6 multiply-adds.
  var inverse: [Double] {
    let d = dimension
    var inverse = [Double](repeating: 0, count: d * d)
    entries.withUnsafeBufferPointer { entries in
      inverse.withUnsafeMutableBufferPointer { inverse in
        for row in 0..<d {
          let diagonal = 1 / entries[row * (d + 1)]
          for inner in 0..<row {
            let factor = -entries[row * d + inner] * diagonal
            for column in 0...inner {
              inverse[row * d + column] += factor * inverse[inner * d + column]
            }
          }
          inverse[row * (d + 1)] = diagonal
        }
      }
    }
    return inverse
  }

  /// (L L^T)^{-1} = L^{-T} L^{-1}.
  var precision: [Double] {
    let d = dimension
    let inverse = inverse
    var precision = [Double](repeating: 0, count: d * d)
    precision.withUnsafeMutableBufferPointer { precision in
      inverse.withUnsafeBufferPointer { inverse in
        for row in 0..<d {
          for i in 0...row {
            let factor = inverse[row * d + i]
            for j in 0...i { precision[i * d + j] += factor * inverse[row * d + j] }
          }
        }
        for i in 0..<d { for j in 0..<i { precision[j * d + i] = precision[i * d + j] } }
      }
    }
    return precision
  }
}
