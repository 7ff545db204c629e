import OrnsteinNumerics
import RealModule

/// k orthonormal vectors of R^D, one a row.
struct OrthonormalAxes: Sendable {
  let count: Int
  let dimension: Int
  let elements: [Double]

  /// Axes that are orthonormal within 1e-6, made so to rounding by Gram and Schmidt's process.
  init(_ rows: [[Double]], count: Int) throws(TargetError) {
    let dimension = rows.first?.count ?? 0
    guard dimension >= count else {
      throw TargetError(
        path: "axes",
        reason: "The \(count) axes have \(dimension) coordinates and need at least \(count).")
    }
    try TargetError.check(matrix: rows, rows: count, columns: dimension, key: "axes")
    var axes = rows
    for i in 0..<count {
      for j in 0...i {
        let product = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
        guard abs(product - (i == j ? 1 : 0)) <= 1e-6 else {
          throw TargetError(
            path: "axes[\(i)]",
            reason: i == j
              ? "The axis has the squared length \(product) and must have 1."
              : "The axis has the product \(product) with axis \(j) and must have 0.")
        }
      }
      for _ in 0..<2 {
        for j in 0..<i {
          let product = zip(axes[i], axes[j]).reduce(0) { $0 + $1.0 * $1.1 }
          for c in 0..<dimension { axes[i][c] -= product * axes[j][c] }
        }
      }
      let norm = Double.sqrt(axes[i].reduce(0) { $0 + $1 * $1 })
      for c in 0..<dimension { axes[i][c] /= norm }
    }
    self.count = count
    self.dimension = dimension
    elements = axes.flatMap(\.self)
  }

  /// Adds U y to x, for y the coordinates along the axes.
  func add(_ y: (Int) -> Double, to x: (Int, Double) -> Void) {
    for axis in 0..<count {
      let number = y(axis)
      for c in 0..<dimension { x(c, number * elements[axis * dimension + c]) }
    }
  }

  /// U M U^T of a k-by-k matrix.
  func conjugated(_ matrix: (Int, Int) -> Double) -> [Double] {
    var half = [Double](repeating: 0, count: count * dimension)
    for i in 0..<count {
      for j in 0..<count {
        let number = matrix(i, j)
        for c in 0..<dimension { half[i * dimension + c] += number * elements[j * dimension + c] }
      }
    }
    var result = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<count {
      for r in 0..<dimension {
        let left = elements[i * dimension + r]
        for c in 0..<dimension { result[r * dimension + c] += left * half[i * dimension + c] }
      }
    }
    return result
  }
}
