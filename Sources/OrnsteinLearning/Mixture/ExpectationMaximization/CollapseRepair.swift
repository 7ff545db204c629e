import OrnsteinNumerics

/// Finds components that have collapsed, and begins them anew at the rows that the mixture explains
/// worst.
struct CollapseRepair: Sendable {
  let points: MixturePoints
  let ridge: Double
  /// How many components may begin anew.
  private var left: Int
  /// Rows at which a component has begun anew.
  private(set) var used: Set<Int>

  /// - Parameter used: Rows at which a component of the restart has begun anew before.
  init(_ points: MixturePoints, ridge: Double, limit: Int, used: Set<Int>) {
    self.points = points
    self.ridge = ridge
    self.used = used
    left = limit - used.count
  }

  /// The components of a step that have collapsed, and why.
  func collapsed(
    _ parameters: MixtureParameters, _ moments: MixtureMoments
  ) -> [(component: Int, cause: MixtureCollapse.Cause, rows: Double)] {
    let d = points.dimension
    let spread = points.scale.reduce(0) { max($0, $1 * $1) }
    return (0..<parameters.count).compactMap { k in
      let rows = moments.masses[k] / points.totalWeight * Double(points.weightedRows)
      // Rows on which responsibilities are 1 but for rounding count whole.
      if !(rows >= 1 - 1e-6) { return (k, .mass, rows) }
      if parameters.kind == .identity || parameters.kind.isTied { return nil }
      if parameters.kind == .full,
        LowerTriangle(factoring: parameters.matrix(k), dimension: d) == nil
      {
        return (k, .singular, rows)
      }
      if !parameters.variances(k).allSatisfy({ $0 > 0 && $0.isFinite }) {
        return (k, .singular, rows)
      }
      guard parameters.count > 1, spread > 100 * ridge else { return nil }
      let variances = moments.variances(k, kind: parameters.kind, dimension: d)
      if variances.allSatisfy({ $0 <= ridge }) { return (k, .floor, rows) }
      return isFlat(moments, k, parameters.kind, rows: rows) ? (k, .floor, rows) : nil
    }
  }

  /// Whether a full covariance comes from fewer rows than it needs, and lies at the ridge in some
  /// direction.
  private func isFlat(
    _ moments: MixtureMoments, _ k: Int, _ kind: CovarianceKind, rows: Double
  ) -> Bool {
    let d = points.dimension
    guard kind == .full, d > 1, rows < Double(d) + 0.5 else { return false }
    let matrix = Array(moments.spreads[k * d * d..<(k + 1) * d * d])
    guard let eigen = try? SymmetricEigendecomposition(of: matrix, dimension: d) else {
      return true
    }
    return (eigen.values.first ?? 0) <= ridge
  }

  /// Begins a component anew at the row of lowest log-density that was not taken before: the mean is
  /// the row, the covariance the average of the others, the weight 1 / K.
  ///
  /// - Returns: The row, or `nil` where none is left.
  mutating func repair(
    _ component: Int, in parameters: inout MixtureParameters, logDensities: [Double],
    healthy: [Int]
  ) -> Int? {
    guard left > 0 else { return nil }
    var worst: Int?
    for row in 0..<points.count where points.weight(row) > 0 && !used.contains(row) {
      if worst.map({ logDensities[row] < logDensities[$0] }) ?? true { worst = row }
    }
    guard let row = worst else { return nil }
    left -= 1
    used.insert(row)
    let d = points.dimension
    for axis in 0..<d {
      let value = points.points[row, axis]
      parameters.means[component * d + axis] = value.isNaN ? points.centre[axis] : value
    }
    parameters.setCovariance(component, to: average(of: healthy, parameters))
    let weight = 1 / Double(parameters.count)
    let rest = parameters.weights.indices.reduce(0) {
      $0 + ($1 == component ? 0 : parameters.weights[$1])
    }
    for k in parameters.weights.indices {
      parameters.weights[k] =
        k == component ? weight : (rest > 0 ? parameters.weights[k] / rest : 1) * (1 - weight)
    }
    return row
  }

  /// The mean covariance of some components, or that of the points coordinate by coordinate.
  private func average(of healthy: [Int], _ parameters: MixtureParameters) -> [Double] {
    let d = points.dimension
    let total = healthy.reduce(0) { $0 + parameters.weights[$1] }
    var matrix = [Double](repeating: 0, count: d * d)
    guard total > 0 else {
      for axis in 0..<d {
        matrix[axis * (d + 1)] = points.scale[axis] * points.scale[axis] + ridge
      }
      return matrix
    }
    for k in healthy {
      for (index, entry) in parameters.matrix(k).enumerated() {
        matrix[index] += parameters.weights[k] / total * entry
      }
    }
    return matrix
  }
}
