import OrnsteinNumerics
import RealModule

/// Least squares with a ridge in the basis of backward differences, in which smooth histories have
/// small coefficients.
package enum RidgeFit {
  /// The b that minimises |target - sum_j b_j column_j|^2 + ridge |b|^2.
  ///
  /// By Householder reflections of the columns' backward differences with the ridge below them, then
  /// singular values.
  ///
  /// - Parameters:
  ///   - columns: Up to ten columns, the newest first, each as long as the target.
  ///   - target: What they should add up to.
  ///   - ridge: The weight of the coefficients, 0 or more.
  package static func solve(_ columns: [[Double]], target: [Double], ridge: Double) -> [Double] {
    let (p, rows) = (columns.count, target.count)
    let differences = (0..<p).map { order in
      (0...order).map { Self.binomial(order, $0) * ($0.isMultiple(of: 2) ? 1 : -1) }
    }
    let weight = ridge.squareRoot() + 1e-300
    var matrix = differences.map { coefficients in
      var column = [Double](repeating: 0, count: rows + p)
      for (index, coefficient) in coefficients.enumerated() {
        let source = columns[index]
        for row in 0..<rows { column[row] += coefficient * source[row] }
        column[rows + index] = weight * coefficient
      }
      return column
    }
    var right = target + [Double](repeating: 0, count: p)
    reflect(&matrix, &right)
    var upper = [Double](repeating: 0, count: p * p)
    for row in 0..<p { for column in row..<p { upper[row * p + column] = matrix[column][row] } }
    let steps = SystemLinearAlgebra.current.leastSquares(
      upper, Array(right[..<p]), rows: p, columns: p, rightColumns: 1)
    var solution = [Double](repeating: 0, count: p)
    for (coefficients, step) in zip(differences, steps ?? []) {
      for (index, coefficient) in coefficients.enumerated() {
        solution[index] += coefficient * step
      }
    }
    return solution
  }

  /// Turns the columns into an upper triangle, and the right-hand side with them.
  private static func reflect(_ matrix: inout [[Double]], _ right: inout [Double]) {
    for pivot in matrix.indices {
      var mirror = Array(matrix[pivot][pivot...])
      let length = mirror.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { continue }
      mirror[0] += mirror[0] < 0 ? -length : length
      let square = mirror.reduce(0) { $0 + $1 * $1 }
      guard square > 0 else { continue }
      func apply(_ column: inout [Double]) {
        var product = 0.0
        for index in mirror.indices { product += mirror[index] * column[pivot + index] }
        let factor = 2 * product / square
        for index in mirror.indices { column[pivot + index] -= factor * mirror[index] }
      }
      for other in pivot..<matrix.count { apply(&matrix[other]) }
      apply(&right)
    }
  }

  private static func binomial(_ n: Int, _ k: Int) -> Double {
    (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
  }

  /// The solution of a small system of equations by elimination with pivots; `nil` if it has none.
  static func eliminate(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    let n = right.count
    var (a, b) = (matrix, right)
    for pivot in 0..<n {
      var best = pivot
      for row in pivot..<n where abs(a[row * n + pivot]) > abs(a[best * n + pivot]) { best = row }
      guard a[best * n + pivot] != 0 else { return nil }
      if best != pivot {
        for column in 0..<n { a.swapAt(best * n + column, pivot * n + column) }
        b.swapAt(best, pivot)
      }
      for row in (pivot + 1)..<max(n, pivot + 1) {
        let factor = a[row * n + pivot] / a[pivot * n + pivot]
        for column in pivot..<n { a[row * n + column] -= factor * a[pivot * n + column] }
        b[row] -= factor * b[pivot]
      }
    }
    for row in stride(from: n - 1, through: 0, by: -1) {
      for column in (row + 1)..<max(n, row + 1) { b[row] -= a[row * n + column] * b[column] }
      b[row] /= a[row * n + row]
    }
    return b
  }
}
