import OrnsteinNumerics
import RealModule

/// A mixture as rows see it in which some coordinates are missing: the marginal laws of the others, and
/// the laws of the missing ones given them.
///
/// With observed coordinates O and missing ones M: log w_k N(x_O; mean_O, C_OO), the conditional mean
/// mean_M + C_MO C_OO^{-1} (x_O - mean_O) and covariance C_MM - C_MO C_OO^{-1} C_OM.
struct PatternTable {
  let observed: [Int]
  let missing: [Int]
  /// log w_k - log det(2 pi C_OO) / 2.
  var constants: [Double] = []
  /// Components by observed coordinates.
  var means: [Double] = []
  /// L^{-T} of C_OO = L L^T, packed, component after component.
  let whitening: Batch<Double>
  let whiteningSize: Int
  /// (C_MO C_OO^{-1})^T, packed, component after component.
  let regression: Batch<Double>
  let regressionSize: Int
  /// Conditional covariances, component after component.
  var conditional: [Double] = []

  init(
    _ parameters: MixtureParameters, _ pattern: MixturePoints.Pattern
  ) throws(ExpectationMaximizationError) {
    observed = pattern.observed
    missing = pattern.missing
    let (d, o, m) = (parameters.dimension, pattern.observed.count, pattern.missing.count)
    whiteningSize = DoubleKernels.packedCount(rows: o, columns: o)
    regressionSize = m == 0 ? 0 : DoubleKernels.packedCount(rows: o, columns: m)
    var whitening = Batch<Double>(count: whiteningSize * parameters.count, dimension: 1)
    var regression = Batch<Double>(count: regressionSize * parameters.count, dimension: 1)
    for k in 0..<parameters.count {
      let matrix = parameters.matrix(k)
      let block = { (rows: [Int], columns: [Int]) in
        rows.flatMap { row in columns.map { matrix[row * d + $0] } }
      }
      guard
        let factor = LowerTriangle(factoring: block(observed, observed), dimension: o)
      else { throw .notPositiveDefinite(component: k) }
      let inverse = factor.inverse
      constants.append(
        .log(parameters.weights[k]) - (Double(o) * .log(2 * .pi) + factor.logDeterminant) / 2)
      let mean = parameters.mean(k)
      means += observed.map { mean[mean.startIndex + $0] }
      Self.pack(inverse, rows: o, columns: o, transposed: true, to: &whitening, k * whiteningSize)
      guard m > 0 else { continue }
      let across = block(missing, observed)
      let algebra = SystemLinearAlgebra.current
      let slopes = algebra.product(
        across, factor.precision, rows: m, inner: o, columns: o)
      Self.pack(slopes, rows: o, columns: m, transposed: true, to: &regression, k * regressionSize)
      var spread = block(missing, missing)
      for i in 0..<m {
        for j in 0..<m {
          for l in 0..<o { spread[i * m + j] -= slopes[i * o + l] * across[j * o + l] }
        }
      }
      conditional += spread
    }
    self.whitening = whitening
    self.regression = regression
  }

  private static func pack(
    _ matrix: [Double], rows: Int, columns: Int, transposed: Bool, to output: inout Batch<Double>,
    _ first: Int
  ) {
    output.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      DoubleKernels.pack(
        matrix, stride: transposed ? rows : columns, rows: rows, columns: columns,
        transposed: transposed, into: base + first)
    }
  }
}
