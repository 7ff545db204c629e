import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import Testing

@Suite struct NetworkTensorTests {
  static let shape = NetworkShape(dimension: 3, width: 24, hiddenLayers: 2, featureCount: 8)

  private func make(_ tensors: [Tensor]) throws -> ScoreNetwork<Float> {
    try ScoreNetwork(
      shape: Self.shape, parametrization: .velocity, logSNRRange: -5...7, tensors: tensors)
  }

  @Test func tensorsComeBackAsTheyWere() throws {
    let tensors = ScoreNetworkTests.randomTensors(Self.shape)
    #expect(try make(tensors).tensors == tensors)
    #expect(try make(tensors.reversed()).tensors == tensors)
    #expect(
      tensors.map(\.name) == [
        "network.hidden.0.weight", "network.hidden.0.bias", "network.hidden.1.weight",
        "network.hidden.1.bias", "network.output.weight", "network.output.bias",
      ])
    #expect(tensors.map(\.shape) == [[11, 24], [24], [24, 24], [24], [24, 3], [3]])
  }

  @Test func tensorsOfOthersArePassedOver() throws {
    let tensors = ScoreNetworkTests.randomTensors(Self.shape)
    let scale = Tensor(name: "standardization.scale", shape: [1], elements: .float([.nan]))
    #expect(try make(tensors + [scale]).tensors == tensors)
  }

  @Test func whatIsWrongIsNamed() {
    let tensors = ScoreNetworkTests.randomTensors(Self.shape)
    #expect(throws: NetworkError.missingTensor(name: "network.hidden.1.bias")) {
      try make(tensors.filter { $0.name != "network.hidden.1.bias" })
    }
    #expect(throws: NetworkError.unexpectedTensor(name: "network.hidden.2.bias")) {
      try make(tensors + [Tensor(name: "network.hidden.2.bias", shape: [0], elements: .float([]))])
    }
    #expect(throws: NetworkError.repeatedTensor(name: "network.output.bias")) {
      try make(tensors + [tensors[5]])
    }
    var changed = tensors
    changed[1] = Tensor(
      name: changed[1].name, shape: [23], elements: .float(Array(repeating: 0, count: 23)))
    #expect(
      throws: NetworkError.tensorShape(name: changed[1].name, expected: [24], found: [23])
    ) { try make(changed) }
    changed[1] = Tensor(
      name: changed[1].name, shape: [24], elements: .integer(Array(repeating: 0, count: 24)))
    #expect(throws: NetworkError.tensorType(name: changed[1].name)) { try make(changed) }
    changed[1].elements = .double(Array(repeating: 0, count: 23) + [1e300])
    #expect(throws: NetworkError.notFinite(name: changed[1].name, index: 23)) { try make(changed) }
  }

  @Test(arguments: [
    NetworkShape(dimension: 0, width: 8, hiddenLayers: 1),
    NetworkShape(dimension: 1, width: 0, hiddenLayers: 1),
    NetworkShape(dimension: 1, width: 8, hiddenLayers: 0),
    NetworkShape(dimension: 1, width: 8, hiddenLayers: 1, featureCount: 3),
    NetworkShape(dimension: 1, width: 1 << 40, hiddenLayers: 1),
  ])
  func impossibleShapesAreRefused(shape: NetworkShape) {
    #expect(throws: NetworkError.self) {
      try ScoreNetwork<Float>(
        shape: shape, parametrization: .noise, logSNRRange: -5...7, tensors: [])
    }
  }

  @Test func levelsMustBeARange() {
    #expect(throws: NetworkError.levels(lowest: 1, highest: 1)) {
      try ScoreNetwork<Float>(
        shape: Self.shape, parametrization: .noise, logSNRRange: 1...1,
        tensors: ScoreNetworkTests.randomTensors(Self.shape))
    }
  }
}
