import OrnsteinNumerics
import RealModule

/// Gauss's quadrature for the standard normal law: E f(Z) is the sum of w_i f(z_i), exact for
/// polynomials of degree below twice the number of nodes.
///
/// Nodes are the eigenvalues of the Jacobi matrix of the Hermite recurrence (Golub, Welsch,
/// Math. Comp. 23, 1969), polished by Newton steps; the weight of a node is
/// 1 / sum_k h_k(z_i)^2, which keeps its relative accuracy in the tails.
public struct GaussHermiteRule: Sendable, Hashable {
  /// The largest number of nodes.
  public static let maximumCount = 512

  /// The nodes, ascending.
  public let nodes: [Double]
  /// The weights, positive, of sum 1.
  public let weights: [Double]

  /// The rule with some nodes.
  ///
  /// - Parameter count: 1 to ``maximumCount``.
  /// - Throws: ``/OrnsteinNumerics/LinearAlgebraError`` if the eigenvalues do not converge.
  public init(count: Int) throws(LinearAlgebraError) {
    precondition(
      (1...Self.maximumCount).contains(count),
      "A rule has 1 to \(Self.maximumCount) nodes, not \(count).")
    var jacobi = [Double](repeating: 0, count: count * count)
    for k in 1..<max(count, 1) {
      jacobi[k * count + k - 1] = Double(k).squareRoot()
      jacobi[(k - 1) * count + k] = Double(k).squareRoot()
    }
    let values = try SymmetricEigendecomposition(of: jacobi, dimension: count).values
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    for index in 0..<count {
      // The spectrum is symmetric, and so are the polished nodes.
      var z = (values[index] - values[count - 1 - index]) / 2
      for _ in 0..<2 {
        let h = HermitePolynomials.values(at: z, degree: count)
        z -= h[count] / (Double(count).squareRoot() * h[count - 1])
      }
      nodes[index] = z
      weights[index] =
        1 / HermitePolynomials.values(at: z, degree: count - 1).reduce(0) { $0 + $1 * $1 }
    }
    self.nodes = nodes
    self.weights = weights
  }

  /// E f(Z) for a standard normal Z.
  public func mean(of f: (Double) throws -> Double) rethrows -> Double {
    var sum = 0.0
    for index in nodes.indices { sum += weights[index] * (try f(nodes[index])) }
    return sum
  }
}
