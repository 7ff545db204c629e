import OrnsteinNumerics

/// The weights of a network packed for products, forward and (for training) transposed.
///
/// The parameters themselves lie in a flat block that another owner keeps and changes; after a
/// change every job of ``pack(_:)`` must be done again.
package final class LayerWeights<Scalar: BatchScalar> {
  package typealias Pointer = UnsafeMutablePointer<Scalar>

  package let layout: ParameterLayout
  package let parameters: Pointer
  /// How hidden units multiply; packed matrices between them are as ``RoundedProducts`` wants them.
  package let precision: NetworkPrecision
  private let memory = NumberBlocks<Scalar>()
  private var forward: [Pointer] = []
  private var transposed: [Pointer] = []
  private var jobs: [(layer: Int, transposed: Bool)] = []

  /// Room for the packed weights; packs nothing.
  ///
  /// - Parameters:
  ///   - layout: The layout of the block.
  ///   - parameters: The block; must outlive this object.
  ///   - forTraining: Whether the transposes are needed as well.
  ///   - precision: How hidden units multiply.
  package init(
    _ layout: ParameterLayout, parameters: Pointer, forTraining: Bool,
    precision: NetworkPrecision = .single
  ) {
    self.layout = layout
    self.parameters = parameters
    self.precision = precision
    for layer in 0..<layout.shape.layerCount {
      let (inputs, outputs) = layout.shape.layer(layer)
      let count =
        isRounded(layer)
        ? RoundedProducts<Scalar>.packedCount : Scalar.Kernels.packedCount
      forward.append(memory.take(count(inputs, outputs)))
      jobs.append((layer, false))
      if forTraining {
        transposed.append(memory.take(count(outputs, inputs)))
        if layer > 0 { jobs.append((layer, true)) }
      }
    }
    jobs.sort { left, right in
      let shape = layout.shape
      let (a, b) = (shape.layer(left.layer), shape.layer(right.layer))
      return a.inputs * a.outputs > b.inputs * b.outputs
    }
  }

  /// Whether the factors of a layer's products are rounded: those between hidden units may be.
  package func isRounded(_ layer: Int) -> Bool {
    precision == .bfloat16 && layer > 0 && layer < layout.shape.hiddenLayers
  }

  /// The number of matrices to pack, largest first.
  package var jobCount: Int { jobs.count }

  /// Packs one matrix.
  package func pack(_ job: Int) {
    let (layer, isTransposed) = jobs[job]
    let (inputs, outputs) = layout.shape.layer(layer)
    let weight = UnsafePointer(parameters + layout.weight(layer))
    let pack = isRounded(layer) ? RoundedProducts<Scalar>.pack : Scalar.Kernels.pack
    pack(
      weight, outputs, isTransposed ? outputs : inputs, isTransposed ? inputs : outputs,
      isTransposed, isTransposed ? transposed[layer] : forward[layer])
  }

  /// Packs everything, and the transpose of the first layer, which only input gradients need.
  package func packAll() {
    for job in 0..<jobCount { pack(job) }
    guard let first = transposed.first else { return }
    let (inputs, outputs) = layout.shape.layer(0)
    Scalar.Kernels.pack(
      parameters + layout.weight(0), stride: outputs, rows: outputs, columns: inputs,
      transposed: true, into: first)
  }

  package func packed(_ layer: Int) -> UnsafePointer<Scalar> { UnsafePointer(forward[layer]) }

  package func packedTranspose(_ layer: Int) -> UnsafePointer<Scalar> {
    UnsafePointer(transposed[layer])
  }

  package func bias(_ layer: Int) -> UnsafePointer<Scalar> {
    UnsafePointer(parameters + layout.bias(layer))
  }
}
