import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import Testing

/// The hand-written backward pass against central differences of the forward pass.
@Suite struct GradientTests {
  /// A network with random parameters everywhere, and inputs, in double precision.
  struct Fixture {
    let shape: NetworkShape
    let layout: ParameterLayout
    let memory = NumberBlocks<Double>()
    let parameters: UnsafeMutablePointer<Double>
    let weights: LayerWeights<Double>
    let pass: NetworkPass<Double>
    let rows = 7
    let pull: [Double]

    init(dimension: Int, width: Int, hiddenLayers: Int) {
      shape = NetworkShape(
        dimension: dimension, width: width, hiddenLayers: hiddenLayers, featureCount: 4)
      layout = ParameterLayout(shape)
      parameters = memory.take(layout.count)
      let key = NoiseKey(seed: 5)
      for (index, entry) in layout.entries.enumerated() {
        DoubleKernels.normals(
          into: UnsafeMutableBufferPointer(start: parameters + entry.offset, count: entry.count),
          stream: key.stream(.test, step: index), first: 0)
        for element in 0..<entry.count { parameters[entry.offset + element] *= 0.6 }
      }
      weights = LayerWeights(layout, parameters: parameters, forTraining: true)
      pass = NetworkPass(shape, capacity: rows)
      DoubleKernels.normals(
        into: UnsafeMutableBufferPointer(start: pass.input, count: rows * pass.inputStride),
        stream: key.stream(.test, step: 100), first: 0)
      var pull = [Double](repeating: 0, count: rows * dimension)
      pull.withUnsafeMutableBufferPointer {
        DoubleKernels.normals(into: $0, stream: key.stream(.test, step: 101), first: 0)
      }
      self.pull = pull
    }

    /// sum of F^2 / 2 + pull F, whose gradient by F is F + pull.
    func loss() -> Double {
      weights.packAll()
      pass.forward(rows: rows, weights: weights, keepingDerivatives: true)
      return pull.indices.reduce(0) {
        $0 + pass.output[$1] * pass.output[$1] / 2 + pull[$1] * pass.output[$1]
      }
    }

    func derivative(at element: UnsafeMutablePointer<Double>) -> Double {
      // Truncation h^2 f''' / 6 and rounding 1e-16 f / h are both about 1e-10 of the loss.
      let (h, value) = (2e-5, element.pointee)
      element.pointee = value + h
      let above = loss()
      element.pointee = value - h
      let below = loss()
      element.pointee = value
      return (above - below) / (2 * h)
    }

    func backward(
      into gradient: UnsafeMutablePointer<Double>, input: UnsafeMutablePointer<Double>
    ) {
      _ = loss()
      for index in pull.indices { pass.outputGradient[index] = pass.output[index] + pull[index] }
      pass.backward(rows: rows, weights: weights, gradient: gradient, inputGradient: input)
    }
  }

  @Test(arguments: [(3, 5, 1), (1, 9, 2), (2, 21, 3), (17, 6, 4)])
  func everyGradientIsTheDerivativeOfTheLoss(
    dimension: Int, width: Int, hiddenLayers: Int
  ) {
    let fixture = Fixture(dimension: dimension, width: width, hiddenLayers: hiddenLayers)
    let gradient = fixture.memory.take(fixture.layout.count)
    let input = fixture.memory.take(fixture.rows * fixture.shape.inputWidth)
    fixture.backward(into: gradient, input: input)
    // Differences err by about 1e-10 of a loss of some hundred: 1e-7 of gradients of size 1 and more.
    func isClose(_ value: Double, _ truth: Double) -> Bool {
      abs(value - truth) <= 1e-7 * max(10, abs(truth))
    }
    for entry in fixture.layout.entries {
      for element in entry.offset..<entry.offset + entry.count {
        let truth = fixture.derivative(at: fixture.parameters + element)
        #expect(
          isClose(gradient[element], truth),
          "\(entry.name) element \(element - entry.offset): \(gradient[element]), not \(truth)")
      }
    }
    for row in 0..<fixture.rows {
      for column in 0..<fixture.shape.inputWidth {
        let truth = fixture.derivative(
          at: fixture.pass.input + row * fixture.pass.inputStride + column)
        let value = input[row * fixture.shape.inputWidth + column]
        #expect(isClose(value, truth), "input (\(row), \(column)): \(value), not \(truth)")
      }
    }
  }

  @Test func gradientsAreNotTrivial() {
    let fixture = Fixture(dimension: 2, width: 21, hiddenLayers: 3)
    let gradient = fixture.memory.take(fixture.layout.count)
    fixture.backward(
      into: gradient, input: fixture.memory.take(fixture.rows * fixture.shape.inputWidth))
    for entry in fixture.layout.entries {
      let largest = (0..<entry.count).map { abs(gradient[entry.offset + $0]) }.max() ?? 0
      #expect(largest > 1e-2, "\(entry.name)")
    }
  }
}
