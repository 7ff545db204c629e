import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics

/// The network, the batch and the run that every engine works with; `Benchmarks/peers/work.py` says
/// the same.
struct BenchmarkNetwork {
  static let batchSize = 1024
  static let points = 4096
  static let samplingSteps = 100

  let dimension: Int

  var shape: NetworkShape {
    NetworkShape(dimension: dimension, width: 256, hiddenLayers: 3, featureCount: 32)
  }

  /// Standard normal data.
  func data(rows: Int) -> Batch<Float> {
    var batch = Batch<Float>(count: rows, dimension: dimension)
    batch.withUnsafeMutableBufferPointer {
      Float.Kernels.normals(into: $0, stream: NoiseKey(seed: 1).stream(.test), first: 0)
    }
    return batch
  }

  private var firstLayer: Double { Double(shape.width * (dimension + shape.featureCount)) }
  private var innerLayers: Double {
    Double((shape.hiddenLayers - 1) * shape.width * shape.width + shape.width * dimension)
  }

  /// The operations of the matrix products of a training step: forward, the gradient by the weights, and the
  /// gradient by the activations, which the input layer does not need.
  var trainingFlops: Double {
    Double(2 * Self.batchSize) * (2 * firstLayer + 3 * innerLayers)
  }

  /// The operations of the matrix products of a drawing; with `levelOnce`, the share of the level
  /// features in the first layer is computed once a step and not for every point.
  func drawingFlops(levelOnce: Bool) -> Double {
    let level = levelOnce ? Double(shape.width * shape.featureCount) : 0
    return Double(2 * Self.points * Self.samplingSteps) * (firstLayer - level + innerLayers)
  }
}
