import OrnsteinNumerics
import RealModule

/// What a covariance says about the missing coordinates given the observed ones.
///
/// With s the standard deviations, R the correlations and R_oo = L L^T, the whitened observations are
/// v = L^{-1} ((x_o - mu_o) / s_o), the conditional mean is mu_m + s_m (L^{-1} R_om)^T v, and the
/// conditional covariance is s_m (R_mm - (L^{-1} R_om)^T L^{-1} R_om) s_m. Everything is factored in
/// correlations, so that units of very different sizes cost no digits.
struct ConditionalFactor: Sendable {
  /// 1 / s_o.
  let precisions: [Double]
  /// L, row-major; `nil` where the observed coordinates are independent.
  let lower: [Double]?
  /// L^{-1} R_om diag(s_m), one row an observed coordinate; `nil` where nothing is learned from them.
  let regression: [Double]?
  /// A of which A A^T is the conditional covariance: row-major, or a diagonal.
  let root: [Double]
  /// The conditional covariance.
  let covariance: MixtureCovariance
  /// log det of the covariance of the observed coordinates, halved.
  let halfLogDeterminant: Double

  /// The factor of a component that takes no part, as its weight is 0.
  init(idle covariance: MixtureCovariance, observed: [Int], missing: [Int]) {
    precisions = [Double](repeating: 0, count: observed.count)
    (lower, regression) = (nil, nil)
    root = [Double](repeating: 0, count: missing.count)
    self.covariance = covariance.part(of: missing)
    halfLogDeterminant = 0
  }

  /// - Throws: ``ConditionalError/singular(component:)`` if the observed coordinates have no density.
  init(
    _ covariance: MixtureCovariance, observed: [Int], missing: [Int], component: Int
  ) throws(ConditionalError) {
    guard case .full(let rows) = covariance else {
      let variances = observed.map { covariance.variance(of: $0) }
      guard variances.allSatisfy({ $0 > 0 }) else { throw .singular(component: component) }
      precisions = variances.map { 1 / $0.squareRoot() }
      (lower, regression) = (nil, nil)
      root = missing.map { covariance.variance(of: $0).squareRoot() }
      self.covariance = covariance.part(of: missing)
      halfLogDeterminant = variances.reduce(0) { $0 + .log($1) / 2 }
      return
    }
    let (o, m) = (observed.count, missing.count)
    let deviations = rows.indices.map { max(rows[$0][$0], 0).squareRoot() }
    func correlation(_ i: Int, _ j: Int) -> Double {
      let scale = (deviations[i], deviations[j])
      guard scale.0 > 0, scale.1 > 0 else { return 0 }
      return i == j ? 1 : (rows[i][j] / scale.0 / scale.1 + rows[j][i] / scale.0 / scale.1) / 2
    }
    var factor: [Double] = []
    if o > 0 {
      factor = try Self.cholesky(
        observed.flatMap { i in observed.map { correlation(i, $0) } }, dimension: o,
        component: component)
      guard observed.allSatisfy({ deviations[$0] > 0 }) else {
        throw .singular(component: component)
      }
    }
    // L^{-1} R_om, column by column.
    var whitened = [Double](repeating: 0, count: o * m)
    for (column, j) in missing.enumerated() {
      for (row, i) in observed.enumerated() {
        var value = correlation(i, j)
        for k in 0..<row { value -= factor[row * o + k] * whitened[k * m + column] }
        whitened[row * m + column] = value / factor[row * o + row]
      }
    }
    var rest = missing.flatMap { i in missing.map { correlation(i, $0) } }
    for row in 0..<o {
      for i in 0..<m {
        for j in 0..<m {
          rest[i * m + j] -= whitened[row * m + i] * whitened[row * m + j]
        }
      }
    }
    let scales = missing.map { deviations[$0] }
    (root, self.covariance) = try Self.root(
      of: rest, scales: scales, rounding: 32 * Double(o + m) * Double.ulpOfOne)
    for row in 0..<o {
      for j in 0..<m { whitened[row * m + j] *= scales[j] }
    }
    precisions = observed.map { 1 / deviations[$0] }
    lower = factor
    regression = whitened
    halfLogDeterminant = observed.enumerated().reduce(0) {
      $0 + .log(factor[$1.offset * o + $1.offset]) + .log(deviations[$1.element])
    }
  }

  /// The factor of correlations, of which no pivot may be lost in rounding.
  private static func cholesky(
    _ correlations: [Double], dimension: Int, component: Int
  ) throws(ConditionalError) -> [Double] {
    let factor: Cholesky
    do throws(LinearAlgebraError) {
      factor = try Cholesky(of: correlations, dimension: dimension)
    } catch {
      throw .singular(component: component)
    }
    let least = 16 * Double(dimension) * Double.ulpOfOne
    for row in 0..<dimension {
      let pivot = factor.lower[row * dimension + row]
      guard pivot * pivot > least else { throw .singular(component: component) }
    }
    return factor.lower
  }

  /// A root of a conditional covariance, and the covariance itself, whose eigenvalues are 0 where they
  /// are lost in rounding.
  private static func root(
    of correlations: [Double], scales: [Double], rounding: Double
  ) throws(ConditionalError) -> ([Double], MixtureCovariance) {
    let m = scales.count
    guard m > 0 else { return ([], .full([])) }
    let eigen: SymmetricEigendecomposition
    do throws(LinearAlgebraError) {
      eigen = try SymmetricEigendecomposition(of: correlations, dimension: m)
    } catch {
      throw .mixture(.notFinite(component: 0, part: "conditional covariance"))
    }
    var root = [Double](repeating: 0, count: m * m)
    for axis in 0..<m where eigen.values[axis] > rounding {
      let deviation = eigen.values[axis].squareRoot()
      for i in 0..<m { root[i * m + axis] = scales[i] * eigen.vectors[axis * m + i] * deviation }
    }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: m), count: m)
    let isWhole = eigen.values.allSatisfy { $0 > rounding }
    for i in 0..<m {
      for j in 0...i {
        matrix[i][j] =
          isWhole
          ? scales[i] * ((correlations[i * m + j] + correlations[j * m + i]) / 2) * scales[j]
          : (0..<m).reduce(0) { $0 + root[i * m + $1] * root[j * m + $1] }
        matrix[j][i] = matrix[i][j]
      }
    }
    return (root, .full(matrix))
  }
}

extension MixtureCovariance {
  /// The variance of one coordinate.
  func variance(of coordinate: Int) -> Double {
    switch self {
    case .identity: 1
    case .isotropic(let variance): variance
    case .diagonal(let variances): variances[coordinate]
    case .full(let rows): rows[coordinate][coordinate]
    }
  }
}
