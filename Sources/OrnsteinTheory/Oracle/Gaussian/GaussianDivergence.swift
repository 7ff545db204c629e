import OrnsteinNumerics
import RealModule

extension GaussianLaw {
  /// The Kullback-Leibler divergence KL(self | other), in nats.
  ///
  /// With C_2 = L L^T and q_i the eigenvalues of L^{-1} (C_1 - C_2) L^{-T},
  ///
  ///     KL = 1/2 sum_i (q_i - log(1 + q_i)) + 1/2 |L^{-1} (m_1 - m_2)|^2,
  ///
  /// which keeps all its digits between nearly equal laws. Infinite if the law has a flat direction.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` if the other covariance is not positive definite or
  ///   some moment is not finite.
  public func klDivergence(to other: GaussianLaw) throws(OracleError) -> Double {
    let whitened = try whitenedDifference(from: other)
    var sum = whitened.shift.reduce(0) { $0 + $1 * $1 }
    for excess in whitened.excess { sum += excess > -1 ? excess.lessLogOfOnePlus : .infinity }
    return sum / 2
  }

  /// The Bhattacharyya coefficient, the integral of sqrt(p q), from 0 to 1.
  ///
  /// (det C_1 det C_2)^{1/4} / det((C_1 + C_2)/2)^{1/2} exp(-|m_1 - m_2|^2 / 8) with the norm of
  /// the mean covariance.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` if a covariance is not positive definite.
  public func bhattacharyyaCoefficient(with other: GaussianLaw) throws(OracleError) -> Double {
    let middle = GaussianLaw(
      mean: other.mean, covariance: zip(covariance, other.covariance).map { ($0 + $1) / 2 })
    let whitened = try whitenedDifference(from: middle)
    var exponent = -whitened.shift.reduce(0) { $0 + $1 * $1 } / 8
    // det C_1 det C_2 / det^2 of their mean is the product of 1 - q^2.
    for excess in whitened.excess {
      guard excess > -1, excess < 1 else { return 0 }
      exponent += .log(onePlus: -excess * excess) / 4
    }
    return .exp(exponent)
  }

  /// The squared Frechet distance |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1^{1/2} C_2 C_1^{1/2})^{1/2}),
  /// which is the squared Wasserstein-2 distance.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` if a covariance is not positive semidefinite.
  /// - Source: Dowson, Landau, Journal of Multivariate Analysis 12 (1982), 450.
  public func frechetDistance(to other: GaussianLaw) throws(OracleError) -> Double {
    try checkDimension(other)
    let shift = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    if dimension == 1 {
      guard covariance[0] >= 0, other.covariance[0] >= 0 else {
        throw .invalidLaw("a variance is negative")
      }
      let spread = covariance[0].squareRoot() - other.covariance[0].squareRoot()
      return shift + spread * spread
    }
    return shift + (try buresDistance(covariance, other.covariance, dimension: dimension))
  }

  /// The Wasserstein-2 distance, the root of ``frechetDistance(to:)``.
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` if a covariance is not positive semidefinite.
  public func wassersteinDistance(to other: GaussianLaw) throws(OracleError) -> Double {
    .sqrt(try frechetDistance(to: other))
  }

  /// L^{-1} (m_1 - m_2), and the eigenvalues of L^{-1} (C_1 - C_2) L^{-T}, for C_2 = L L^T.
  func whitenedDifference(
    from other: GaussianLaw
  ) throws(OracleError) -> (shift: [Double], excess: [Double]) {
    try checkDimension(other)
    let d = dimension
    if d == 1 {
      let variance = other.covariance[0]
      guard variance > 0, variance.isFinite else { throw .invalidLaw("a variance is not positive") }
      return (
        [(mean[0] - other.mean[0]) / variance.squareRoot()], [(covariance[0] - variance) / variance]
      )
    }
    do {
      let factor = try Cholesky(of: other.covariance, dimension: d)
      var shift = zip(mean, other.mean).map { $0 - $1 }
      factor.solveLower(&shift)
      var half = zip(covariance, other.covariance).map { $0 - $1 }
      factor.solveLower(&half, columns: d)
      var whole = transposed(half, dimension: d)
      factor.solveLower(&whole, columns: d)
      for i in 0..<d {
        for j in 0..<i { whole[i * d + j] = (whole[i * d + j] + whole[j * d + i]) / 2 }
      }
      return (shift, try SymmetricEigendecomposition(of: whole, dimension: d).values)
    } catch {
      throw .invalidLaw("\(error)")
    }
  }

  func checkDimension(_ other: GaussianLaw) throws(OracleError) {
    guard dimension == other.dimension else {
      throw .invalidLaw(
        "one is of dimension \(dimension), the other of dimension \(other.dimension)")
    }
    guard (mean + covariance + other.mean + other.covariance).allSatisfy(\.isFinite) else {
      throw .invalidLaw("some moments are not finite")
    }
  }
}

/// tr(A + B - 2 (A^{1/2} B A^{1/2})^{1/2}) = |A^{1/2} - B^{1/2} U|^2, where U is the orthogonal
/// factor of B^{1/2} A^{1/2}; a sum of squares, so that the distance keeps its digits when it is small.
private func buresDistance(
  _ a: [Double], _ b: [Double], dimension d: Int
) throws(OracleError) -> Double {
  let algebra = SystemLinearAlgebra.current
  func product(_ x: [Double], _ y: [Double]) -> [Double] {
    algebra.product(x, y, rows: d, inner: d, columns: d)
  }
  let (rootA, rootB) = (try symmetricRoot(a, dimension: d), try symmetricRoot(b, dimension: d))
  let cross = product(rootB, rootA)
  guard
    let (values, vectors) = algebra.symmetricEigenvectors(
      of: product(transposed(cross, dimension: d), cross), dimension: d)
  else { throw .invalidLaw("a decomposition did not converge") }
  let largest = values.reduce(0, max)
  guard values.allSatisfy({ $0 > 1e-14 * largest }) else {
    let trace = (0..<d).reduce(0) { $0 + a[$1 * d + $1] + b[$1 * d + $1] }
    return max(0, trace - 2 * values.reduce(0) { $0 + max($1, 0).squareRoot() })
  }
  var scaled = vectors
  for i in 0..<d { for j in 0..<d { scaled[i * d + j] /= values[i].squareRoot() } }
  let rotation = product(cross, product(transposed(vectors, dimension: d), scaled))
  let moved = product(rootB, rotation)
  return zip(rootA, moved).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}

/// The symmetric root of a positive semidefinite matrix; eigenvalues below 0 by rounding count as 0.
private func symmetricRoot(_ matrix: [Double], dimension d: Int) throws(OracleError) -> [Double] {
  let eigen: SymmetricEigendecomposition
  do {
    eigen = try SymmetricEigendecomposition(of: matrix, dimension: d)
  } catch {
    throw .invalidLaw("\(error)")
  }
  let largest = eigen.values.reduce(0) { max($0, abs($1)) }
  guard eigen.values.allSatisfy({ $0 >= -1e-12 * largest }) else {
    throw .invalidLaw("a covariance is not positive semidefinite")
  }
  var root = [Double](repeating: 0, count: d * d)
  for (axis, value) in eigen.values.enumerated() {
    let scale = max(value, 0).squareRoot()
    for i in 0..<d {
      for j in 0..<d {
        root[i * d + j] += scale * eigen.vectors[axis * d + i] * eigen.vectors[axis * d + j]
      }
    }
  }
  return root
}

private func transposed(_ matrix: [Double], dimension d: Int) -> [Double] {
  var result = matrix
  for i in 0..<d { for j in 0..<d { result[j * d + i] = matrix[i * d + j] } }
  return result
}

extension Cholesky {
  /// Replaces the rows of an n-by-`columns` matrix B by those of L^{-1} B.
  fileprivate func solveLower(_ right: inout [Double], columns: Int = 1) {
    for row in 0..<dimension {
      for column in 0..<columns {
        var sum = right[row * columns + column]
        for k in 0..<row { sum -= lower[row * dimension + k] * right[k * columns + column] }
        right[row * columns + column] = sum / lower[row * dimension + row]
      }
    }
  }
}

extension Double {
  /// x - log(1 + x), with all its digits for small x.
  fileprivate var lessLogOfOnePlus: Double {
    guard abs(self) < 0.03 else { return self - .log(onePlus: self) }
    var (sum, power, order) = (0.0, self * self, 2.0)
    while abs(power / order) > abs(sum) * 1e-17, order < 40 {
      sum += power / order
      power *= -self
      order += 1
    }
    return sum
  }
}
