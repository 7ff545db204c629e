import OrnsteinDiffusion
import OrnsteinNumerics

/// A learned score: a residual network of the point in canonical coordinates and its log-SNR.
///
/// Works at the levels of any process: with kappa = sqrt(alpha^2 + sigma^2), the network sees
/// x / kappa and lambda = log(alpha / sigma), and its output F becomes the score by the
/// parametrisation (Vincent 2011; Karras et al., arXiv 2206.00364). Lambda is held within
/// ``logSNRRange`` for the features (a network knows nothing of levels it has not seen); the
/// conversion to the score uses the true level.
///
/// - Cost: ``multiplyAddsPerPoint`` multiply-adds a point.
/// - A point's score has the same bits whatever batch it is in.
public struct ScoreNetwork<Scalar: BatchScalar>: ScoreModel {
  /// Rows that go through all layers together, so that their activations stay in the cache.
  static var tileRows: Int { 128 }

  /// The size of the network.
  public let shape: NetworkShape
  /// What the raw output stands for.
  public let parametrization: ScoreParametrization
  /// The half log-SNRs lambda that the network was made for.
  public let logSNRRange: ClosedRange<Double>

  let layout: ParameterLayout
  private let features: LevelFeatures
  let parameters: Batch<Scalar>
  let packed: Batch<Scalar>
  let packedOffsets: [Int]

  /// A network from its parameters.
  ///
  /// - Parameters:
  ///   - shape: The size of the network.
  ///   - parametrization: What the raw output stands for.
  ///   - logSNRRange: The half log-SNRs that the network was made for.
  ///   - tensors: `network.hidden.0.weight` (inputs by outputs), `network.hidden.0.bias`, ...,
  ///     `network.output.weight`, `network.output.bias`; tensors whose names do not begin with
  ///     `network.` are passed over.
  /// - Throws: ``NetworkError`` if the shape is impossible, or a tensor is missing, unknown, of
  ///   another shape or not finite.
  public init(
    shape: NetworkShape, parametrization: ScoreParametrization,
    logSNRRange: ClosedRange<Double>, tensors: [Tensor]
  ) throws(NetworkError) {
    try shape.validate()
    let layout = ParameterLayout(shape)
    var parameters = Batch<Scalar>(count: layout.count, dimension: 1)
    let failure: NetworkError? = parameters.withUnsafeMutableBufferPointer { block in
      guard let base = block.baseAddress else { return nil }
      do throws(NetworkError) {
        try layout.fill(base, from: tensors)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
    try self.init(
      layout: layout, parametrization: parametrization, logSNRRange: logSNRRange,
      parameters: parameters)
  }

  init(
    layout: ParameterLayout, parametrization: ScoreParametrization,
    logSNRRange: ClosedRange<Double>, parameters: Batch<Scalar>
  ) throws(NetworkError) {
    guard logSNRRange.lowerBound.isFinite, logSNRRange.upperBound.isFinite,
      logSNRRange.lowerBound < logSNRRange.upperBound
    else { throw .levels(lowest: logSNRRange.lowerBound, highest: logSNRRange.upperBound) }
    let shape = layout.shape
    self.shape = shape
    self.layout = layout
    self.parametrization = parametrization
    self.logSNRRange = logSNRRange
    self.parameters = parameters
    features = LevelFeatures(count: shape.featureCount)

    // The first layer is packed in two parts, level features first: they are shared by all points.
    var parts = [
      (
        rows: shape.featureCount, columns: shape.width,
        offset: layout.weight(0) + shape.dimension * shape.width
      ),
      (rows: shape.dimension, columns: shape.width, offset: layout.weight(0)),
    ]
    for layer in 1...shape.hiddenLayers {
      let (inputs, outputs) = shape.layer(layer)
      parts.append((inputs, outputs, layout.weight(layer)))
    }
    var offsets = [0]
    for part in parts {
      let count = Scalar.Kernels.packedCount(rows: part.rows, columns: part.columns)
      offsets.append((offsets[offsets.count - 1] + count + 15) / 16 * 16)
    }
    packedOffsets = offsets
    packed = parameters.withUnsafeBufferPointer { source in
      var packed = Batch<Scalar>(count: offsets[offsets.count - 1], dimension: 1)
      packed.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        for (part, offset) in zip(parts, offsets) {
          Scalar.Kernels.pack(
            source + part.offset, stride: part.columns, rows: part.rows, columns: part.columns,
            transposed: false, into: target + offset)
        }
      }
      return packed
    }
  }

  /// The number of coordinates of a point.
  public var dimension: Int { shape.dimension }

  /// The multiply-adds of one evaluation at one point.
  public var multiplyAddsPerPoint: Int { shape.multiplyAddsPerPoint }

  /// The parameters by name, as ``init(shape:parametrization:logSNRRange:tensors:)`` takes them.
  public var tensors: [Tensor] {
    parameters.withUnsafeBufferPointer { block in
      block.baseAddress.map { layout.tensors(from: $0) } ?? []
    }
  }

  /// Writes the score of each point.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    evaluate(points, at: level, into: &score, workspace: workspace) { hidden in
      parameters.withUnsafeBufferPointer { parameters in
        packed.withUnsafeBufferPointer { packed in
          guard let parameters = parameters.baseAddress, let packed = packed.baseAddress
          else { return }
          var product = MatrixProduct(
            rows: hidden.rows, columns: shape.width, inner: shape.width, left: hidden.input,
            leftRowStride: hidden.stride, packedRight: packed + packedOffsets[hidden.layer + 1],
            output: hidden.output, outputStride: hidden.stride)
          product.epilogue = .sigmoidLinearUnit
          product.bias = parameters + layout.bias(hidden.layer)
          product.residual = hidden.input
          Scalar.Kernels.multiply(product)
        }
      }
    }
  }

  /// A hidden layer behind the first: output = input + silu(input W + b), for some rows.
  struct HiddenLayer {
    let layer: Int
    let rows: Int
    let input: UnsafePointer<Scalar>
    let output: UnsafeMutablePointer<Scalar>
    let stride: Int
  }

  /// Writes the score of each point, with the hidden layers behind the first done by `multiply`.
  func evaluate(
    _ points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace, multiply: (HiddenLayer) -> Void
  ) {
    precondition(
      points.count == score.count && points.count.isMultiple(of: dimension),
      "\(points.count) coordinates do not make points of dimension \(dimension) with a score of "
        + "\(score.count) numbers.")
    let count = points.count / dimension
    points.withUnsafeBufferPointer { points in
      score.withUnsafeMutableBufferPointer { score in
        guard let points = points.baseAddress, let score = score.baseAddress else { return }
        evaluate(
          points, count: count, at: level, into: score, workspace: workspace, multiply: multiply)
      }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func evaluate(
    _ points: UnsafePointer<Scalar>, count: Int, at level: NoiseLevel,
    into score: UnsafeMutablePointer<Scalar>, workspace: Workspace,
    multiply: (HiddenLayer) -> Void
  ) {
    let (d, width, tile) = (shape.dimension, shape.width, min(Self.tileRows, count))
    let stride = activationStride
    let inputs = (tile * d + 15) / 16 * 16
    let bias = (width + 15) / 16 * 16
    let phases = (shape.featureCount + 15) / 16 * 16
    let scale = Scalar(1 / level.scale)
    let coefficients = Preconditioning(parametrization).score(at: level)
    let (position, output) = (Scalar(coefficients.position), Scalar(coefficients.output))
    parameters.withUnsafeBufferPointer { parameters in
      packed.withUnsafeBufferPointer { packed in
        workspace.withBuffer(
          of: Scalar.self, count: bias + 2 * phases + 2 * inputs + 2 * tile * stride
        ) { scratch in
          guard let base = scratch.baseAddress, let parameters = parameters.baseAddress,
            let packed = packed.baseAddress
          else { return }
          let levelBias = base
          foldLevel(
            level, scratch: base + bias, parameters: parameters, packed: packed, into: levelBias)
          let scaled = base + bias + 2 * phases
          let raw = scaled + inputs
          let halves = (raw + inputs, raw + inputs + tile * stride)
          var first = 0
          while first < count {
            let rows = min(tile, count - first)
            let x = points + first * d
            for index in 0..<rows * d { scaled[index] = x[index] * scale }
            var current = halves.0
            var product = MatrixProduct(
              rows: rows, columns: width, inner: d, left: scaled, leftRowStride: d,
              packedRight: packed + packedOffsets[1], output: current, outputStride: stride)
            product.epilogue = .sigmoidLinearUnit
            product.bias = UnsafePointer(levelBias)
            Scalar.Kernels.multiply(product)
            for layer in 1..<max(shape.hiddenLayers, 1) {
              let next = layer.isMultiple(of: 2) ? halves.0 : halves.1
              multiply(
                HiddenLayer(
                  layer: layer, rows: rows, input: current, output: next, stride: stride))
              current = next
            }
            product = MatrixProduct(
              rows: rows, columns: d, inner: width, left: current, leftRowStride: stride,
              packedRight: packed + packedOffsets[shape.hiddenLayers + 1], output: raw,
              outputStride: d)
            product.bias = parameters + layout.bias(shape.hiddenLayers)
            Scalar.Kernels.multiply(product)
            let target = score + first * d
            for index in 0..<rows * d { target[index] = position * x[index] + output * raw[index] }
            first += rows
          }
        }
      }
    }
  }

  /// The distance between rows of activations; a power of two apart, they would share few cache sets.
  private var activationStride: Int { (shape.width + 15) / 16 * 16 + 16 }

  /// The bias of the first layer with the level's share added.
  func foldLevel(
    _ level: NoiseLevel, scratch: UnsafeMutablePointer<Scalar>, parameters: UnsafePointer<Scalar>,
    packed: UnsafePointer<Scalar>, into bias: UnsafeMutablePointer<Scalar>
  ) {
    let pairs = features.count / 2
    let logSNR = min(max(level.logSNR, logSNRRange.lowerBound), logSNRRange.upperBound)
    let turns = scratch + features.count
    features.phases(of: logSNR, into: turns)
    Scalar.Kernels.sineAndCosine(
      ofTurns: turns, sine: scratch, cosine: scratch + pairs, count: pairs)
    var product = MatrixProduct(
      rows: 1, columns: shape.width, inner: features.count, left: scratch,
      leftRowStride: features.count, packedRight: packed, output: bias, outputStride: shape.width)
    product.bias = parameters + layout.bias(0)
    Scalar.Kernels.multiply(product)
  }
}
