import RealModule

/// Dense linear algebra in double precision, by whichever library the system has.
///
/// Matrices are row-major arrays. Everything here runs once a model or once a plan, never once a
/// point: the loops over points are kernels.
public protocol LinearAlgebra: Sendable {
  /// The library's name and, where it chooses one, its core type.
  var name: String { get }

  /// The product of an m-by-k and a k-by-n matrix.
  func product(_ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int) -> [Double]

  /// Adds A^T A to the lower triangle of a matrix; what is above its diagonal is left as it is.
  ///
  /// - Parameters:
  ///   - matrix: A, m-by-n.
  ///   - m: The rows of A.
  ///   - n: The columns of A.
  ///   - gram: n-by-n; receives the sum.
  func addGram(
    of matrix: UnsafePointer<Double>, rows m: Int, columns n: Int,
    into gram: UnsafeMutablePointer<Double>)

  /// The lower triangle L of A = L L^T, zeros above it; `nil` if A is not positive definite.
  ///
  /// - Parameters:
  ///   - matrix: An n-by-n matrix, of which the lower triangle is read.
  ///   - dimension: n.
  func choleskyFactor(of matrix: [Double], dimension: Int) -> [Double]?

  /// The eigenvalues, ascending, and unit eigenvectors, one a row; `nil` if the iteration fails.
  ///
  /// - Parameters:
  ///   - matrix: A symmetric n-by-n matrix, of which the lower triangle is read.
  ///   - dimension: n.
  func symmetricEigenvectors(
    of matrix: [Double], dimension: Int
  ) -> (values: [Double], vectors: [Double])?

  /// The sign of the determinant, 1, -1 or 0, and the logarithm of its absolute value.
  ///
  /// - Parameters:
  ///   - matrix: An n-by-n matrix.
  ///   - dimension: n.
  func determinant(of matrix: [Double], dimension: Int) -> (sign: Int, logAbsolute: Double)

  /// The X of least norm that minimises |A X - B|; `nil` if the iteration fails.
  ///
  /// - Parameters:
  ///   - matrix: A, m-by-n.
  ///   - right: B, m-by-r.
  ///   - m: The rows of A and B.
  ///   - n: The columns of A, the rows of X.
  ///   - r: The columns of B and X.
  func leastSquares(
    _ matrix: [Double], _ right: [Double], rows m: Int, columns n: Int, rightColumns r: Int
  ) -> [Double]?
}

/// The linear algebra of this system: OpenBLAS on Linux, Accelerate on Apple systems, and a plain
/// Swift reference where neither exists.
public enum SystemLinearAlgebra {
  /// The fastest backend here.
  public static let current: any LinearAlgebra = all[0]

  /// Every backend here, the fastest first and the reference last.
  public static let all: [any LinearAlgebra] = {
    #if canImport(Accelerate)
      [AccelerateLinearAlgebra(), ReferenceLinearAlgebra()]
    #elseif canImport(COpenBLAS)
      [OpenBLASLinearAlgebra.shared, ReferenceLinearAlgebra()]
    #else
      [ReferenceLinearAlgebra()]
    #endif
  }()
}

extension LinearAlgebra {
  /// The sign and the logarithm of the product of the pivots of a factorisation with row exchanges.
  func determinant(
    pivots: some Sequence<Double>, exchanges: Int
  ) -> (sign: Int, logAbsolute: Double) {
    var (sign, logarithm) = (exchanges.isMultiple(of: 2) ? 1 : -1, 0.0)
    for pivot in pivots {
      if pivot < 0 { sign = -sign }
      logarithm += .log(abs(pivot))
    }
    return logarithm == -.infinity ? (0, logarithm) : (sign, logarithm)
  }
}
