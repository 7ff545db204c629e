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

    /// How the factors of a product are stored.
    enum Storage: CaseIterable {
      case plain, leftTransposed, rightTransposed
    }

    /// silu(a b + bias) + residual of one kernel call, strides wider than rows.
    private static func run(
      rows part: Range<Int>, columns: Int, inner: Int, left: [Float], right: [Float]? = nil,
      hasResidual: Bool, storage: Storage = .plain
    ) -> [Float] {
      let stride = columns + 5
      let right = right ?? numbers((columns + 1) * inner, seed: 2)
      let packed = packed(
        right, columns: columns, inner: inner, isTransposed: storage == .rightTransposed)
      let (words, rowStride, columnStride) = rounded(
        left, rows: part, inner: inner, isTransposed: storage == .leftTransposed)
      var output = [Float](repeating: -7, count: part.count * stride)
      let residual = Array(numbers(100 * stride, seed: 4)[(part.lowerBound * stride)...])
      let bias = numbers(columns, seed: 3)
      output.withUnsafeMutableBufferPointer { output in
        residual.withUnsafeBufferPointer { residual in
          bias.withUnsafeBufferPointer { bias in
            words.withUnsafeBufferPointer { words in
              packed.withUnsafeBufferPointer { packed in
                guard let left = words.baseAddress, let right = packed.baseAddress else { return }
                var product = HalfProduct(
                  rows: part.count, columns: columns, inner: inner, left: left,
                  leftRowStride: rowStride, packedRight: right, output: output.baseAddress,
                  outputStride: stride)
                product.leftColumnStride = columnStride
                product.bias = bias.baseAddress
                product.residual = hasResidual ? residual.baseAddress : nil
                product.epilogue = .sigmoidLinearUnit
                HalfKernels.multiply(product)
              }
            }
          }
        }
      }
      return output
    }

    /// Element (l, j) of `right` lies at l (columns + 1) + j.
    private static func packed(
      _ right: [Float], columns: Int, inner: Int, isTransposed: Bool
    ) -> [UInt32] {
      var packed = [UInt32](
        repeating: .max, count: HalfKernels.packedCount(rows: inner, columns: columns))
      var (source, stride) = (right, columns + 1)
      if isTransposed {
        stride = inner + 2
        source = [Float](repeating: .nan, count: columns * stride)
        for j in 0..<columns {
          for l in 0..<inner { source[j * stride + l] = right[l * (columns + 1) + j] }
        }
      }
      HalfKernels.pack(
        source, stride: stride, rows: inner, columns: columns, transposed: isTransposed,
        into: &packed)
      return packed
    }

    /// Some rows of `left`, element (i, l) of which lies at i (inner + 3) + l.
    private static func rounded(
      _ left: [Float], rows part: Range<Int>, inner: Int, isTransposed: Bool
    ) -> (words: [UInt32], rowStride: Int, columnStride: Int) {
      let pairs = HalfKernels.wordCount(inner)
      let stride = isTransposed ? part.count + 1 : pairs + 1
      var words = [UInt32](repeating: .max, count: stride * (isTransposed ? pairs : part.count))
      var (source, sourceStride) = (Array(left[(part.lowerBound * (inner + 3))...]), inner + 3)
      if isTransposed {
        sourceStride = part.count + 4
        source = [Float](repeating: .nan, count: inner * sourceStride)
        for i in 0..<part.count {
          for l in 0..<inner {
            source[l * sourceStride + i] = left[(part.lowerBound + i) * (inner + 3) + l]
          }
        }
      }
      HalfKernels.round(
        source, stride: sourceStride, rows: isTransposed ? inner : part.count,
        columns: isTransposed ? part.count : inner, transposed: isTransposed, into: &words,
        wordStride: stride)
      return (words, isTransposed ? 1 : stride, isTransposed ? stride : 1)
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

    @Test(arguments: InstructionSet.supported, Storage.allCases)
    func productsOfRoundedMatrices(on set: InstructionSet, storage: Storage) {
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
              hasResidual: hasResidual, storage: storage)
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
          var words = [UInt32](repeating: 0, count: HalfKernels.wordCount(count))
          HalfKernels.round(
            x, stride: count, rows: 1, columns: count, transposed: false, into: &words,
            wordStride: words.count)
          var column = [UInt32](repeating: 0, count: words.count)
          HalfKernels.round(
            x, stride: 1, rows: count, columns: 1, transposed: true, into: &column, wordStride: 1)
          #expect(column == words)
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

    /// v = a b + residual goes to one matrix, v times the derivative to another.
    @Test(arguments: InstructionSet.supported)
    func backwardEpilogue(on set: InstructionSet) {
      KernelTests.on(set) {
        let (rows, columns, inner) = (17, 37, 41)
        let stride = columns + 5
        let left = Self.numbers(rows * (inner + 3), seed: 1)
        let right = Self.numbers((columns + 1) * inner, seed: 2)
        let residual = Self.numbers(rows * stride, seed: 4)
        var derivative = Self.numbers(rows * stride, seed: 5)
        let packed = Self.packed(right, columns: columns, inner: inner, isTransposed: true)
        let words = Self.rounded(left, rows: 0..<rows, inner: inner, isTransposed: false)
        var (sums, products) = (residual.map { _ in Float.nan }, residual.map { _ in Float.nan })
        sums.withUnsafeMutableBufferPointer { sums in
          products.withUnsafeMutableBufferPointer { products in
            derivative.withUnsafeMutableBufferPointer { derivative in
              residual.withUnsafeBufferPointer { residual in
                words.words.withUnsafeBufferPointer { left in
                  packed.withUnsafeBufferPointer { packed in
                    guard let left = left.baseAddress, let right = packed.baseAddress
                    else { return }
                    var product = HalfProduct(
                      rows: rows, columns: columns, inner: inner, left: left,
                      leftRowStride: words.rowStride, packedRight: right,
                      output: sums.baseAddress, outputStride: stride)
                    product.residual = residual.baseAddress
                    product.derivative = derivative.baseAddress
                    product.product = products.baseAddress
                    product.epilogue = .backward
                    HalfKernels.multiply(product)
                  }
                }
              }
            }
          }
        }
        for row in 0..<rows {
          for column in 0..<columns {
            let at = row * stride + column
            let sum = Self.sum(
              row: row, column: column, columns: columns, inner: inner, left: left, right: right,
              bias: residual[at])
            #expect(sums[at] == sum && products[at] == sum * derivative[at])
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
