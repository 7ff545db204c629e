/// The size of a score network.
///
/// With inputs u = (x / kappa, features of the level):
///
///     h_0 = silu(W_0 u + b_0),   h_l = h_{l-1} + silu(W_l h_{l-1} + b_l),   F = W_out h_{L-1} + b_out
public struct NetworkShape: Codable, Sendable, Hashable {
  /// The number of coordinates of a point, 1 or more.
  public var dimension: Int
  /// The number of units of a hidden layer, 1 or more; multiples of 32 are fastest.
  public var width: Int
  /// The number L of hidden activations, 1 or more.
  public var hiddenLayers: Int
  /// The number of features of the noise level: half sines, half cosines; even, 2 or more.
  public var featureCount: Int

  /// A network of the given size; ``validate()`` says whether it can be built.
  public init(dimension: Int, width: Int, hiddenLayers: Int, featureCount: Int = 32) {
    self.dimension = dimension
    self.width = width
    self.hiddenLayers = hiddenLayers
    self.featureCount = featureCount
  }

  /// A size that suits the data: wider for more rows and more coordinates.
  ///
  /// - Parameters:
  ///   - dimension: The number of coordinates of a point.
  ///   - rows: The number of points to learn from.
  public static func suggested(dimension: Int, rows: Int) -> NetworkShape {
    let byRows = rows < 500 ? 64 : rows < 4_000 ? 128 : 256
    let byDimension = dimension <= 32 ? byRows : dimension <= 128 ? max(byRows, 256) : 512
    return NetworkShape(dimension: dimension, width: byDimension, hiddenLayers: 3)
  }

  /// Throws unless a network of this size can be built.
  public func validate() throws(NetworkError) {
    try check("dimension", dimension, in: 1...65_536)
    try check("width", width, in: 1...16_384)
    try check("hiddenLayers", hiddenLayers, in: 1...64)
    try check("featureCount", featureCount, in: 2...1_024)
    guard featureCount.isMultiple(of: 2) else {
      throw .shape(property: "featureCount", value: featureCount, expected: "an even number")
    }
  }

  private func check(
    _ property: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(NetworkError) {
    guard range.contains(value) else {
      throw .shape(
        property: property, value: value,
        expected: "between \(range.lowerBound) and \(range.upperBound)")
    }
  }

  /// The number of inputs of the first layer: coordinates, then level features.
  public var inputWidth: Int { dimension + featureCount }

  /// The number of linear layers, the output included.
  public var layerCount: Int { hiddenLayers + 1 }

  /// The inputs and outputs of a linear layer, counted from 0; the last one is the output.
  public func layer(_ index: Int) -> (inputs: Int, outputs: Int) {
    (
      index == 0 ? inputWidth : width,
      index == hiddenLayers ? dimension : width
    )
  }

  /// The multiply-adds of one evaluation at one point, the level's share done once a call.
  public var multiplyAddsPerPoint: Int {
    2 * dimension * width + (hiddenLayers - 1) * width * width
  }

  /// The floating-point operations of one training step for one point: forward, gradients of
  /// weights, gradients of activations.
  public var trainingOperationsPerPoint: Int {
    let products = (0..<layerCount).reduce(0) { $0 + layer($1).inputs * layer($1).outputs }
    return 6 * products - 2 * inputWidth * width
  }
}

/// Why a network cannot be built.
public enum NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A size is out of range.
  case shape(property: String, value: Int, expected: String)
  /// A parameter is not among the tensors.
  case missingTensor(name: String)
  /// A tensor belongs to no layer of the network.
  case unexpectedTensor(name: String)
  /// A tensor is there twice.
  case repeatedTensor(name: String)
  /// A tensor has the shape of another network.
  case tensorShape(name: String, expected: [Int], found: [Int])
  /// A tensor does not hold floating-point numbers.
  case tensorType(name: String)
  /// A parameter is NaN or infinite.
  case notFinite(name: String, index: Int)
  /// The range of levels is empty or not finite.
  case levels(lowest: Double, highest: Double)

  /// What is wrong and with what.
  public var description: String {
    switch self {
    case .shape(let property, let value, let expected):
      "A network cannot have \(property) \(value): it must be \(expected)."
    case .missingTensor(let name):
      "The network's parameter \(name) is missing."
    case .unexpectedTensor(let name):
      "The tensor \(name) is no parameter of a network of this shape."
    case .repeatedTensor(let name):
      "The network's parameter \(name) is there twice."
    case .tensorShape(let name, let expected, let found):
      "The network's parameter \(name) has shape \(found), not \(expected)."
    case .tensorType(let name):
      "The network's parameter \(name) does not hold floating-point numbers."
    case .notFinite(let name, let index):
      "Element \(index) of the network's parameter \(name) is not finite."
    case .levels(let lowest, let highest):
      "A network cannot be made for log-SNR from \(lowest) to \(highest): the ends must be finite "
        + "and the first below the second."
    }
  }
}
