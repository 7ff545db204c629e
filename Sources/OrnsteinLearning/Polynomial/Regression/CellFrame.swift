import OrnsteinNumerics

/// Where a cell's polynomials live: its centre, the origin and axes of z, and the weight that fades beyond
/// the borders.
struct CellFrame: Sendable {
  /// The cell without degree and coefficients.
  var cell: PolynomialCell
  /// The basis that is fitted.
  var basis: HermiteBasis
  /// The unit normals towards this cell of its borders with the others, and the places of these.
  private let borders: [(normal: [Double], offset: Double)]
  private let borderWidth: Double

  /// A frame with the axes e_l / tau.
  ///
  /// - Parameters:
  ///   - index: The number of the cell.
  ///   - centres: The centres of all cells.
  ///   - variance: tau^2.
  ///   - fades: Whether rows beyond a border have a weight, which fades within tau / 2.
  init(_ index: Int, of centres: [[Double]], variance: Double, fades: Bool) {
    let n = centres[index].count
    var axes = [Double](repeating: 0, count: n * n)
    for l in 0..<n { axes[l * n + l] = 1 / variance.squareRoot() }
    cell = PolynomialCell(
      centre: centres[index], origin: centres[index], axes: axes, degree: 1, coefficients: [],
      pointRadius: .infinity, meanRadius: .infinity)
    basis = HermiteBasis(dimension: n, degree: 1)
    borderWidth = Self.borderWidth(variance: variance)
    var borders: [(normal: [Double], offset: Double)] = []
    if fades {
      for (other, centre) in centres.enumerated() where other != index {
        let difference = zip(centres[index], centre).map { $0 - $1 }
        let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { continue }
        let normal = difference.map { $0 / length }
        let middle = zip(centres[index], centre).map { ($0 + $1) / 2 }
        borders.append((normal, zip(normal, middle).reduce(0) { $0 + $1.0 * $1.1 }))
      }
    }
    self.borders = borders
  }

  /// How far beyond a border rows have a weight.
  static func borderWidth(variance: Double) -> Double { variance.squareRoot() / 2 }

  /// Whether rows beyond a border have a weight.
  var fades: Bool { !borders.isEmpty }

  /// The weight of a point, 1 in the cell and 0 from some distance beyond; writes its gradient.
  func weight(of point: UnsafePointer<Double>, gradient: UnsafeMutablePointer<Double>) -> Double {
    let n = cell.dimension
    var (least, nearest) = (0.0, -1)
    for (index, border) in borders.enumerated() {
      var distance = -border.offset
      for j in 0..<n { distance += border.normal[j] * point[j] }
      if distance < least { (least, nearest) = (distance, index) }
    }
    let weight = 1 + least / borderWidth
    let isInside = nearest < 0 || weight <= 0
    for j in 0..<n { gradient[j] = isInside ? 0 : borders[nearest].normal[j] / borderWidth }
    return max(weight, 0)
  }

  /// The same frame with other axes: those along which the points, or the posterior means, vary.
  ///
  /// - Parameters:
  ///   - equations: The linear fit in the present frame.
  ///   - variance: tau^2.
  ///   - reduces: Whether to keep only directions along which the posterior mean varies beyond doubt.
  ///   - rows: The number of rows of the cell.
  ///   - ridge: The ridge of the linear fit.
  func refined(
    by equations: NormalEquations, variance: Double, reduces: Bool, rows: Int, ridge: Double
  ) -> CellFrame {
    let (n, width) = (cell.dimension, equations.features)
    var refined = self
    guard equations.weight > 0 else { return refined }
    let tau = variance.squareRoot()
    let mean = (0..<n).map { equations.gram[($0 + 1) * width] / equations.weight }
    var covariance = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        let value =
          equations.gram[(i + 1) * width + j + 1] / equations.weight - mean[i] * mean[j]
        covariance[i * n + j] = value
        covariance[j * n + i] = value
      }
    }
    for j in 0..<n { refined.cell.origin[j] += tau * mean[j] }
    let varying =
      reduces
      ? varyingDirections(equations, variance: variance, rows: rows, ridge: ridge)
      : try? SymmetricEigendecomposition(of: covariance, dimension: n).vectors
    let directions = varying ?? Self.identity(n)
    var axes: [Double] = []
    for first in stride(from: 0, to: directions.count, by: n) {
      let u = directions[first..<first + n]
      var spread = 0.0
      for i in 0..<n {
        for j in 0..<n { spread += u[first + i] * covariance[i * n + j] * u[first + j] }
      }
      guard spread > 1e-9 else { continue }
      axes += u.map { $0 / (spread.squareRoot() * tau) }
    }
    refined.cell.axes = axes
    return refined
  }

  /// Unit directions along which the linear part of the posterior mean stands out of its error.
  ///
  /// The Jacobian of E[mu | y] is Cov(mu | y) / tau^2, so it is positive semidefinite, and a direction
  /// along which its mean vanishes is one along which nothing varies at all.
  private func varyingDirections(
    _ equations: NormalEquations, variance: Double, rows: Int, ridge: Double
  ) -> [Double]? {
    let n = cell.dimension
    let tau = variance.squareRoot()
    guard let fit = RidgeRegression(equations, ridge: ridge) else { return nil }
    let beta = fit.coefficients(first: n + 1)
    var jacobian = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        jacobian[i * n + j] = (beta[(i + 1) * n + j] + beta[(j + 1) * n + i]) / (2 * tau)
      }
    }
    guard let spectrum = try? SymmetricEigendecomposition(of: jacobian, dimension: n) else {
      return nil
    }
    // An implicit loss has no residuals; its linear part is a covariance less tau^2, of error
    // sqrt(n / rows).
    let residual =
      equations.square > 0
      ? max(equations.risk(of: beta), 0) / (Double(n) * variance) : 1
    let floor = 2 * (Double(n) * residual / Double(max(rows, 1))).squareRoot()
    return (0..<n).reversed().filter { spectrum.values[$0] > floor }
      .flatMap { spectrum.vectors[($0 * n)..<(($0 + 1) * n)] }
  }

  private static func identity(_ n: Int) -> [Double] {
    (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 }
  }
}
