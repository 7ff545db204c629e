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

  /// Rounds and packs a k-by-n right-hand matrix, the rows of which are `stride` numbers apart.
  public static func pack(
    _ matrix: UnsafePointer<Float>, stride: Int, rows k: Int, columns n: Int,
    into packed: UnsafeMutablePointer<UInt32>
  ) {
    ornstein_half_pack(matrix, stride, k, n, packed)
  }

  /// The number of words of a rounded row.
  public static func wordCount(columns: Int) -> Int { (columns + 1) / 2 }

  /// Rounds a left-hand matrix to the nearest bfloat16, ties to even.
  ///
  /// - Parameters:
  ///   - matrix: `rows` by `columns`, its rows `stride` numbers apart.
  ///   - stride: The distance between rows.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns; the last word of a row has a zero if they are odd.
  ///   - words: The rounded rows, `wordStride` words apart.
  ///   - wordStride: At least ``wordCount(columns:)``.
  public static func round(
    _ matrix: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int,
    into words: UnsafeMutablePointer<UInt32>, wordStride: Int
  ) {
    ornstein_half_round(matrix, stride, rows, columns, words, wordStride)
  }

  /// c = silu(a b + bias) + residual, for `rows` rows; strides are distances between rows.
  ///
  /// - Parameters:
  ///   - rows: The rows of a and c.
  ///   - columns: The columns of b and c.
  ///   - inner: The columns of a, the rows of b.
  ///   - left: a, rounded.
  ///   - leftStride: Between rows of a, in words.
  ///   - packedRight: b, packed.
  ///   - bias: One number a column.
  ///   - residual: Added element by element, or `nil`; laid out as c.
  ///   - output: c.
  ///   - outputStride: Between rows of c and of the residual.
  public static func multiplyThenSigmoidLinearUnit(
    rows: Int, columns: Int, inner: Int, left: UnsafePointer<UInt32>, leftStride: Int,
    packedRight: UnsafePointer<UInt32>, bias: UnsafePointer<Float>,
    residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    var call = ornstein_half_product()
    call.m = rows
    call.n = columns
    call.k = inner
    call.a = left
    call.a_row = leftStride
    call.packed_b = packedRight
    call.bias = bias
    call.residual = residual
    call.c = output
    call.ldc = outputStride
    call.epilogue = ORNSTEIN_EPILOGUE_SILU
    ornstein_half_multiply(&call)
  }
}
