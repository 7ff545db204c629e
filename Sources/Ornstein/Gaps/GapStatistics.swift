import OrnsteinDiffusion
import OrnsteinNumerics

/// For each component of a law of values, how often cells are missing and how that goes with the values:
/// expectations given the cells that are there.
struct GapStatistics {
  /// The expected rows of each component.
  private(set) var rows: [Double]
  /// The shares of missing cells, components by markers.
  private(set) var shares: [[Double]]
  /// Of each component the covariances of "is missing" with the values, markers by values.
  private(set) var covariances: [[[Double]]]
  /// Of each component the shares of rows in which both of two cells are missing, markers by markers.
  private(set) var jointShares: [[[Double]]]

  /// - Parameters:
  ///   - law: The law of the values.
  ///   - values: The rows, NaN where a cell is missing.
  ///   - weights: How much each row counts, a number above 0, or `nil` for 1.
  ///   - isMissing: For each marker and row whether the cell is missing.
  init(
    under law: GaussianMixture<Double>, _ values: Batch<Double>, weights: [Double]?,
    isMissing: [[Bool]]
  ) throws(ConditionalError) {
    let (k, v, m) = (law.description.components.count, law.dimension, isMissing.count)
    let zeros = [Double](repeating: 0, count: v)
    rows = [Double](repeating: 0, count: k)
    shares = [[Double]](repeating: [Double](repeating: 0, count: m), count: k)
    covariances = [[[Double]]](repeating: [[Double]](repeating: zeros, count: m), count: k)
    jointShares = [[[Double]]](
      repeating: [[Double]](repeating: [Double](repeating: 0, count: m), count: m), count: k)
    var means = [[Double]](repeating: zeros, count: k)
    let patterns = GapPatterns(rows: values.count, coordinates: Array(0..<v)) {
      !values[$0, $1].isNaN
    }
    var whole = zeros
    for (observed, rowsOfPattern) in zip(patterns.observed, patterns.rows) {
      var point = ConditionalPoint(of: try MixtureRegression(of: law, on: observed))
      let missing = point.regression.missing
      for row in rowsOfPattern {
        let given = observed.map { values[row, $0] }
        try point.move(to: given)
        let gaps = (0..<m).filter { isMissing[$0][row] }
        for component in 0..<k where point.probabilities[component] > 1e-9 {
          let weight = point.probabilities[component] * (weights?[row] ?? 1)
          for (place, coordinate) in observed.enumerated() { whole[coordinate] = given[place] }
          for (place, value) in point.mean(ofComponent: component).enumerated() {
            whole[missing[place]] = value
          }
          rows[component] += weight
          for coordinate in 0..<v { means[component][coordinate] += weight * whole[coordinate] }
          for gap in gaps {
            shares[component][gap] += weight
            for coordinate in 0..<v {
              covariances[component][gap][coordinate] += weight * whole[coordinate]
            }
            for other in gaps { jointShares[component][gap][other] += weight }
          }
        }
      }
    }
    for component in 0..<k where rows[component] > 0 {
      let count = rows[component]
      for gap in 0..<m {
        shares[component][gap] /= count
        for coordinate in 0..<v {
          covariances[component][gap][coordinate] =
            (covariances[component][gap][coordinate]
              - shares[component][gap] * means[component][coordinate]) / count
        }
        for other in 0..<m { jointShares[component][gap][other] /= count }
      }
    }
  }
}
