import OrnsteinNumerics
import RealModule

/// Log w_k N(x; mean_k, C_k) as linear functions of the quadratic features of u = (x - centre) / scale.
///
/// Products of coordinates lose digits where a component is narrow and far from the centre: by about
/// the square of its distance over its smallest variance. Where that is more than ``mostLoss``, there is
/// no table.
struct FeatureTable: Sendable {
  /// The greatest factor by which rounding errors may grow.
  static let mostLoss = 1e6

  /// Whether all products of coordinates are features, or the squares alone.
  let pairs: Bool
  /// The number of features: products, coordinates and 1.
  let count: Int
  /// Features by components, packed as the right-hand matrix of a product.
  let packed: Batch<Double>

  static func count(pairs: Bool, dimension d: Int) -> Int {
    (pairs ? d * (d + 1) / 2 : d) + d + 1
  }

  /// `nil` where digits would be lost or a covariance is not positive definite.
  init?(_ parameters: MixtureParameters, centre: [Double], scale: [Double]) {
    let (d, components) = (parameters.dimension, parameters.count)
    pairs = !parameters.kind.isAxisAligned
    count = Self.count(pairs: pairs, dimension: d)
    let constant = count - 1
    let linear = count - 1 - d
    var table = [Double](repeating: 0, count: count * components)
    let logScale = scale.reduce(0) { $0 + .log($1) }
    let base = -Double(d) / 2 * .log(2 * .pi) - logScale
    var tied: (precision: [Double], logDeterminant: Double, trace: Double)?
    for k in 0..<components {
      let mean = parameters.mean(k)
      let place = (0..<d).map { (mean[mean.startIndex + $0] - centre[$0]) / scale[$0] }
      var (square, logDeterminant) = (0.0, 0.0)
      if pairs {
        let precision: [Double]
        let trace: Double
        if let tied {
          (precision, logDeterminant, trace) = tied
        } else {
          guard let scaled = Self.scaled(parameters.matrix(k), by: scale, dimension: d) else {
            return nil
          }
          (precision, logDeterminant, trace) = scaled
          if parameters.kind.isTied { tied = scaled }
        }
        let distance = place.reduce(0) { $0 + $1 * $1 }
        let precisionTrace = (0..<d).reduce(0) { $0 + precision[$1 * (d + 1)] }
        guard (distance + trace) * precisionTrace <= Self.mostLoss else { return nil }
        var product = 0
        for i in 0..<d {
          var pull = 0.0
          for j in 0..<d { pull += precision[i * d + j] * place[j] }
          for j in 0...i {
            table[product * components + k] = (i == j ? -0.5 : -1) * precision[i * d + j]
            product += 1
          }
          table[(linear + i) * components + k] = pull
          square += pull * place[i]
        }
      } else {
        for (i, variance) in parameters.variances(k).enumerated() {
          let scaled = variance / (scale[i] * scale[i])
          let precision = 1 / scaled
          guard (place[i] * place[i] + scaled) * precision <= Self.mostLoss else { return nil }
          table[i * components + k] = -precision / 2
          table[(linear + i) * components + k] = precision * place[i]
          square += precision * place[i] * place[i]
          logDeterminant += .log(scaled)
        }
      }
      table[constant * components + k] =
        .log(parameters.weights[k]) + base - logDeterminant / 2 - square / 2
    }
    let features = count
    packed = Batch(
      unsafeUninitializedCount: DoubleKernels.packedCount(rows: features, columns: components),
      dimension: 1
    ) { packed in
      guard let output = packed.baseAddress else { return }
      DoubleKernels.pack(
        table, stride: components, rows: features, columns: components, transposed: false,
        into: output)
    }
  }

  /// The precision matrix in scaled coordinates, the log-determinant of its inverse, and the trace of
  /// that.
  private static func scaled(
    _ matrix: [Double], by scale: [Double], dimension d: Int
  ) -> (precision: [Double], logDeterminant: Double, trace: Double)? {
    var covariance = matrix
    for i in 0..<d { for j in 0..<d { covariance[i * d + j] /= scale[i] * scale[j] } }
    guard let factor = LowerTriangle(factoring: covariance, dimension: d) else { return nil }
    return (
      factor.precision, factor.logDeterminant,
      (0..<d).reduce(0) { $0 + covariance[$1 * (d + 1)] }
    )
  }
}
