import OrnsteinLearning
import OrnsteinNumerics
import Testing

/// The backward pass in bfloat16 against that in double precision, which differences have checked.
@Suite struct RoundedGradientTests {
  /// Random parameters and inputs, and the gradients of sum F^2 / 2 + F by the parameters.
  private static func gradient<Scalar: BatchScalar>(
    _ shape: NetworkShape, rows: Int, precision: NetworkPrecision, _: Scalar.Type
  ) -> [Double] {
    let (layout, memory) = (ParameterLayout(shape), NumberBlocks<Scalar>())
    let (parameters, gradient) = (memory.take(layout.count), memory.take(layout.count))
    func fill(_ block: UnsafeMutablePointer<Scalar>, _ count: Int, _ scale: Double, step: Int) {
      let numbers = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
        DoubleKernels.normals(
          into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
          stream: NoiseKey(seed: 5).stream(.test, step: step), first: 0)
        initialized = count
      }
      for index in 0..<count { block[index] = Scalar(Float(scale * numbers[index])) }
    }
    for (index, entry) in layout.entries.enumerated() {
      let scale = entry.shape.count == 2 ? 1 / Double(entry.shape[0]).squareRoot() : 0.3
      fill(parameters + entry.offset, entry.count, scale, step: index)
    }
    let weights = LayerWeights(
      layout, parameters: parameters, forTraining: true, precision: precision)
    weights.packAll()
    let pass = NetworkPass<Scalar>(shape, capacity: rows)
    fill(pass.input, rows * pass.inputStride, 1, step: 100)
    pass.forward(rows: rows, weights: weights, keepingDerivatives: true)
    for index in 0..<rows * shape.dimension {
      pass.outputGradient[index] = pass.output[index] + 1
    }
    pass.backward(rows: rows, weights: weights, gradient: gradient)
    return (0..<layout.count).map { Double(gradient[$0]) }
  }

  /// Errors are those of rounding.
  ///
  /// A factor errs by at most 2^-9 of its size, a product of two by 2^-8 and independently of the
  /// others: sums of many err by less of their norm, and the few layers after each other by little
  /// more. A product that is missing, transposed or of other rows changes a gradient by its own size.
  @Test(arguments: [
    (NetworkShape(dimension: 3, width: 37, hiddenLayers: 3, featureCount: 4), 7),
    (NetworkShape(dimension: 2, width: 64, hiddenLayers: 4, featureCount: 8), 300),
    (NetworkShape(dimension: 5, width: 3, hiddenLayers: 2, featureCount: 4), 129),
    (NetworkShape(dimension: 1, width: 48, hiddenLayers: 1, featureCount: 4), 16),
  ])
  func gradientsAreThoseOfDoublePrecisionRounded(shape: NetworkShape, rows: Int) {
    let truth = Self.gradient(shape, rows: rows, precision: .single, Double.self)
    let rounded = Self.gradient(shape, rows: rows, precision: .bfloat16, Float.self)
    for entry in ParameterLayout(shape).entries {
      let elements = entry.offset..<entry.offset + entry.count
      let size = elements.reduce(0) { $0 + truth[$1] * truth[$1] }.squareRoot()
      let error = elements.reduce(0) {
        $0 + (rounded[$1] - truth[$1]) * (rounded[$1] - truth[$1])
      }.squareRoot()
      #expect(error <= 0x1p-7 * size, "\(entry.name): \(error / size)")
      #expect(shape.hiddenLayers == 1 || error >= 1e-5 * size, "\(entry.name) is not rounded")
    }
  }
}
