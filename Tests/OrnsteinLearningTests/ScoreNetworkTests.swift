import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct ScoreNetworkTests {
  static func randomTensors(_ shape: NetworkShape, seed: UInt64 = 3) -> [Tensor] {
    ParameterLayout(shape).entries.enumerated().map { index, entry in
      var values = [Float](repeating: 0, count: entry.count)
      values.withUnsafeMutableBufferPointer {
        FloatKernels.normals(
          into: $0, stream: NoiseKey(seed: seed).stream(.test, step: index), first: 0)
      }
      let factor = 1 / Float(entry.shape[0]).squareRoot()
      return Tensor(
        name: entry.name, shape: entry.shape, elements: .float(values.map { $0 * factor }))
    }
  }

  static func network<Scalar: BatchScalar>(
    _ shape: NetworkShape, _ parametrization: ScoreParametrization = .velocity,
    as _: Scalar.Type = Float.self
  ) throws -> ScoreNetwork<Scalar> {
    try ScoreNetwork(
      shape: shape, parametrization: parametrization, logSNRRange: -5...7,
      tensors: randomTensors(shape))
  }

  static func points<Scalar: BatchScalar>(_ count: Int, _ dimension: Int) -> Batch<Scalar> {
    Batch(unsafeUninitializedCount: count, dimension: dimension) {
      Scalar.Kernels.normals(into: $0, stream: NoiseKey(seed: 8).stream(.test), first: 0)
    }
  }

  static func scores<Scalar: BatchScalar>(
    _ network: some ScoreModel<Scalar>, _ points: Batch<Scalar>, _ level: NoiseLevel
  ) -> Batch<Scalar> {
    var result = Batch<Scalar>(count: points.count, dimension: points.dimension)
    let workspace = Workspace()
    points.withSpan { points in
      result.withMutableSpan { result in
        network.score(of: points, at: level, into: &result, workspace: workspace)
      }
    }
    return result
  }

  static func canonical(_ time: Double) -> NoiseLevel {
    NoiseLevel(
      time: time, alpha: .exp(-time), sigma: (-Double.expMinusOne(-2 * time)).squareRoot())
  }

  static let shapes = [
    NetworkShape(dimension: 1, width: 7, hiddenLayers: 1, featureCount: 2),
    NetworkShape(dimension: 2, width: 40, hiddenLayers: 2, featureCount: 16),
    NetworkShape(dimension: 19, width: 64, hiddenLayers: 3),
  ]

  /// The formula of the network, element by element in double precision; `rounding` is applied to what
  /// the layers between hidden units multiply.
  static func plainOutput(
    _ shape: NetworkShape, x: [Double], logSNR: Double,
    rounding: (Double) -> Double = { $0 }
  ) -> [Double] {
    let tensors = randomTensors(shape).map { tensor -> [Double] in
      guard case .float(let values) = tensor.elements else { return [] }
      return values.map { Double($0) }
    }
    let pairs = shape.featureCount / 2
    let frequencies = (0..<pairs).map { (index: Int) -> Double in
      .pow(32, (pairs == 1 ? 0 : Double(index) / Double(pairs - 1)) - 1)
    }
    var hidden = x + frequencies.map { .sin(2 * .pi * $0 * logSNR) }
    hidden += frequencies.map { .cos(2 * .pi * $0 * logSNR) }
    for layer in 0..<shape.layerCount {
      let (inputs, outputs) = shape.layer(layer)
      let (weight, bias) = (tensors[2 * layer], tensors[2 * layer + 1])
      let isBetween = layer > 0 && layer < shape.hiddenLayers
      let (left, right) =
        isBetween ? (hidden.map(rounding), weight.map(rounding)) : (hidden, weight)
      let linear = (0..<outputs).map { column in
        (0..<inputs).reduce(bias[column]) { $0 + left[$1] * right[$1 * outputs + column] }
      }
      if layer == shape.hiddenLayers { return linear }
      let activation = linear.map { $0 / (1 + .exp(-$0)) }
      hidden = layer == 0 ? activation : zip(hidden, activation).map { $0 + $1 }
    }
    return hidden
  }

  /// Each parametrisation's output F becomes the score by the definition of its target.
  @Test(arguments: ScoreParametrization.allCases, shapes)
  func scoreFollowsFromTheFormula(
    parametrization: ScoreParametrization, shape: NetworkShape
  ) throws {
    let network = try Self.network(shape, parametrization, as: Double.self)
    let points: Batch<Double> = Self.points(5, shape.dimension)
    for (alpha, sigma) in [(0.8, 0.6), (1, 3.0), (0.3, 0.2)] {
      let level = NoiseLevel(time: 0, alpha: alpha, sigma: sigma)
      let scores = Self.scores(network, points, level)
      let kappa = (alpha * alpha + sigma * sigma).squareRoot()
      for row in 0..<points.count {
        let x = points.point(row)
        let raw = Self.plainOutput(shape, x: x.map { $0 / kappa }, logSNR: .log(alpha / sigma))
        for j in 0..<shape.dimension {
          let (a, s) = (alpha / kappa, sigma / kappa)
          let noise: Double =
            switch parametrization {
            case .noise: raw[j]
            case .score: -raw[j]
            case .velocity: s * x[j] / kappa + a * raw[j]
            case .denoiser: (x[j] / kappa - a * raw[j]) / s
            }
          // Features have frequencies rounded once, so agree to some 1e-14.
          #expect(abs(scores[row, j] + noise / sigma) <= 1e-11 * max(1, abs(noise / sigma)))
        }
      }
    }
  }

  @Test(arguments: shapes)
  func singlePrecisionFollowsDouble(shape: NetworkShape) throws {
    let points: Batch<Double> = Self.points(300, shape.dimension)
    let level = Self.canonical(0.4)
    let exact = Self.scores(try Self.network(shape, as: Double.self), points, level)
    let single = Self.scores(
      try Self.network(shape), points.converted(to: Float.self), level)
    // Some hundred roundings of 6e-8 at random signs.
    for (a, b) in zip(exact.elements, single.elements) {
      #expect(abs(a - Double(b)) <= 1e-5 * max(1, abs(a)))
    }
  }

  @Test(arguments: shapes)
  func batchMatesNeverMatter(shape: NetworkShape) throws {
    let network: ScoreNetwork<Float> = try Self.network(shape)
    let points: Batch<Float> = Self.points(301, shape.dimension)
    let level = Self.canonical(0.7)
    let together = Self.scores(network, points, level)
    for row in [0, 1, 13, 127, 128, 250, 300] {
      let alone = Self.scores(network, points[row..<row + 1], level)
      #expect(alone.point(0) == together.point(row))
    }
    #expect(Self.scores(network, points[57..<290], level) == together[57..<290])
    #expect(Self.scores(network, points[0..<0], level).count == 0)
  }

  @Test func levelsBeyondTheRangeAreHeldAtItsEnds() throws {
    let network: ScoreNetwork<Float> = try Self.network(Self.shapes[1], .noise)
    let points: Batch<Float> = Self.points(3, 2)
    func level(_ logSNR: Double) -> NoiseLevel {
      let alpha = 1 / (1 + .exp(-2 * logSNR)).squareRoot()
      return NoiseLevel(time: 0, alpha: alpha, sigma: 1 / (1 + .exp(2 * logSNR)).squareRoot())
    }
    let (end, beyond) = (level(7), level(12))
    let atEnd = Self.scores(network, points, end)
    let outside = Self.scores(network, points, beyond)
    for (a, b) in zip(atEnd.elements, outside.elements) {
      #expect(agrees(Double(a) * end.sigma, Double(b) * beyond.sigma, relative: 1e-4))
    }
    let pureNoise = NoiseLevel(time: 9, alpha: 0, sigma: 1)
    #expect(Self.scores(network, points, pureNoise).elements.allSatisfy { $0.isFinite })
  }

  @Test func costCountsTheProducts() {
    let shape = NetworkShape(dimension: 2, width: 256, hiddenLayers: 3)
    #expect(shape.multiplyAddsPerPoint == 2 * 256 + 2 * 256 * 256 + 256 * 2)
    #expect(
      shape.trainingOperationsPerPoint == 6 * (34 * 256 + 2 * 256 * 256 + 512) - 2 * 34 * 256)
  }
}
