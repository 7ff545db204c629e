import OrnsteinNumerics
import RealModule
import Testing

extension KernelTests {
  @Suite struct Halves {
    /// The nearest bfloat16, ties to even, found by trying both neighbors.
    private static func rounded(_ x: Float) -> Float {
      guard x.isFinite else { return x }
      let low = Float(bitPattern: x.bitPattern & 0xffff_0000)
      let high = Float(bitPattern: (x.bitPattern & 0xffff_0000) &+ 0x1_0000)
      // What is nearer to 2^128 than to the largest number becomes infinite.
      let beyond = high.isInfinite ? Double(signOf: Double(x), magnitudeOf: 0x1p128) : Double(high)
      let (below, above) = (abs(Double(x) - Double(low)), abs(beyond - Double(x)))
      if below == above { return low.bitPattern >> 16 & 1 == 0 ? low : high }
      return below < above ? low : high
    }

    private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
      KernelTests.numbers(count, seed: seed)
    }

    /// silu(a b + bias) + residual of one kernel call, strides wider than rows.
    private static func run(
      rows part: Range<Int>, columns: Int, inner: Int, left: [Float], right: [Float]? = nil,
      hasResidual: Bool
    ) -> [Float] {
      let (leftStride, stride) = (inner + 3, columns + 5)
      let wordStride = HalfKernels.wordCount(columns: inner) + 1
      var words = [UInt32](repeating: .max, count: part.count * wordStride)
      var packed = [UInt32](
        repeating: .max, count: HalfKernels.packedCount(rows: inner, columns: columns))
      var output = [Float](repeating: -7, count: part.count * stride)
      let right = right ?? numbers((columns + 1) * inner, seed: 2)
      HalfKernels.pack(right, stride: columns + 1, rows: inner, columns: columns, into: &packed)
      left.withUnsafeBufferPointer { left in
        guard let left = left.baseAddress else { return }
        HalfKernels.round(
          left + part.lowerBound * leftStride, stride: leftStride, rows: part.count,
          columns: inner, into: &words, wordStride: wordStride)
      }
      let residual = Array(numbers(100 * stride, seed: 4)[(part.lowerBound * stride)...])
      residual.withUnsafeBufferPointer { residual in
        HalfKernels.multiplyThenSigmoidLinearUnit(
          rows: part.count, columns: columns, inner: inner, left: words, leftStride: wordStride,
          packedRight: packed, bias: numbers(columns, seed: 3),
          residual: hasResidual ? residual.baseAddress : nil, output: &output,
          outputStride: stride)
      }
      return output
    }

    /// The sum of rounded products, in the order that the type states, then the bias.
    private static func sum(
      row: Int, column: Int, columns: Int, inner: Int, left: [Float], right: [Float], bias: Float
    ) -> Float {
      func product(_ l: Int) -> (Float, Float) {
        guard l < inner else { return (0, 0) }
        return (rounded(left[row * (inner + 3) + l]), rounded(right[l * (columns + 1) + column]))
      }
      var sum: Float = 0
      for l in stride(from: 0, to: inner, by: 2) {
        for (a, b) in [product(l + 1), product(l)] { sum.addProduct(a, b) }
      }
      return sum + bias
    }

    @Test(arguments: InstructionSet.supported)
    func productsOfRoundedMatrices(on set: InstructionSet) {
      KernelTests.on(set) {
        for (rows, columns, inner) in [
          (1, 5, 7), (15, 33, 16), (37, 50, 33), (29, 64, 64), (3, 17, 1), (14, 16, 130),
        ] {
          let left = Self.numbers(rows * (inner + 3), seed: 1)
          let right = Self.numbers((columns + 1) * inner, seed: 2)
          let bias = Self.numbers(columns, seed: 3)
          let residual = Self.numbers(100 * (columns + 5), seed: 4)
          for hasResidual in [false, true] {
            let output = Self.run(
              rows: 0..<rows, columns: columns, inner: inner, left: left,
              hasResidual: hasResidual)
            for row in 0..<rows {
              for column in 0..<columns {
                let at = row * (columns + 5) + column
                let v = Double(
                  Self.sum(
                    row: row, column: column, columns: columns, inner: inner, left: left,
                    right: right, bias: bias[column]))
                let truth =
                  v / (1 + Double.exp(-v)) + (hasResidual ? Double(residual[at]) : 0)
                // The sum has the very bits; the unit errs by 4 in the last place, the residual by 1.
                #expect(
                  abs(Double(output[at]) - truth)
                    <= 5 * KernelTests.roundoff(Float.self) * (abs(v) + abs(truth)))
              }
              #expect(output[(row * (columns + 5) + columns)...].first == -7)
            }
          }
        }
      }
    }

    /// Above 20 the unit returns what it is given, so that sums are seen bit by bit.
    @Test(arguments: InstructionSet.supported)
    func sumsHaveTheSameBitsOnEverySet(on set: InstructionSet) {
      KernelTests.on(set) {
        let (rows, columns, inner) = (19, 37, 65)
        let left = Self.numbers(rows * (inner + 3), seed: 1).map { 1.5 + $0 / 2 }
        let right = Self.numbers((columns + 1) * inner, seed: 2).map { 1.5 + $0 / 2 }
        let output = Self.run(
          rows: 0..<rows, columns: columns, inner: inner, left: left, right: right,
          hasResidual: false)
        let bias = Self.numbers(columns, seed: 3)
        for row in 0..<rows {
          for column in 0..<columns {
            #expect(
              output[row * (columns + 5) + column]
                == Self.sum(
                  row: row, column: column, columns: columns, inner: inner, left: left,
                  right: right, bias: bias[column]))
          }
        }
      }
    }

    /// Ties go to even, and what is no number stays so.
    @Test(arguments: InstructionSet.supported)
    func roundsToTheNearest(on set: InstructionSet) {
      KernelTests.on(set) {
        var x = Self.numbers(63, seed: 9)
        x += [0x3f80_8000, 0x3f81_8000, 0x3f80_7fff, 0x3f80_8001, 0xbf81_8000].map {
          Float(bitPattern: $0)
        }
        x += [.infinity, -.infinity, 3e38, 0, -0.0, 1, .greatestFiniteMagnitude]
        x += [.nan, Float(bitPattern: 0x7fff_ffff), Float(bitPattern: 0xffff_ffff)]
        for count in [x.count, x.count - 1, 3] {
          var words = [UInt32](repeating: 0, count: HalfKernels.wordCount(columns: count))
          HalfKernels.round(
            x, stride: count, rows: 1, columns: count, into: &words, wordStride: words.count)
          for i in 0..<2 * words.count {
            let word = i % 2 == 0 ? words[i / 2] << 16 : words[i / 2] & 0xffff_0000
            let value = Float(bitPattern: word)
            if i >= count {
              #expect(word == 0)
            } else if x[i].isNaN {
              #expect(value.isNaN)
            } else {
              #expect(value.bitPattern == Self.rounded(x[i]).bitPattern)
            }
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func rowsDoNotSeeEachOther(on set: InstructionSet) {
      KernelTests.on(set) {
        let (columns, inner) = (50, 31)
        let left = Self.numbers(40 * (inner + 3), seed: 1)
        func rows(_ part: Range<Int>) -> [Float] {
          Self.run(rows: part, columns: columns, inner: inner, left: left, hasResidual: true)
        }
        let together = rows(0..<40)
        for part in [0..<1, 39..<40, 5..<9, 11..<36] {
          let elements = part.lowerBound * (columns + 5)..<part.upperBound * (columns + 5)
          #expect(rows(part) == Array(together[elements]))
        }
      }
    }
  }
}
