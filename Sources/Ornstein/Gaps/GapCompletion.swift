import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// Fills the gaps of rows by draws from their law given the cells that are there, and takes off the
/// log-density of what was drawn: the density of a whole point less that of the draw is in the mean a lower
/// bound of the log-density of the cells that are there, exact for the law that the draws are of.
struct GapCompletion {
  private static let chunk = 256

  private let law: GaussianMixture<Double>
  private let layout: GapLayout

  init(_ law: GaussianMixture<Double>, _ layout: GapLayout) {
    self.law = law
    self.layout = layout
  }

  /// The rows with values in all coordinates.
  ///
  /// - Throws: ``/OrnsteinDiffusion/ConditionalError`` if a row is too far from the law.
  func completed(
    _ measured: MeasuredPoints, key: NoiseKey, firstRow: Int, threads: Int
  ) throws -> MeasuredPoints {
    let (n, d) = (measured.points.count, layout.dimension)
    let patterns = GapPatterns(rows: n, coordinates: layout.values) {
      measured.roles[$0 * d + $1] != .gap
    }
    let shelf = RegressionShelf()
    let whole = try MixtureRegression(of: law, on: layout.values)
    let gaps = GapProbability(of: whole, layout.markers)
    var completed = measured
    try completed.points.withUnsafeMutableBufferPointer { points in
      nonisolated(unsafe) let points = points
      try completed.logDerivatives.withUnsafeMutableBufferPointer { shifts in
        nonisolated(unsafe) let shifts = shifts
        try Chunks(of: 0..<n, size: Self.chunk).forEach(threads: threads) { piece, _ in
          let numbers = UniformRows(
            piece, width: 2 * gaps.count + 2, key: key, step: 2, firstRow: firstRow)
          var normals = [Double](repeating: 0, count: piece.count * d)
          normals.withUnsafeMutableBufferPointer {
            DoubleKernels.normals(
              into: $0, stream: key.stream(.dequantisation, step: 3),
              first: UInt64(firstRow + piece.lowerBound) * UInt64(d))
          }
          var end = ConditionalPoint(of: whole)
          for (pattern, rows) in Dictionary(grouping: piece, by: { patterns.ofRow[$0] }) {
            let regression = try shelf.regression(
              pattern, of: law, on: patterns.observed[Int(pattern)])
            var point = ConditionalPoint(of: regression)
            for row in rows {
              var values = (0..<d).map { Double(points[row * d + $0]) }
              let isMissing = layout.markers.map { values[$0.coordinate] > $0.threshold }
              try point.move(to: regression.observed.map { values[$0] })
              var drawn = regression.missing.map { normals[(row - piece.lowerBound) * d + $0] }
              point.draw(uniform: numbers[row, 0], normals: &drawn)
              for (place, coordinate) in regression.missing.enumerated() {
                values[coordinate] = drawn[place]
              }
              try end.move(to: layout.values.map { values[$0] })
              let told = draw(gaps, end, isMissing) { numbers[row, $0 + 1] }
              for (marker, number) in zip(layout.markers, told.numbers) {
                values[marker.coordinate] = number
              }
              for coordinate in regression.missing {
                points[row * d + coordinate] = Float(values[coordinate])
              }
              shifts[row] -= end.logDensity - point.logDensity + told.logDensity
            }
          }
        }
      }
    }
    for index in completed.roles.indices
    where completed.roles[index] == .gap || completed.roles[index] == .marker {
      completed.roles[index] = .value
    }
    return completed
  }

  /// Numbers that tell of the gaps, and the log-density with which they are drawn.
  private func draw(
    _ gaps: GapProbability, _ point: ConditionalPoint, _ isMissing: [Bool],
    uniform: (Int) -> Double
  ) -> (numbers: [Double], logDensity: Double) {
    let components = point.probabilities.indices.filter { point.probabilities[$0] > 0 }
    let means = components.map { gaps.means(point.mean(ofComponent: $0)) }
    let weights = zip(components, means).map { component, means in
      point.probabilities[component]
        * .exp(
          gaps.logProbability(component, means, isMissing) { uniform(1 + $0) }.logProbability)
    }
    let total = weights.reduce(0, +)
    var (sum, chosen) = (0.0, components.count - 1)
    for (index, weight) in weights.enumerated() {
      sum += weight
      if sum > uniform(0) * total {
        chosen = index
        break
      }
    }
    let numbers = gaps.logProbability(components[chosen], means[chosen], isMissing) {
      uniform(1 + gaps.count + $0)
    }.numbers
    var density = 0.0
    for (index, component) in components.enumerated() where weights[index] > 0 {
      density +=
        weights[index] / total
        * .exp(gaps.logDensity(component, means[index], isMissing, of: numbers))
    }
    return (numbers, .log(density))
  }
}
