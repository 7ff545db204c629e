import OrnsteinNumerics

/// Uniform numbers by row.
struct UniformRows {
  private let first: Int
  private let width: Int
  private var numbers: [Double]

  init(_ rows: Range<Int>, width: Int, key: NoiseKey, step: Int, firstRow: Int) {
    first = rows.lowerBound
    self.width = width
    numbers = [Double](repeating: 0, count: rows.count * width)
    numbers.withUnsafeMutableBufferPointer {
      DoubleKernels.uniforms(
        into: $0, stream: key.stream(.dequantisation, step: step),
        first: UInt64(firstRow + rows.lowerBound) * UInt64(width))
    }
  }

  subscript(row: Int, place: Int) -> Double { numbers[(row - first) * width + place] }
}
