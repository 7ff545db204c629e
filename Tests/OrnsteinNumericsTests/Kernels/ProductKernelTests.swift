import OrnsteinNumerics
import Testing

/// A matrix product with everything it may touch, strides wider than rows, and room for one element
/// before each matrix, so that it can be moved off its alignment.
private struct ProductCase<Scalar: BatchScalar> {
  var rows: Int
  var columns: Int
  var inner: Int
  var leftIsTransposed = false
  var rightIsTransposed = false
  var epilogue = MatrixProduct<Scalar>.Epilogue.none
  var accumulates = false
  var hasExtras = true
  var offset = 0

  struct Result: Equatable {
    var output: [Scalar]
    var derivative: [Scalar]
    var product: [Scalar]
  }

  var stride: Int { columns + 3 }
  var leftStride: Int { (leftIsTransposed ? rows : inner) + 2 }
  var left: [Scalar] {
    KernelTests.numbers(leftStride * (leftIsTransposed ? inner : rows) + 1, seed: 1)
  }
  var rightStride: Int { (rightIsTransposed ? inner : columns) + 1 }
  var right: [Scalar] {
    KernelTests.numbers(rightStride * (rightIsTransposed ? columns : inner) + 1, seed: 2)
  }
  var bias: [Scalar] { KernelTests.numbers(columns, seed: 3) }
  var residual: [Scalar] { KernelTests.numbers(rows * stride + 1, seed: 4) }
  var output: [Scalar] { KernelTests.numbers(rows * stride + 1, seed: 5) }
  var derivative: [Scalar] { KernelTests.numbers(rows * stride + 1, seed: 6) }
  var product: [Scalar] { KernelTests.numbers(rows * stride + 1, seed: 7) }

  /// What the kernel makes of some rows.
  func run(rows part: Range<Int>? = nil) -> Result {
    let part = part ?? 0..<rows
    let (left, right, bias, residual) = (left, right, bias, residual)
    var result = Result(output: output, derivative: derivative, product: product)
    var packed = [Scalar](
      repeating: .nan, count: Scalar.Kernels.packedCount(rows: inner, columns: columns) + 1)
    left.withUnsafeBufferPointer { left in
      bias.withUnsafeBufferPointer { bias in
        residual.withUnsafeBufferPointer { residual in
          packed.withUnsafeMutableBufferPointer { packed in
            result.output.withUnsafeMutableBufferPointer { output in
              result.derivative.withUnsafeMutableBufferPointer { derivative in
                result.product.withUnsafeMutableBufferPointer { product in
                  guard let left = left.baseAddress, let packed = packed.baseAddress,
                    let output = output.baseAddress, let derivative = derivative.baseAddress,
                    let product = product.baseAddress
                  else { return }
                  Scalar.Kernels.pack(
                    right, stride: rightStride, rows: inner, columns: columns,
                    transposed: rightIsTransposed, into: packed + offset)
                  let first = part.lowerBound * stride + offset
                  var call = MatrixProduct<Scalar>(
                    rows: part.count, columns: columns, inner: inner,
                    left: left + part.lowerBound * (leftIsTransposed ? 1 : leftStride) + offset,
                    leftRowStride: leftIsTransposed ? 1 : leftStride,
                    packedRight: UnsafePointer(packed + offset), output: output + first,
                    outputStride: stride)
                  call.leftColumnStride = leftIsTransposed ? leftStride : 1
                  call.epilogue = epilogue
                  call.accumulates = accumulates
                  if hasExtras {
                    call.bias = bias.baseAddress
                    call.residual = accumulates ? nil : residual.baseAddress.map { $0 + first }
                  }
                  if hasExtras || epilogue == .backward { call.derivative = derivative + first }
                  if epilogue == .backward { call.product = product + first }
                  Scalar.Kernels.multiply(call)
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Compares with the plain product, within the rounding error of a chain of `inner` terms.
  func check(_ result: Result) {
    let (left, right, bias) = (left, right, bias)
    let (residual, before, slopes) = (residual, output, derivative)
    let untouched = Result(output: output, derivative: derivative, product: product)
    let epsilon = KernelTests.roundoff(Scalar.self)
    var wrong = 0
    for row in 0..<rows {
      for column in 0..<stride {
        let at = row * stride + column + offset
        guard column < columns else {
          if at < untouched.output.count,
            result.output[at] != untouched.output[at]
              || result.derivative[at] != untouched.derivative[at]
              || result.product[at] != untouched.product[at]
          {
            wrong += 1
          }
          continue
        }
        let dot = PlainKernels.dot(
          0..<inner,
          {
            Double(
              left[(leftIsTransposed ? $0 * leftStride + row : row * leftStride + $0) + offset])
          },
          {
            Double(right[rightIsTransposed ? column * rightStride + $0 : $0 * rightStride + column])
          })
        let added = hasExtras ? Double(bias[column]) : 0
        let rest = hasExtras && !accumulates ? Double(residual[at]) : 0
        let v = dot.value + added
        let error = epsilon * (Double(inner) * dot.magnitude + 8 * (abs(v) + abs(rest) + 1))
        let output = Double(result.output[at])
        switch epilogue {
        case .none:
          let previous = accumulates ? Double(before[at]) : 0
          if !(abs(output - (v + rest + previous)) <= error) { wrong += 1 }
        case .sigmoidLinearUnit:
          let truth = PlainKernels.sigmoidLinearUnit(v)
          if !(abs(output - (truth.value + rest)) <= 1.1 * error) { wrong += 1 }
          let slope = Double(result.derivative[at])
          if hasExtras, !(abs(slope - truth.derivative) <= error) { wrong += 1 }
        case .backward:
          if !(abs(output - (v + rest)) <= error) { wrong += 1 }
          let truth = (v + rest) * Double(slopes[at])
          if !(abs(Double(result.product[at]) - truth) <= error) { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0, "\(self)")
  }
}

extension KernelTests {
  @Suite struct Products {
    private func epilogues<Scalar: BatchScalar>(_ base: ProductCase<Scalar>) -> [ProductCase<
      Scalar
    >] {
      var accumulating = base
      accumulating.accumulates = true
      let each: [MatrixProduct<Scalar>.Epilogue] = [.none, .sigmoidLinearUnit, .backward]
      return [accumulating]
        + each.map { epilogue in
          var product = base
          product.epilogue = epilogue
          return product
        }
    }

    private func shapes<Scalar: BatchScalar>(_: Scalar.Type, rows: [Int]) {
      for rows in rows {
        for columns in [1, 2, 3, 5, 8, 17, 33, 100] {
          for inner in [1, 2, 7, 34, 256] {
            for each in epilogues(ProductCase<Scalar>(rows: rows, columns: columns, inner: inner)) {
              each.check(each.run())
            }
          }
        }
      }
    }

    @Test(arguments: InstructionSet.supported)
    func everyShapeAndEpilogue(on set: InstructionSet) {
      KernelTests.on(set) {
        shapes(Float.self, rows: [1, 2, 5, 6, 7, 13, 14, 15, 29, 35])
        shapes(Double.self, rows: [1, 6, 7, 14, 15, 35])
      }
    }

    private func variants<Scalar: BatchScalar>(_: Scalar.Type) {
      for (rows, columns, inner) in [(35, 33, 34), (17, 2, 256), (3, 100, 7), (16, 4, 19)] {
        for variant in 0..<16 {
          var base = ProductCase<Scalar>(rows: rows, columns: columns, inner: inner)
          base.leftIsTransposed = variant & 1 != 0
          base.rightIsTransposed = variant & 2 != 0
          base.hasExtras = variant & 4 == 0
          base.offset = variant & 8 == 0 ? 0 : 1
          for each in epilogues(base) { each.check(each.run()) }
        }
      }
    }

    /// Transposed matrices, no bias, residual or derivative, and pointers off their alignment.
    @Test(arguments: InstructionSet.supported)
    func everyVariant(on set: InstructionSet) {
      KernelTests.on(set) {
        variants(Float.self)
        variants(Double.self)
      }
    }

    private func emptyInner<Scalar: BatchScalar>(_: Scalar.Type) {
      for each in epilogues(ProductCase<Scalar>(rows: 7, columns: 19, inner: 0)) {
        each.check(each.run())
      }
    }

    @Test(arguments: InstructionSet.supported)
    func anEmptySumIsZero(on set: InstructionSet) {
      KernelTests.on(set) {
        emptyInner(Float.self)
        emptyInner(Double.self)
      }
    }

    private func independence<Scalar: BatchScalar>(_: Scalar.Type) {
      for columns in [2, 3, 8, 17, 33, 100] {
        for transposed in [false, true] {
          for var each in epilogues(ProductCase<Scalar>(rows: 35, columns: columns, inner: 67)) {
            each.leftIsTransposed = transposed
            let together = each.run()
            for part in [0..<1, 7..<8, 34..<35, 3..<9, 0..<14, 20..<35] {
              let alone = each.run(rows: part)
              let elements = part.lowerBound * each.stride..<part.upperBound * each.stride
              #expect(alone.output[elements] == together.output[elements])
              #expect(alone.derivative[elements] == together.derivative[elements])
              #expect(alone.product[elements] == together.product[elements])
            }
          }
        }
      }
    }

    /// Some rows of a product and all of them come out with the same bits.
    @Test(arguments: InstructionSet.supported)
    func rowsDoNotSeeEachOther(on set: InstructionSet) {
      KernelTests.on(set) {
        independence(Float.self)
        independence(Double.self)
      }
    }
  }
}
