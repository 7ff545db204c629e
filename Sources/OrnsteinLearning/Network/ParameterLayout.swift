import OrnsteinNumerics

/// Where the parameters of a network lie in one flat block, and what they are called.
///
/// Every tensor starts at a multiple of 16 elements; the gaps hold zeros and stay zero in training.
package struct ParameterLayout: Sendable {
  /// One weight matrix (inputs by outputs, row-major) or bias.
  package struct Entry: Sendable {
    package let name: String
    package let shape: [Int]
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
  }

  package let shape: NetworkShape
  /// Weight and bias of each layer in turn.
  package let entries: [Entry]
  /// The number of elements of the block, gaps included.
  package let count: Int

  package init(_ shape: NetworkShape) {
    self.shape = shape
    var entries: [Entry] = []
    var offset = 0
    func append(_ name: String, _ shape: [Int]) {
      let entry = Entry(name: name, shape: shape, offset: offset)
      entries.append(entry)
      offset = (offset + entry.count + 15) / 16 * 16
    }
    for index in 0..<shape.layerCount {
      let (inputs, outputs) = shape.layer(index)
      let name = index == shape.hiddenLayers ? "network.output" : "network.hidden.\(index)"
      append("\(name).weight", [inputs, outputs])
      append("\(name).bias", [outputs])
    }
    self.entries = entries
    count = offset
  }

  /// The first element of a layer's weight.
  package func weight(_ layer: Int) -> Int { entries[2 * layer].offset }

  /// The first element of a layer's bias.
  package func bias(_ layer: Int) -> Int { entries[2 * layer + 1].offset }

  /// The name of a layer's activation.
  package func activationName(_ layer: Int) -> String {
    layer == shape.hiddenLayers ? "network.output" : "network.hidden.\(layer)"
  }

  /// The block cut into named tensors.
  package func tensors<Scalar: BatchScalar>(
    from block: UnsafePointer<Scalar>, prefix: String = ""
  ) -> [Tensor] {
    entries.map { entry in
      let values = UnsafeBufferPointer(start: block + entry.offset, count: entry.count)
      let elements: Tensor.Elements =
        Scalar.self == Double.self
        ? .double(values.map { Double($0) }) : .float(values.map { Float($0) })
      return Tensor(name: prefix + entry.name, shape: entry.shape, elements: elements)
    }
  }

  /// Fills the block from named tensors, checking that each parameter is there once, has its shape
  /// and is finite; tensors whose names do not begin with `prefix` and `network.` are passed over.
  package func fill<Scalar: BatchScalar>(
    _ block: UnsafeMutablePointer<Scalar>, from tensors: [Tensor], prefix: String = ""
  ) throws(NetworkError) {
    block.update(repeating: 0, count: count)
    var missing = Dictionary(uniqueKeysWithValues: entries.map { (prefix + $0.name, $0) })
    let names = Set(missing.keys)
    for tensor in tensors where tensor.name.hasPrefix(prefix + "network.") {
      guard let entry = missing.removeValue(forKey: tensor.name) else {
        throw names.contains(tensor.name)
          ? .repeatedTensor(name: tensor.name) : .unexpectedTensor(name: tensor.name)
      }
      guard tensor.shape == entry.shape else {
        throw .tensorShape(name: tensor.name, expected: entry.shape, found: tensor.shape)
      }
      let target = block + entry.offset
      switch tensor.elements {
      case .float(let values):
        for (index, value) in values.enumerated() { target[index] = Scalar(value) }
      case .double(let values):
        for (index, value) in values.enumerated() { target[index] = Scalar(value) }
      case .integer:
        throw .tensorType(name: tensor.name)
      }
      for index in 0..<entry.count where !target[index].isFinite {
        throw .notFinite(name: tensor.name, index: index)
      }
    }
    if let entry = entries.first(where: { missing[prefix + $0.name] != nil }) {
      throw .missingTensor(name: prefix + entry.name)
    }
  }

  /// Random weights, a pure function of the key.
  ///
  /// Hidden weights have variance 1 / inputs; in the first layer coordinates and level features
  /// each give half of the variance. Biases and the output layer are zero, so the first output is 0.
  package func initialize<Scalar: BatchScalar>(
    _ block: UnsafeMutablePointer<Scalar>, key: NoiseKey
  ) {
    block.update(repeating: 0, count: count)
    for layer in 0..<shape.hiddenLayers {
      let (inputs, outputs) = shape.layer(layer)
      let weight = UnsafeMutableBufferPointer(
        start: block + self.weight(layer), count: inputs * outputs)
      Scalar.Kernels.normals(into: weight, stream: key.stream(.weights, step: layer), first: 0)
      for row in 0..<inputs {
        let variance =
          if layer > 0 {
            1 / Double(inputs)
          } else if row < shape.dimension {
            1 / Double(shape.dimension)
          } else {
            2 / Double(shape.featureCount)
          }
        let deviation = Scalar(variance.squareRoot())
        for index in row * outputs..<(row + 1) * outputs { weight[index] *= deviation }
      }
    }
  }
}
