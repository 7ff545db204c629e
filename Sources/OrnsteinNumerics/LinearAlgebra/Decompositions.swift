import RealModule

/// Why a matrix could not be decomposed.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// The matrix of this dimension has an eigenvalue that is not positive.
  case notPositiveDefinite(dimension: Int)
  /// The matrix holds a NaN or an infinity at this row and column.
  case notFinite(row: Int, column: Int)
  /// The iteration did not converge for a matrix of this dimension.
  case noConvergence(dimension: Int)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .notPositiveDefinite(let dimension):
      "The \(dimension)-by-\(dimension) matrix is not positive definite."
    case .notFinite(let row, let column):
      "The matrix has no finite number at row \(row), column \(column)."
    case .noConvergence(let dimension):
      "The decomposition of a \(dimension)-by-\(dimension) matrix did not converge."
    }
  }
}

/// A = L L^T of a symmetric positive definite matrix.
public struct Cholesky: Sendable, Equatable {
  /// The number of rows.
  public let dimension: Int
  /// L, row-major, zeros above the diagonal.
  public let lower: [Double]

  /// Factors a matrix, of which the lower triangle is read.
  ///
  /// Costs n^3 / 6 multiply-adds.
  ///
  /// - Throws: `LinearAlgebraError` if the matrix is not finite or not positive definite.
  public init(of matrix: [Double], dimension: Int) throws(LinearAlgebraError) {
    try checkFinite(matrix, dimension: dimension)
    guard
      let lower = SystemLinearAlgebra.current.choleskyFactor(of: matrix, dimension: dimension)
    else { throw .notPositiveDefinite(dimension: dimension) }
    self.dimension = dimension
    self.lower = lower
  }

  /// log det A.
  public var logDeterminant: Double {
    var sum = 0.0
    for row in 0..<dimension { sum += 2 * .log(lower[row * dimension + row]) }
    return sum
  }
}

/// A = U^T diag(values) U of a symmetric matrix.
public struct SymmetricEigendecomposition: Sendable, Equatable {
  /// The number of rows.
  public let dimension: Int
  /// The eigenvalues, ascending.
  public let values: [Double]
  /// The unit eigenvectors, row-major: vector j is row j.
  public let vectors: [Double]

  /// Decomposes a matrix, of which the lower triangle is read.
  ///
  /// Costs about 5 n^3 multiply-adds.
  ///
  /// - Throws: `LinearAlgebraError` if the matrix is not finite or the iteration fails.
  public init(of matrix: [Double], dimension: Int) throws(LinearAlgebraError) {
    try checkFinite(matrix, dimension: dimension)
    guard
      let (values, vectors) = SystemLinearAlgebra.current.symmetricEigenvectors(
        of: matrix, dimension: dimension)
    else { throw .noConvergence(dimension: dimension) }
    self.dimension = dimension
    self.values = values
    self.vectors = vectors
  }
}

private func checkFinite(_ matrix: [Double], dimension: Int) throws(LinearAlgebraError) {
  precondition(
    dimension >= 1 && matrix.count == dimension * dimension,
    "\(matrix.count) elements do not make a \(dimension)-by-\(dimension) matrix.")
  if let index = matrix.firstIndex(where: { !$0.isFinite }) {
    throw .notFinite(row: index / dimension, column: index % dimension)
  }
}
