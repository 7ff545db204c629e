import OrnsteinNumerics
import RealModule

/// The axes of all components of a mixture side by side, packed for two matrix products: points to
/// coordinates along the axes of every component, and back.
struct MixtureRotation<Scalar: BatchScalar>: Sendable {
  /// Points that are rotated at once, so that the coordinates stay in cache.
  private static var blockRows: Int { 32 }

  private let dimension: Int
  private let count: Int
  /// d by K d, column k d + j is axis j of component k.
  private let forward: Batch<Scalar>
  /// Its transpose.
  private let backward: Batch<Scalar>

  init(_ components: [MixtureComponent], dimension: Int) {
    self.dimension = dimension
    count = components.count
    let d = dimension
    var axes = [Scalar](repeating: 0, count: components.count * d * d)
    for (index, component) in components.enumerated() {
      for j in 0..<d {
        for i in 0..<d {
          axes[(index * d + j) * d + i] = Scalar(component.axes?[j * d + i] ?? (i == j ? 1 : 0))
        }
      }
    }
    let columns = components.count * d
    forward = Self.packed(axes, rows: d, columns: columns, transposed: true)
    backward = Self.packed(axes, rows: columns, columns: d, transposed: false)
  }

  private static func packed(
    _ matrix: [Scalar], rows: Int, columns: Int, transposed: Bool
  ) -> Batch<Scalar> {
    let count = Scalar.Kernels.packedCount(rows: rows, columns: columns)
    return Batch(unsafeUninitializedCount: count, dimension: 1) { output in
      matrix.withUnsafeBufferPointer { matrix in
        guard let source = matrix.baseAddress, let target = output.baseAddress else { return }
        Scalar.Kernels.pack(
          source, stride: transposed ? rows : columns, rows: rows, columns: columns,
          transposed: transposed, into: target)
      }
    }
  }

  /// Scores, and log-densities unless `nil`, from means, precisions and constants along the axes.
  func score(
    of x: UnsafePointer<Scalar>, rows: Int, means: UnsafePointer<Scalar>,
    precisions: UnsafePointer<Scalar>, constants: UnsafePointer<Scalar>,
    score: UnsafeMutablePointer<Scalar>, logDensity: UnsafeMutablePointer<Scalar>?,
    _ workspace: Workspace
  ) {
    let columns = count * dimension
    let block = min(Self.blockRows, rows)
    workspace.withBuffer(of: Scalar.self, count: block * (columns + count)) { buffer in
      guard let axial = buffer.baseAddress else { return }
      for first in stride(from: 0, to: rows, by: block) {
        let size = min(block, rows - first)
        multiply(
          x + first * dimension, forward, into: axial, rows: size, inner: dimension,
          columns: columns)
        weigh(
          axial, rows: size, dimension: dimension, count: count, means: means,
          precisions: precisions, constants: constants,
          exponents: axial + block * columns, logDensity: logDensity.map { $0 + first })
        multiply(
          axial, backward, into: score + first * dimension, rows: size, inner: columns,
          columns: dimension)
      }
    }
  }

  private func multiply(
    _ left: UnsafePointer<Scalar>, _ right: Batch<Scalar>,
    into output: UnsafeMutablePointer<Scalar>, rows: Int, inner: Int, columns: Int
  ) {
    right.withUnsafeBufferPointer { packed in
      guard let packed = packed.baseAddress else { return }
      Scalar.Kernels.multiply(
        MatrixProduct(
          rows: rows, columns: columns, inner: inner, left: left, leftRowStride: inner,
          packedRight: packed, output: output, outputStride: columns))
    }
  }
}

/// Replaces coordinates along the axes of each component by rho_k g_k, in place.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func weigh<Scalar: BatchScalar>(
  _ axial: UnsafeMutablePointer<Scalar>, rows: Int, dimension: Int, count: Int,
  means: UnsafePointer<Scalar>, precisions: UnsafePointer<Scalar>,
  constants: UnsafePointer<Scalar>, exponents: UnsafeMutablePointer<Scalar>,
  logDensity: UnsafeMutablePointer<Scalar>?
) {
  for row in 0..<rows {
    let coordinates = axial + row * count * dimension
    let exponents = exponents + row * count
    var largest = -Scalar.infinity
    for k in 0..<count {
      var square: Scalar = 0
      for entry in k * dimension..<(k + 1) * dimension {
        let difference = means[entry] - coordinates[entry]
        let pull = precisions[entry] * difference
        square += pull * difference
        coordinates[entry] = pull
      }
      exponents[k] = constants[k] - square / 2
      largest = max(largest, exponents[k])
    }
    for k in 0..<count { exponents[k] -= largest }
    logDensity?[row] = largest
  }
  Scalar.Kernels.exponential(exponents, into: exponents, count: rows * count)
  for row in 0..<rows {
    let coordinates = axial + row * count * dimension
    let weights = exponents + row * count
    var sum: Scalar = 0
    for k in 0..<count { sum += weights[k] }
    for k in 0..<count {
      let share = weights[k] / sum
      for entry in k * dimension..<(k + 1) * dimension { coordinates[entry] *= share }
    }
    logDensity?[row] += Scalar.log(sum)
  }
}
