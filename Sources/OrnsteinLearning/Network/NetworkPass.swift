import OrnsteinNumerics

/// The activations of some rows, forward and backward: the scratch of one worker in training.
///
/// Rows do not influence each other going forward. Going backward, a call overwrites the gradient of
/// its rows; sums over more rows are the caller's.
package final class NetworkPass<Scalar: BatchScalar> {
  package typealias Pointer = UnsafeMutablePointer<Scalar>

  /// Rows that go through all layers together, so that their activations stay in the cache.
  private static var tileRows: Int { 128 }

  package let shape: NetworkShape
  /// The most rows of a call.
  package let capacity: Int
  /// The distance between rows of `input`.
  package let inputStride: Int
  /// The coordinates and level features of each row; the caller writes them.
  package let input: Pointer
  /// F of each row, `dimension` numbers a row.
  package let output: Pointer
  /// The gradient of the loss by F; the caller writes it.
  package let outputGradient: Pointer

  private let memory = NumberBlocks<Scalar>()
  private let stride: Int
  private var hidden: [Pointer] = []
  private var derivatives: [Pointer] = []
  private var hiddenGradient: Pointer
  private var activationGradients: [Pointer]
  private var packedGradient: Pointer
  private var rounded: RoundedProducts<Scalar>?

  /// Room for `capacity` rows.
  package init(_ shape: NetworkShape, capacity: Int) {
    self.shape = shape
    self.capacity = capacity
    // Rows a power of two apart would share few cache sets.
    stride = (shape.width + 15) / 16 * 16 + 16
    inputStride = (shape.inputWidth + 15) / 16 * 16
    input = memory.take(capacity * inputStride)
    output = memory.take(capacity * shape.dimension)
    outputGradient = memory.take(capacity * shape.dimension)
    for _ in 0..<shape.hiddenLayers {
      hidden.append(memory.take(capacity * stride))
      derivatives.append(memory.take(capacity * stride))
    }
    hiddenGradient = memory.take(capacity * stride)
    activationGradients = [memory.take(capacity * stride), memory.take(capacity * stride)]
    packedGradient = memory.take(
      max(
        Scalar.Kernels.packedCount(rows: capacity, columns: shape.width),
        Scalar.Kernels.packedCount(rows: capacity, columns: shape.dimension)))
  }

  /// Computes `output` from `input`.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, `capacity` at most.
  ///   - weights: The packed weights, in whose precision hidden units multiply.
  ///   - keepingDerivatives: Whether ``backward(rows:weights:gradient:inputGradient:)`` follows.
  package func forward(rows: Int, weights: LayerWeights<Scalar>, keepingDerivatives: Bool) {
    var first = 0
    while first < rows {
      let count = min(Self.tileRows, rows - first)
      for layer in 0..<shape.hiddenLayers {
        let previous = layer == 0 ? input + first * inputStride : hidden[layer - 1] + first * stride
        var product = MatrixProduct(
          rows: count, columns: shape.width, inner: shape.layer(layer).inputs, left: previous,
          leftRowStride: layer == 0 ? inputStride : stride, packedRight: weights.packed(layer),
          output: hidden[layer] + first * stride, outputStride: stride)
        product.epilogue = .sigmoidLinearUnit
        product.bias = weights.bias(layer)
        product.residual = layer == 0 ? nil : UnsafePointer(previous)
        product.derivative = keepingDerivatives ? derivatives[layer] + first * stride : nil
        multiply(product, isRounded: weights.isRounded(layer))
      }
      var product = MatrixProduct(
        rows: count, columns: shape.dimension, inner: shape.width,
        left: hidden[shape.hiddenLayers - 1] + first * stride, leftRowStride: stride,
        packedRight: weights.packed(shape.hiddenLayers),
        output: output + first * shape.dimension, outputStride: shape.dimension)
      product.bias = weights.bias(shape.hiddenLayers)
      Scalar.Kernels.multiply(product)
      first += count
    }
  }

  /// Computes the gradient by every parameter from `outputGradient` and the last forward call.
  ///
  /// - Parameters:
  ///   - rows: The rows of the forward call.
  ///   - weights: Its weights.
  ///   - gradient: A block laid out as the parameters, overwritten (the gaps apart).
  ///   - inputGradient: Receives the gradient by `input` (`inputWidth` numbers a row), or `nil`;
  ///     needs ``LayerWeights/packAll()``.
  package func backward(
    rows: Int, weights: LayerWeights<Scalar>, gradient: Pointer, inputGradient: Pointer? = nil
  ) {
    let last = shape.hiddenLayers
    parameterGradient(
      of: last, rows: rows, weights: weights, output: outputGradient,
      outputStride: shape.dimension, into: gradient)
    var incoming = UnsafePointer(outputGradient)
    var incomingStride = shape.dimension
    for layer in (0..<last).reversed() {
      let activationGradient = activationGradients[layer % 2]
      var product = MatrixProduct(
        rows: rows, columns: shape.width, inner: shape.layer(layer + 1).outputs, left: incoming,
        leftRowStride: incomingStride, packedRight: weights.packedTranspose(layer + 1),
        output: layer == 0 ? nil : hiddenGradient, outputStride: stride)
      product.epilogue = .backward
      product.residual = layer == last - 1 ? nil : UnsafePointer(hiddenGradient)
      product.derivative = derivatives[layer]
      product.product = activationGradient
      multiply(product, isRounded: weights.isRounded(layer + 1))
      parameterGradient(
        of: layer, rows: rows, weights: weights, output: activationGradient,
        outputStride: stride, into: gradient)
      incoming = UnsafePointer(activationGradient)
      incomingStride = stride
    }
    if let inputGradient {
      Scalar.Kernels.multiply(
        MatrixProduct(
          rows: rows, columns: shape.inputWidth, inner: shape.width, left: incoming,
          leftRowStride: stride, packedRight: weights.packedTranspose(0), output: inputGradient,
          outputStride: shape.inputWidth))
    }
  }

  private func multiply(_ product: MatrixProduct<Scalar>, isRounded: Bool) {
    if isRounded {
      roundedProducts().multiply(product)
    } else {
      Scalar.Kernels.multiply(product)
    }
  }

  /// Made when first wanted.
  private func roundedProducts() -> RoundedProducts<Scalar> {
    if let rounded { return rounded }
    let made = RoundedProducts<Scalar>(rows: capacity, columns: shape.width)
    rounded = made
    return made
  }

  /// dW = previous^T dz and db = the column sums of dz, for one layer.
  private func parameterGradient(
    of layer: Int, rows: Int, weights: LayerWeights<Scalar>, output: UnsafePointer<Scalar>,
    outputStride: Int, into gradient: Pointer
  ) {
    let (inputs, outputs) = shape.layer(layer)
    let weightGradient = gradient + weights.layout.weight(layer)
    if weights.isRounded(layer) {
      roundedProducts().multiplyTransposed(
        hidden[layer - 1], columns: inputs, by: output, columns: outputs, rows: rows,
        stride: stride, into: weightGradient)
    } else {
      Scalar.Kernels.pack(
        output, stride: outputStride, rows: rows, columns: outputs, transposed: false,
        into: packedGradient)
      var product = MatrixProduct(
        rows: inputs, columns: outputs, inner: rows, left: layer == 0 ? input : hidden[layer - 1],
        leftRowStride: 1, packedRight: packedGradient, output: weightGradient,
        outputStride: outputs)
      product.leftColumnStride = layer == 0 ? inputStride : stride
      Scalar.Kernels.multiply(product)
    }
    Scalar.Kernels.columnSums(
      output, rows: rows, columns: outputs, stride: outputStride,
      into: gradient + weights.layout.bias(layer))
  }

  /// The first hidden activation, or the output, with a number that is not finite among the rows of
  /// the last forward call; the layer's index.
  package func firstNotFiniteLayer(rows: Int) -> Int? {
    for layer in 0..<shape.hiddenLayers {
      for row in 0..<rows {
        let activation = hidden[layer] + row * stride
        for unit in 0..<shape.width where !activation[unit].isFinite { return layer }
      }
    }
    for index in 0..<rows * shape.dimension where !output[index].isFinite {
      return shape.hiddenLayers
    }
    return nil
  }
}
