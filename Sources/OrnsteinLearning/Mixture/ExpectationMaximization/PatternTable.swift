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
    let isShared = parameters.kind.isTied || parameters.kind == .identity
    var part: Part?
    for k in 0..<parameters.count {
      let mean = parameters.mean(k)
      means += observed.map { mean[mean.startIndex + $0] }
      if part == nil || !isShared {
        part =
          parameters.kind.isAxisAligned
          ? Part(variances: parameters.variances(k), observed: observed, missing: missing)
          : Part(
            matrix: parameters.matrix(k), dimension: d, observed: observed, missing: missing)
      }
      guard let part else { throw .notPositiveDefinite(component: k) }
      constants.append(
        .log(parameters.weights[k]) - (Double(o) * .log(2 * .pi) + part.logDeterminant) / 2)
      Self.pack(part.inverse, rows: o, columns: o, to: &whitening, k * whiteningSize)
      guard m > 0 else { continue }
      Self.pack(part.slopes, rows: o, columns: m, to: &regression, k * regressionSize)
      conditional += part.conditional
    }
    self.whitening = whitening
    self.regression = regression
  }

  /// What one covariance says.
  private struct Part {
    /// Of the observed block.
    let logDeterminant: Double
    /// L^{-1} of the observed block.
    let inverse: [Double]
    /// C_MO C_OO^{-1}.
    let slopes: [Double]
    let conditional: [Double]

    /// Of a matrix; `nil` unless it is positive definite.
    init?(matrix: [Double], dimension d: Int, observed: [Int], missing: [Int]) {
      let (o, m) = (observed.count, missing.count)
      func block(_ rows: [Int], _ columns: [Int]) -> [Double] {
        rows.flatMap { row in columns.map { matrix[row * d + $0] } }
      }
      guard let factor = LowerTriangle(factoring: block(observed, observed), dimension: o)
      else { return nil }
      logDeterminant = factor.logDeterminant
      inverse = factor.inverse
      guard m > 0 else {
        (slopes, conditional) = ([], [])
        return
      }
      let across = block(missing, observed)
      slopes = SystemLinearAlgebra.current.product(
        across, factor.precision, rows: m, inner: o, columns: o)
      var spread = block(missing, missing)
      for i in 0..<m {
        for j in 0..<m {
          for l in 0..<o { spread[i * m + j] -= slopes[i * o + l] * across[j * o + l] }
        }
      }
      conditional = spread
    }

    /// Of a diagonal, whose missing coordinates know nothing of the others; `nil` unless all are above 0.
    init?(variances: [Double], observed: [Int], missing: [Int]) {
      let (o, m) = (observed.count, missing.count)
      guard variances.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
      logDeterminant = observed.reduce(0) { $0 + .log(variances[$1]) }
      var inverse = [Double](repeating: 0, count: o * o)
      for (place, axis) in observed.enumerated() {
        inverse[place * (o + 1)] = 1 / variances[axis].squareRoot()
      }
      self.inverse = inverse
      slopes = [Double](repeating: 0, count: m * o)
      var conditional = [Double](repeating: 0, count: m * m)
      for (place, axis) in missing.enumerated() { conditional[place * (m + 1)] = variances[axis] }
      self.conditional = conditional
    }
  }

  /// Packs the transpose.
  private static func pack(
    _ matrix: [Double], rows: Int, columns: Int, to output: inout Batch<Double>, _ first: Int
  ) {
    output.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      DoubleKernels.pack(
        matrix, stride: rows, rows: rows, columns: columns, transposed: true, into: base + first)
    }
  }
}
