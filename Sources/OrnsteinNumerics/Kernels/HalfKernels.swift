import CKernels

/// Products of matrices that are rounded to bfloat16, with sums in single precision.
///
/// A bfloat16 is the upper half of a float: its range, and 8 significant bits. Two numbers lie in one
/// word. A sum takes the products of each pair one after the other, the second first, as the
/// instruction of x86-64 does: sums have the same bits on every instruction set with fused
/// multiply-adds or not (subnormal numbers apart; what follows a sum may differ in the last bits), and a
/// row has the same bits wherever it lies in a call.
public enum HalfKernels {
  /// Whether the machine has an instruction for such products; where it has none, they are slower than
  /// those in single precision.
  public static var areFast: Bool { ornstein_half_is_fast() != 0 }

  /// The number of words of a packed k-by-n matrix.
  public static func packedCount(rows k: Int, columns n: Int) -> Int {
    ornstein_half_packed_count(k, n)
  }

  /// Rounds and packs a k-by-n right-hand matrix.
  ///
  /// - Parameters:
  ///   - matrix: The matrix, or its transpose.
  ///   - stride: The distance between rows of `matrix`.
  ///   - k: The rows of the right-hand matrix.
  ///   - n: The columns of the right-hand matrix.
  ///   - transposed: Whether `matrix` is n by k.
  ///   - packed: Receives ``packedCount(rows:columns:)`` words.
  public static func pack(
    _ matrix: UnsafePointer<Float>, stride: Int, rows k: Int, columns n: Int, transposed: Bool,
    into packed: UnsafeMutablePointer<UInt32>
  ) {
    ornstein_half_pack(matrix, stride, k, n, transposed ? 1 : 0, packed)
  }

  /// The number of words for so many numbers, two to a word.
  public static func wordCount(_ numbers: Int) -> Int { (numbers + 1) / 2 }

  /// Rounds a left-hand matrix to the nearest bfloat16, ties to even.
  ///
  /// - Parameters:
  ///   - matrix: `rows` by `columns`, its rows `stride` numbers apart.
  ///   - stride: The distance between rows.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - transposed: Whether the transpose is to be multiplied: a word then holds two numbers of a
  ///     column, not of a row.
  ///   - words: Receives `rows` rows of ``wordCount(_:)`` of the columns, or, transposed,
  ///     ``wordCount(_:)`` of the rows of `columns` words; where there is no second number, it is zero.
  ///   - wordStride: The distance between rows of `words`.
  public static func round(
    _ matrix: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, transposed: Bool,
    into words: UnsafeMutablePointer<UInt32>, wordStride: Int
  ) {
    ornstein_half_round(matrix, stride, rows, columns, transposed ? 1 : 0, words, wordStride)
  }

  /// c = a b + bias, with what follows it.
  public static func multiply(_ product: HalfProduct) {
    var call = ornstein_half_product()
    call.m = product.rows
    call.n = product.columns
    call.k = product.inner
    call.a = product.left
    call.a_row = product.leftRowStride
    call.a_column = product.leftColumnStride
    call.packed_b = product.packedRight
    call.c = product.output
    call.ldc = product.outputStride
    call.bias = product.bias
    call.residual = product.residual
    call.derivative = product.derivative
    call.product = product.product
    call.epilogue = ornstein_epilogue(product.epilogue)
    ornstein_half_multiply(&call)
  }
}

/// A product of rounded matrices with what follows it, fused.
public struct HalfProduct {
  /// The rows of a and c.
  public var rows: Int
  /// The columns of b and c.
  public var columns: Int
  /// The columns of a, the rows of b.
  public var inner: Int
  /// The left matrix, rounded.
  public var left: UnsafePointer<UInt32>
  /// The distance between rows of the left matrix, in words.
  public var leftRowStride: Int
  /// The distance between pairs of columns of the left matrix, in words: 1 as stored, the length of a row
  /// of words for a transpose.
  public var leftColumnStride: Int
  /// The right matrix, packed.
  public var packedRight: UnsafePointer<UInt32>
  /// The result, or `nil` in a backward epilogue that does not need it.
  public var output: UnsafeMutablePointer<Float>?
  /// The distance between rows of the result, the residual, the derivative and the product.
  public var outputStride: Int
  /// One number a column, or `nil`.
  public var bias: UnsafePointer<Float>?
  /// Added element by element, or `nil`.
  public var residual: UnsafePointer<Float>?
  /// Written by `sigmoidLinearUnit`, read by `backward`.
  public var derivative: UnsafeMutablePointer<Float>?
  /// Written by `backward`.
  public var product: UnsafeMutablePointer<Float>?
  /// What happens to a sum before it is stored.
  public var epilogue: MatrixProduct<Float>.Epilogue

  /// A product c = a b, to be refined by setting its properties.
  public init(
    rows: Int, columns: Int, inner: Int, left: UnsafePointer<UInt32>, leftRowStride: Int,
    packedRight: UnsafePointer<UInt32>, output: UnsafeMutablePointer<Float>?, outputStride: Int
  ) {
    self.rows = rows
    self.columns = columns
    self.inner = inner
    self.left = left
    self.leftRowStride = leftRowStride
    leftColumnStride = 1
    self.packedRight = packedRight
    self.output = output
    self.outputStride = outputStride
    epilogue = .none
  }
}
