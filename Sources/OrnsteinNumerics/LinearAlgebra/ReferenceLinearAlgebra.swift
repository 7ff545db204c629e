/// Linear algebra in plain Swift: the truth that libraries are tested against, and the fallback where
/// none exists.
///
/// Cholesky by rows, eigenvectors by cyclic Jacobi rotations, least squares through the
/// eigenvectors of A^T A; see Golub and Van Loan, Matrix Computations, sections 4.2, 8.5 and 5.5.
public struct ReferenceLinearAlgebra: LinearAlgebra {
  /// The reference.
  public init() {}

  /// The backend's name.
  public var name: String { "reference" }

  /// The product of an m-by-k and a k-by-n matrix.
  public func product(
    _ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int
  ) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for l in 0..<k {
        let factor = a[i * k + l]
        for j in 0..<n { c[i * n + j] += factor * b[l * n + j] }
      }
    }
    return c
  }

  /// Adds A^T A to the lower triangle of a matrix, row after row of A.
  public func addGram(
    of matrix: UnsafePointer<Double>, rows m: Int, columns n: Int,
    into gram: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<m {
      let a = matrix + row * n
      for i in 0..<n { for j in 0...i { gram[i * n + j] += a[i] * a[j] } }
    }
  }

  /// The lower triangle L of A = L L^T; `nil` if A is not positive definite.
  public func choleskyFactor(of matrix: [Double], dimension n: Int) -> [Double]? {
    var lower = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        var sum = matrix[i * n + j]
        for l in 0..<j { sum -= lower[i * n + l] * lower[j * n + l] }
        if i == j {
          guard sum > 0 else { return nil }
          lower[i * n + i] = sum.squareRoot()
        } else {
          lower[i * n + j] = sum / lower[j * n + j]
        }
      }
    }
    return lower
  }

  /// The sign of the determinant and the logarithm of its absolute value, by elimination with row
  /// exchanges.
  public func determinant(
    of matrix: [Double], dimension n: Int
  ) -> (sign: Int, logAbsolute: Double) {
    var a = matrix
    var exchanges = 0
    for k in 0..<n {
      let largest = (k..<n).max { abs(a[$0 * n + k]) < abs(a[$1 * n + k]) } ?? k
      if largest != k {
        for j in 0..<n { a.swapAt(k * n + j, largest * n + j) }
        exchanges += 1
      }
      guard a[k * n + k] != 0 else { return (0, -.infinity) }
      for i in (k + 1)..<max(n, k + 1) {
        let factor = a[i * n + k] / a[k * n + k]
        for j in k..<n { a[i * n + j] -= factor * a[k * n + j] }
      }
    }
    return determinant(pivots: (0..<n).lazy.map { a[$0 * (n + 1)] }, exchanges: exchanges)
  }

  /// Eigenvalues, ascending, and unit eigenvectors by rows; `nil` after 60 sweeps without an end.
  public func symmetricEigenvectors(
    of matrix: [Double], dimension n: Int
  ) -> (values: [Double], vectors: [Double])? {
    var a = matrix
    for i in 0..<n { for j in 0..<i { a[j * n + i] = a[i * n + j] } }
    var vectors = [Double](repeating: 0, count: n * n)
    for i in 0..<n { vectors[i * n + i] = 1 }
    let norm = a.reduce(0) { $0 + $1 * $1 }
    for sweep in 0...60 {
      var offDiagonal = 0.0
      for i in 0..<n { for j in 0..<i { offDiagonal += 2 * a[i * n + j] * a[i * n + j] } }
      if offDiagonal <= norm * 1e-32 { break }
      if sweep == 60 { return nil }
      for p in 0..<n {
        for q in (p + 1)..<max(n, p + 1) where a[p * n + q] != 0 {
          rotate(&a, &vectors, n, p, q)
        }
      }
    }
    let order = (0..<n).sorted { a[$0 * n + $0] < a[$1 * n + $1] }
    return (
      order.map { a[$0 * n + $0] }, order.flatMap { vectors[($0 * n)..<(($0 + 1) * n)] }
    )
  }

  private func rotate(
    _ a: inout [Double], _ vectors: inout [Double], _ n: Int, _ p: Int, _ q: Int
  ) {
    let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
    let sign = theta < 0 ? -1.0 : 1.0
    let tangent = sign / (abs(theta) + (theta * theta + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    for k in 0..<n {
      let (kp, kq) = (a[k * n + p], a[k * n + q])
      a[k * n + p] = cosine * kp - sine * kq
      a[k * n + q] = sine * kp + cosine * kq
    }
    for k in 0..<n {
      let (pk, qk) = (a[p * n + k], a[q * n + k])
      a[p * n + k] = cosine * pk - sine * qk
      a[q * n + k] = sine * pk + cosine * qk
    }
    a[p * n + q] = 0
    a[q * n + p] = 0
    for k in 0..<n {
      let (pk, qk) = (vectors[p * n + k], vectors[q * n + k])
      vectors[p * n + k] = cosine * pk - sine * qk
      vectors[q * n + k] = sine * pk + cosine * qk
    }
  }

  /// The X of least norm that minimises |A X - B|, directions below 1e-14 of the largest dropped.
  public func leastSquares(
    _ matrix: [Double], _ right: [Double], rows m: Int, columns n: Int, rightColumns r: Int
  ) -> [Double]? {
    var transpose = [Double](repeating: 0, count: m * n)
    for i in 0..<m { for j in 0..<n { transpose[j * m + i] = matrix[i * n + j] } }
    let gram = product(transpose, matrix, rows: n, inner: m, columns: n)
    guard let (values, vectors) = symmetricEigenvectors(of: gram, dimension: n) else { return nil }
    let projected = product(
      vectors, product(transpose, right, rows: n, inner: m, columns: r), rows: n, inner: n,
      columns: r)
    let threshold = (values.last ?? 0) * 1e-14
    var solution = [Double](repeating: 0, count: n * r)
    for direction in 0..<n where values[direction] > threshold {
      for column in 0..<r {
        let weight = projected[direction * r + column] / values[direction]
        for j in 0..<n { solution[j * r + column] += weight * vectors[direction * n + j] }
      }
    }
    return solution
  }
}
