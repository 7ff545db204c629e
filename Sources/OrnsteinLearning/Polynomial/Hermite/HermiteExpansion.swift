import OrnsteinNumerics
import RealModule

/// A function as a sum of Hermite polynomials under N(0, tau^2 I): f(y) = sum_a c_a h_a(y / tau).
///
/// The generator of the Ornstein-Uhlenbeck process on that law, 𝓛 f = tr ∇² f - <y, ∇f> / tau^2, has the
/// polynomials of total degree j as eigenfunctions of eigenvalue -j / tau^2. So with g the part of f
/// of degree below D, every m has
///
///     ‖f - g‖ <= (tau^2 / D)^m ‖𝓛^m f‖,
///
/// norms those of L^2(N(0, tau^2 I)): functions that stay stable under noise are nearly polynomials
/// of low degree.
///
/// - Source: Gatmiry, Kelner, Lee, arXiv 2404.18869, section 2; O'Donnell, Analysis of Boolean
///   Functions, section 11.
public struct HermiteExpansion: Sendable, Hashable {
  /// The polynomials.
  public let basis: HermiteBasis
  /// tau^2, the variance of each coordinate.
  public let variance: Double
  /// One coefficient a polynomial, in the order of the basis.
  public var coefficients: [Double]

  /// An expansion by its coefficients.
  public init(basis: HermiteBasis, variance: Double, coefficients: [Double]) {
    precondition(
      coefficients.count == basis.count && variance > 0,
      "\(coefficients.count) coefficients do not fit \(basis.count) polynomials of variance "
        + "\(variance).")
    self.basis = basis
    self.variance = variance
    self.coefficients = coefficients
  }

  /// The expansion of a function up to a degree, its coefficients by quadrature with the products of
  /// one-dimensional nodes.
  ///
  /// Exact to rounding for polynomials of degree up to 2 `nodes` - 1 - `degree`. Costs `nodes`^d
  /// values of f.
  ///
  /// - Parameters:
  ///   - dimension: The number of coordinates, 1 or more.
  ///   - variance: tau^2.
  ///   - degree: The highest total degree, less than `nodes`.
  ///   - nodes: The nodes of each coordinate.
  ///   - f: The function of a point.
  /// - Throws: ``/OrnsteinNumerics/LinearAlgebraError`` if the rule cannot be made.
  public init(
    dimension: Int, variance: Double, degree: Int, nodes: Int, of f: ([Double]) -> Double
  ) throws(LinearAlgebraError) {
    precondition(
      dimension >= 1 && degree < nodes, "\(nodes) nodes do not resolve degree \(degree).")
    let rule = try GaussHermiteRule(count: nodes)
    let basis = HermiteBasis(dimension: dimension, degree: degree)
    let scale = variance.squareRoot()
    var coefficients = [Double](repeating: 0, count: basis.count)
    var place = [Int](repeating: 0, count: dimension)
    while true {
      let z = place.map { rule.nodes[$0] }
      let mass = place.reduce(1) { $0 * rule.weights[$1] }
      let weight = mass * f(z.map { scale * $0 })
      let values = basis.values(at: z)
      for index in values.indices { coefficients[index] += weight * values[index] }
      guard let next = place.lastIndex(where: { $0 < nodes - 1 }) else { break }
      place[next] += 1
      for later in (next + 1)..<max(dimension, next + 1) { place[later] = 0 }
    }
    self.init(basis: basis, variance: variance, coefficients: coefficients)
  }

  /// The value at a point.
  public func callAsFunction(_ point: [Double]) -> Double {
    let scale = variance.squareRoot()
    return zip(coefficients, basis.values(at: point.map { $0 / scale })).reduce(0) {
      $0 + $1.0 * $1.1
    }
  }

  /// The norm in L^2(N(0, tau^2 I)).
  public var norm: Double { tail(fromDegree: 0) }

  /// The norm of the part of total degree `degree` and more, as far as this expansion goes.
  public func tail(fromDegree degree: Int) -> Double {
    var sum = 0.0
    for index in coefficients.indices.reversed() where index >= basis.count(degree: degree - 1) {
      sum += coefficients[index] * coefficients[index]
    }
    return sum.squareRoot()
  }

  /// The part of total degree below `degree`.
  public func truncated(belowDegree degree: Int) -> HermiteExpansion {
    var truncated = self
    for index in coefficients.indices where index >= basis.count(degree: degree - 1) {
      truncated.coefficients[index] = 0
    }
    return truncated
  }

  /// 𝓛^m f, each coefficient times (-j / tau^2)^m.
  public func generated(times m: Int = 1) -> HermiteExpansion {
    precondition(m >= 0, "The generator cannot be applied \(m) times.")
    var generated = self
    for index in coefficients.indices {
      let eigenvalue = -Double(basis.totalDegree(index)) / variance
      for _ in 0..<m { generated.coefficients[index] *= eigenvalue }
    }
    return generated
  }

  /// The bound (tau^2 / D)^m ‖𝓛^m f‖ of the part of degree D and more.
  public func noiseStabilityBound(degree: Int, times m: Int) -> Double {
    precondition(degree >= 1, "The bound needs a degree of 1 or more, not \(degree).")
    return .pow(variance / Double(degree), m) * generated(times: m).norm
  }

  /// E f(rho y + sqrt(1 - rho^2) y') f(y): how stable f is under noise, sum of rho^j c_a^2.
  public func noiseStability(correlation: Double) -> Double {
    var sum = 0.0
    for index in coefficients.indices {
      sum +=
        .pow(correlation, basis.totalDegree(index)) * coefficients[index] * coefficients[index]
    }
    return sum
  }
}
