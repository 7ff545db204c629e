import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// The log-density of rows some of whose cells are missing: of the cells that are there, by the marginal law
/// of the values, times the probability of the gaps given those.
struct GapDensity {
  /// How often a probability is drawn that is not exact.
  private static let draws = 16
  private static let chunk = 256

  private let law: GaussianMixture<Double>
  private let layout: GapLayout

  /// The density of values with the noise of a level; what tells of gaps has none.
  init(
    _ law: GaussianMixture<Double>, _ layout: GapLayout, at level: NoiseLevel
  ) throws(MixtureError) {
    self.layout = layout
    guard level.sigma > 0 || level.alpha != 1 else {
      self.law = law
      return
    }
    var description = law.description
    let d = layout.dimension
    var scales = [Double](repeating: 1, count: d)
    for coordinate in layout.values { scales[coordinate] = level.alpha }
    for index in description.components.indices {
      for axis in 0..<d { description.components[index].mean[axis] *= scales[axis] }
      var rows = description.components[index].covariance.rows(dimension: d)
      for i in 0..<d {
        for j in 0..<d { rows[i][j] *= scales[i] * scales[j] }
      }
      for coordinate in layout.values { rows[coordinate][coordinate] += level.sigma * level.sigma }
      description.components[index].covariance = .full(rows)
    }
    self.law = try GaussianMixture(description)
  }

  /// The log-densities of points.
  ///
  /// - Parameters:
  ///   - points: Encoded rows, with the noise of the level; of missing cells the values do not matter.
  ///   - roles: What each coordinate is.
  ///   - key: The seed of the probabilities that are drawn.
  ///   - firstRow: The number of the first row, which decides on its draws.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``/OrnsteinDiffusion/ConditionalError`` if a component has no density.
  func logDensities(
    of points: Batch<Double>, _ roles: [MeasuredPoints.Role], key: NoiseKey, firstRow: Int,
    threads: Int
  ) throws -> [Double] {
    let d = layout.dimension
    let patterns = GapPatterns(rows: points.count, coordinates: layout.values) {
      roles[$0 * d + $1] != .gap
    }
    let shelf = RegressionShelf()
    var densities = [Double](repeating: 0, count: points.count)
    try densities.withUnsafeMutableBufferPointer { densities in
      nonisolated(unsafe) let densities = densities
      try Chunks(of: 0..<points.count, size: Self.chunk).forEach(threads: threads) { piece, _ in
        let numbers = UniformRows(
          piece, width: Self.draws * layout.markers.count, key: key, step: 1, firstRow: firstRow)
        for (pattern, rows) in Dictionary(grouping: piece, by: { patterns.ofRow[$0] }) {
          let regression = try shelf.regression(
            pattern, of: law, on: patterns.observed[Int(pattern)])
          let gaps = GapProbability(of: regression, layout.markers)
          var point = ConditionalPoint(of: regression)
          for row in rows {
            guard try Self.move(&point, to: regression.observed.map { points[row, $0] }) else {
              densities[row] = -.infinity
              continue
            }
            let isMissing = layout.markers.map { points[row, $0.coordinate] > $0.threshold }
            densities[row] =
              point.logDensity
              + logProbability(gaps, point, isMissing) { numbers[row, $0] }
          }
        }
      }
    }
    return densities
  }

  /// Moves a point, unless the values are beyond all numbers.
  private static func move(
    _ point: inout ConditionalPoint, to values: [Double]
  ) throws(ConditionalError) -> Bool {
    do throws(ConditionalError) {
      try point.move(to: values)
      return true
    } catch {
      guard case .tooFar = error else { throw error }
      return false
    }
  }

  /// The log-probability of the gaps of a row.
  private func logProbability(
    _ gaps: GapProbability, _ point: ConditionalPoint, _ isMissing: [Bool],
    uniform: (Int) -> Double
  ) -> Double {
    let draws = gaps.isExact ? 1 : Self.draws
    var sum = 0.0
    for (component, share) in point.probabilities.enumerated() where share > 0 {
      let means = gaps.means(point.mean(ofComponent: component))
      for draw in 0..<draws {
        sum +=
          share / Double(draws)
          * .exp(
            gaps.logProbability(component, means, isMissing) {
              uniform(draw * gaps.count + $0)
            }.logProbability)
      }
    }
    return .log(sum)
  }
}
