import OrnsteinNumerics

/// The pass over points without missing coordinates by quadratic features: the exponents of all
/// components are one matrix product, and so are the sums of the maximisation step.
///
/// Costs 2 F multiply-adds a row and component, F = (d + 1)(d + 2) / 2 for full covariances, the least
/// that both steps need, in two products that run at the speed of the machine.
struct FeatureWork: ExpectationWork {
  /// The numbers of a chunk's features, which stay in the second-level cache.
  private static let chunkNumbers = 1 << 16
  private static let mostRows = 256
  private static let fewestRows = 32

  private let points: MixturePoints
  private let parameters: MixtureParameters
  private let table: FeatureTable
  private let inverseScale: [Double]

  /// `nil` where coordinates are missing, features are too many or would lose digits.
  init?(_ points: MixturePoints, _ parameters: MixtureParameters) {
    let pairs = !parameters.kind.isAxisAligned
    let features = FeatureTable.count(pairs: pairs, dimension: points.dimension)
    guard points.isComplete, features * Self.fewestRows <= Self.chunkNumbers,
      let table = FeatureTable(parameters, centre: points.centre, scale: points.scale)
    else { return nil }
    self.points = points
    self.parameters = parameters
    self.table = table
    inverseScale = points.scale.map { 1 / $0 }
  }

  var sumCount: Int { table.count * parameters.count }

  func add(
    _ places: Range<Int>, to sums: UnsafeMutablePointer<Double>?,
    logDensities: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) throws -> Double {
    let (features, components, d) = (table.count, parameters.count, points.dimension)
    let most = min(Self.mostRows, Self.chunkNumbers / features)
    let packedCount = DoubleKernels.packedCount(rows: most, columns: components)
    var logLikelihood = 0.0
    points.points.withUnsafeBufferPointer { x in
      table.packed.withUnsafeBufferPointer { table in
        workspace.withBuffer(of: Double.self, count: most * features) { feature in
          workspace.withBuffer(of: Double.self, count: most * components) { exponent in
            workspace.withBuffer(of: Double.self, count: packedCount) { packed in
              guard let x = x.baseAddress, let table = table.baseAddress,
                let feature = feature.baseAddress, let exponent = exponent.baseAddress,
                let packed = packed.baseAddress
              else { return }
              for first in stride(from: places.lowerBound, to: places.upperBound, by: most) {
                let rows = min(most, places.upperBound - first)
                DoubleKernels.quadraticFeatures(
                  of: x + first * d, rows: rows, dimension: d, centre: points.centre,
                  scale: inverseScale, pairs: self.table.pairs, into: feature)
                DoubleKernels.multiply(
                  MatrixProduct(
                    rows: rows, columns: components, inner: features, left: feature,
                    leftRowStride: features, packedRight: table, output: exponent,
                    outputStride: components))
                logLikelihood += normalize(
                  exponent, first: first, rows: rows, logDensities: logDensities)
                guard let sums else { continue }
                DoubleKernels.pack(
                  exponent, stride: components, rows: rows, columns: components,
                  transposed: false, into: packed)
                var product = MatrixProduct<Double>(
                  rows: features, columns: components, inner: rows, left: feature,
                  leftRowStride: 1, packedRight: packed, output: sums,
                  outputStride: components)
                product.leftColumnStride = features
                product.accumulates = true
                DoubleKernels.multiply(product)
              }
            }
          }
        }
      }
    }
    return logLikelihood
  }

  /// Exponents become weights times responsibilities.
  private func normalize(
    _ exponent: UnsafeMutablePointer<Double>, first: Int, rows: Int,
    logDensities: UnsafeMutablePointer<Double>
  ) -> Double {
    guard let weights = points.weights else {
      DoubleKernels.softmaxRows(
        exponent, rows: rows, columns: parameters.count, factors: nil,
        logSums: logDensities + first)
      return (0..<rows).reduce(0) { $0 + logDensities[first + $1] }
    }
    return weights.withUnsafeBufferPointer { weights in
      guard let base = weights.baseAddress else { return 0 }
      DoubleKernels.softmaxRows(
        exponent, rows: rows, columns: parameters.count, factors: base + first,
        logSums: logDensities + first)
      return (0..<rows).reduce(0) { $0 + base[first + $1] * logDensities[first + $1] }
    }
  }

  func moments(_ sums: [Double]) -> MixtureMoments {
    let (components, d, kind) = (parameters.count, points.dimension, parameters.kind)
    let linear = table.count - 1 - d
    let size = MixtureMoments.spreadSize(kind, dimension: d)
    var moments = MixtureMoments(
      masses: Array(sums[((table.count - 1) * components)...]), means: parameters.means,
      spreads: [Double](repeating: 0, count: components * size))
    for k in 0..<components where moments.masses[k] > 0 {
      let mass = moments.masses[k]
      let mean = (0..<d).map { sums[(linear + $0) * components + k] / mass }
      for axis in 0..<d {
        moments.means[k * d + axis] = points.centre[axis] + points.scale[axis] * mean[axis]
      }
      var product = 0
      for i in 0..<d {
        for j in table.pairs ? 0...i : i...i {
          let square = sums[product * components + k] / mass
          let spread = (square - mean[i] * mean[j]) * points.scale[i] * points.scale[j]
          product += 1
          if table.pairs {
            moments.spreads[k * size + i * d + j] = spread
            moments.spreads[k * size + j * d + i] = spread
          } else {
            moments.spreads[k * size + i] = spread
          }
        }
      }
    }
    return moments
  }
}
