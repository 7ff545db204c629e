import OrnsteinNumerics

/// Products of one worker whose factors are rounded to bfloat16 on the way, for networks in single
/// precision.
///
/// Packed matrices lie in memory of numbers but hold words, a number's room for two.
package final class RoundedProducts<Scalar: BatchScalar> {
  package typealias Pointer = UnsafeMutablePointer<Scalar>

  private let memory = NumberBlocks<UInt32>()
  private let left: UnsafeMutablePointer<UInt32>
  private let right: UnsafeMutablePointer<UInt32>

  /// Room for matrices of at most `rows` rows and `columns` columns.
  package init(rows: Int, columns: Int) {
    left = memory.take(
      max(
        rows * Self.stride(HalfKernels.wordCount(columns)),
        HalfKernels.wordCount(rows) * Self.stride(columns)))
    right = memory.take(HalfKernels.packedCount(rows: rows, columns: columns))
  }

  /// The room of a packed k-by-n matrix, in numbers.
  package static func packedCount(rows k: Int, columns n: Int) -> Int {
    HalfKernels.packedCount(rows: k, columns: n)
  }

  /// Rounds and packs a right-hand matrix, or its transpose.
  package static func pack(
    _ matrix: UnsafePointer<Scalar>, stride: Int, rows k: Int, columns n: Int, transposed: Bool,
    into packed: Pointer
  ) {
    HalfKernels.pack(
      floats(matrix), stride: stride, rows: k, columns: n, transposed: transposed,
      into: UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt32.self))
  }

  /// Multiplies by a matrix that was rounded and packed.
  package func multiply(_ product: MatrixProduct<Scalar>) {
    let wordStride = Self.stride(HalfKernels.wordCount(product.inner))
    HalfKernels.round(
      Self.floats(product.left), stride: product.leftRowStride, rows: product.rows,
      columns: product.inner, transposed: false, into: left, wordStride: wordStride)
    var rounded = HalfProduct(
      rows: product.rows, columns: product.columns, inner: product.inner, left: left,
      leftRowStride: wordStride,
      packedRight: UnsafeRawPointer(product.packedRight).assumingMemoryBound(to: UInt32.self),
      output: product.output.map(Self.floats), outputStride: product.outputStride)
    rounded.bias = product.bias.map(Self.floats)
    rounded.residual = product.residual.map(Self.floats)
    rounded.derivative = product.derivative.map(Self.floats)
    rounded.product = product.product.map(Self.floats)
    rounded.epilogue =
      switch product.epilogue {
      case .none: .none
      case .sigmoidLinearUnit: .sigmoidLinearUnit
      case .backward: .backward
      }
    HalfKernels.multiply(rounded)
  }

  /// c = a^T b of matrices with as many rows and rows equally far apart.
  package func multiplyTransposed(
    _ a: UnsafePointer<Scalar>, columns m: Int, by b: UnsafePointer<Scalar>, columns n: Int,
    rows: Int, stride: Int, into c: Pointer
  ) {
    let wordStride = Self.stride(m)
    HalfKernels.round(
      Self.floats(a), stride: stride, rows: rows, columns: m, transposed: true, into: left,
      wordStride: wordStride)
    HalfKernels.pack(
      Self.floats(b), stride: stride, rows: rows, columns: n, transposed: false, into: right)
    var product = HalfProduct(
      rows: m, columns: n, inner: rows, left: left, leftRowStride: 1, packedRight: right,
      output: Self.floats(c), outputStride: n)
    product.leftColumnStride = wordStride
    HalfKernels.multiply(product)
  }

  /// The distance between rows of so many words: a power of two apart, they would share few cache sets.
  private static func stride(_ words: Int) -> Int { (words + 15) / 16 * 16 + 16 }

  private static func floats(_ numbers: UnsafePointer<Scalar>) -> UnsafePointer<Float> {
    precondition(Scalar.self == Float.self, "Numbers in double precision are not rounded.")
    return UnsafeRawPointer(numbers).assumingMemoryBound(to: Float.self)
  }

  private static func floats(_ numbers: Pointer) -> UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(mutating: floats(UnsafePointer(numbers)))
  }
}
