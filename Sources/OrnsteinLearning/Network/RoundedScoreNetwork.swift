import OrnsteinDiffusion
import OrnsteinNumerics

/// A score network whose hidden layers multiply in bfloat16.
///
/// Weights and activations of the layers between the hidden units are rounded to 8 significant bits
/// before they are multiplied; products are exact and sums, biases, activations and the residual
/// stream stay in single precision, as do the first and the last layer. The score moves by about
/// a thousandth of its size. Processors with an instruction for such products (AVX-512 BF16) do twice
/// as many a cycle; without one they are slower than those in single precision.
///
/// - A point's score has the same bits whatever batch it is in.
public struct RoundedScoreNetwork: ScoreModel {
  /// The network that was rounded.
  public let network: ScoreNetwork<Float>
  /// Words, in memory that is aligned for vectors.
  private let packed: Batch<Float>
  private let wordsPerLayer: Int

  /// Rounds the weights between hidden layers.
  public init(_ network: ScoreNetwork<Float>) {
    self.network = network
    let (shape, layout) = (network.shape, network.layout)
    let count = HalfKernels.packedCount(rows: shape.width, columns: shape.width)
    let words = (count + 15) / 16 * 16
    wordsPerLayer = words
    var packed = Batch<Float>(
      count: words * max(shape.hiddenLayers - 1, 0), dimension: 1)
    packed.withUnsafeMutableBufferPointer { packed in
      packed.withMemoryRebound(to: UInt32.self) { packed in
        network.parameters.withUnsafeBufferPointer { parameters in
          guard let parameters = parameters.baseAddress, let packed = packed.baseAddress
          else { return }
          for layer in 1..<max(shape.hiddenLayers, 1) {
            HalfKernels.pack(
              parameters + layout.weight(layer), stride: shape.width, rows: shape.width,
              columns: shape.width, transposed: false, into: packed + (layer - 1) * words)
          }
        }
      }
    }
    self.packed = packed
  }

  /// The number of coordinates of a point.
  public var dimension: Int { network.dimension }

  /// The multiply-adds of one evaluation at one point.
  public var multiplyAddsPerPoint: Int { network.multiplyAddsPerPoint }

  /// Writes the score of each point.
  public func score(
    of points: Span<Float>, at level: NoiseLevel, into score: inout MutableSpan<Float>,
    workspace: Workspace
  ) {
    let shape = network.shape
    let tile = min(ScoreNetwork<Float>.tileRows, points.count / dimension)
    let stride = HalfKernels.wordCount(shape.width) + 16
    workspace.withBuffer(of: UInt32.self, count: tile * stride) { words in
      guard let words = words.baseAddress else { return }
      network.evaluate(points, at: level, into: &score, workspace: workspace) { hidden in
        HalfKernels.round(
          hidden.input, stride: hidden.stride, rows: hidden.rows, columns: shape.width,
          transposed: false, into: words, wordStride: stride)
        multiply(hidden, words: words, stride: stride)
      }
    }
  }

  private func multiply(
    _ hidden: ScoreNetwork<Float>.HiddenLayer, words: UnsafePointer<UInt32>, stride: Int
  ) {
    let width = network.shape.width
    network.parameters.withUnsafeBufferPointer { parameters in
      packed.withUnsafeBufferPointer { packed in
        packed.withMemoryRebound(to: UInt32.self) { packed in
          guard let parameters = parameters.baseAddress, let packed = packed.baseAddress
          else { return }
          var product = HalfProduct(
            rows: hidden.rows, columns: width, inner: width, left: words, leftRowStride: stride,
            packedRight: packed + (hidden.layer - 1) * wordsPerLayer, output: hidden.output,
            outputStride: hidden.stride)
          product.epilogue = .sigmoidLinearUnit
          product.bias = parameters + network.layout.bias(hidden.layer)
          product.residual = hidden.input
          HalfKernels.multiply(product)
        }
      }
    }
  }
}
