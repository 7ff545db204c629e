import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule

/// Points and brute-force formulas that tests of learned mixtures share.
enum MixtureSamples {
  static func draw(_ mixture: GaussianMixture<Double>, rows: Int, seed: UInt64) -> Batch<Double> {
    var batch = Batch<Double>(count: rows, dimension: mixture.dimension)
    batch.withMutableSpan {
      mixture.drawExactly(rows: 0..<rows, key: NoiseKey(seed: seed), into: &$0)
    }
    return batch
  }

  /// Three components of dimension 3, well apart, of unlike shapes.
  static func three() throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: [0.5, 0.3, 0.2], means: [[0, 0, 0], [6, 1, -2], [-1, 7, 3]],
      covariances: [
        .full([[1, 0.5, 0.2], [0.5, 2, -0.3], [0.2, -0.3, 0.5]]),
        .full([[2, -0.7, 0], [-0.7, 1, 0.1], [0, 0.1, 0.3]]),
        .full([[0.5, 0, 0.1], [0, 0.8, 0], [0.1, 0, 1.5]]),
      ])
  }

  /// Some coordinates replaced by NaN, none of them the only one of its row.
  static func withHoles(_ points: Batch<Double>, every: Int) -> Batch<Double> {
    var holed = points
    for row in 0..<points.count {
      for column in 0..<points.dimension - 1
      where (row * 7 + column * 3 + row / 5).isMultiple(of: every) {
        holed[row, (column + row) % points.dimension] = .nan
      }
    }
    return holed
  }

  /// One step for full covariances by the definition: each row alone, each conditional law by
  /// Gauss-Jordan elimination.
  static func step(
    weights: [Double], means: [[Double]], covariances: [[[Double]]], points: Batch<Double>,
    ridge: Double
  ) -> (
    weights: [Double], means: [[Double]], covariances: [[[Double]]], logLikelihood: Double
  ) {
    let (d, count) = (points.dimension, weights.count)
    var masses = [Double](repeating: 0, count: count)
    var first = [[Double]](repeating: [Double](repeating: 0, count: d), count: count)
    var second = [[[Double]]](
      repeating: [[Double]](repeating: [Double](repeating: 0, count: d), count: d), count: count)
    var logLikelihood = 0.0
    for row in 0..<points.count {
      let x = points.point(row)
      let laws = (0..<count).map { conditional(x, mean: means[$0], covariance: covariances[$0]) }
      let joint = (0..<count).map { weights[$0] * .exp(laws[$0].logDensity) }
      let density = joint.reduce(0, +)
      logLikelihood += .log(density)
      for k in 0..<count {
        let r = joint[k] / density
        masses[k] += r
        for i in 0..<d {
          first[k][i] += r * laws[k].point[i]
          for j in 0..<d {
            second[k][i][j] +=
              r * (laws[k].point[i] * laws[k].point[j] + laws[k].covariance[i][j])
          }
        }
      }
    }
    let n = Double(points.count)
    let newMeans = (0..<count).map { k in first[k].map { $0 / masses[k] } }
    var newCovariances = second
    for k in 0..<count {
      for i in 0..<d {
        for j in 0..<d {
          let product = newMeans[k][i] * newMeans[k][j]
          newCovariances[k][i][j] = second[k][i][j] / masses[k] - product
        }
        newCovariances[k][i][i] += ridge
      }
    }
    return (masses.map { $0 / n }, newMeans, newCovariances, logLikelihood / n)
  }

  /// The marginal log-density of what a row has, the row with conditional means filled in, and the
  /// covariance of what it lacks.
  private static func conditional(
    _ x: [Double], mean: [Double], covariance: [[Double]]
  ) -> (logDensity: Double, point: [Double], covariance: [[Double]]) {
    let d = x.count
    var (point, matrix) = (mean, covariance)
    var logDensity = 0.0
    // Conditions on one coordinate after the other: the chain rule.
    for i in 0..<d where !x[i].isNaN {
      let variance = matrix[i][i]
      let difference = x[i] - point[i]
      logDensity -= (difference * difference / variance + .log(2 * .pi * variance)) / 2
      let column = (0..<d).map { matrix[$0][i] }
      for a in 0..<d {
        point[a] += column[a] * difference / variance
        for b in 0..<d { matrix[a][b] -= column[a] * column[b] / variance }
      }
      point[i] = x[i]
    }
    return (logDensity, point, matrix)
  }

  static func rows(_ covariance: MixtureCovariance) -> [[Double]] {
    if case .full(let rows) = covariance { rows } else { [] }
  }
}
