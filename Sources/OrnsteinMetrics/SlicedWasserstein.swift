import OrnsteinNumerics

/// The mean Wasserstein-1 distance of two samples over fixed random directions.
///
/// Sees dependence between columns that column distances do not. Above 0 also for equal laws: compare
/// with a noise floor.
///
/// - Cost: (n + m) (d + log n) a direction.
/// - Source: Bonneel, Rabin, Peyré, Pfister, Journal of Mathematical Imaging and Vision 51 (2015).
public struct SlicedWasserstein: Sendable {
  /// Unit vectors, one a column of a `dimension`-by-`count` matrix, row-major.
  private let directions: [Double]
  /// The number of coordinates.
  public let dimension: Int
  /// The number of directions.
  public let count: Int

  private static let chunkRows = 1024
  private static let chunkDirections = 4

  /// Directions drawn uniformly from the sphere by a key.
  public init(dimension: Int, count: Int = 128, key: NoiseKey = NoiseKey(seed: 0)) {
    precondition(dimension >= 1 && count >= 1, "Directions need coordinates and a number of them.")
    self.dimension = dimension
    self.count = count
    var matrix = Array(repeating: 0.0, count: dimension * count)
    matrix.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: key.stream(.metric, step: 3), first: 0)
    }
    for direction in 0..<count {
      let places = stride(from: direction, to: matrix.count, by: count)
      let norm = places.reduce(0) { $0 + matrix[$1] * matrix[$1] }.squareRoot()
      for place in places { matrix[place] /= norm }
    }
    directions = matrix
  }

  /// The mean distance of two samples; its bits do not depend on the number of threads.
  public func distance<Scalar: BatchScalar, Other: BatchScalar>(
    between samples: Batch<Scalar>, and reference: Batch<Other>, threads: Int = 1
  ) throws(MetricError) -> Double {
    try MetricError.check(samples, reference, rows: 1)
    precondition(samples.dimension == dimension, "The points do not fit the directions.")
    let left = projected(samples.converted(to: Double.self), threads)
    let right = projected(reference.converted(to: Double.self), threads)
    var distances = Array(repeating: 0.0, count: count)
    distances.withUnsafeMutableBufferPointer { distances in
      let output = SharedOutput(buffer: distances)
      let chunks = Chunks(of: 0..<count, size: Self.chunkDirections)
      try? chunks.forEach(threads: threads) { range, _ in
        for direction in range {
          output.buffer[direction] = Wasserstein.distance(
            sorted: left.sortedColumn(direction), right.sortedColumn(direction))
        }
      }
    }
    return distances.reduce(0, +) / Double(count)
  }

  private func projected(_ points: Batch<Double>, _ threads: Int) -> Batch<Double> {
    var packed = Array(
      repeating: 0.0, count: DoubleKernels.packedCount(rows: dimension, columns: count))
    packed.withUnsafeMutableBufferPointer { packed in
      directions.withUnsafeBufferPointer { directions in
        guard let source = directions.baseAddress, let target = packed.baseAddress else { return }
        DoubleKernels.pack(
          source, stride: count, rows: dimension, columns: count, transposed: false, into: target)
      }
    }
    let matrix = packed
    var result = Batch<Double>(count: points.count, dimension: count)
    result.withUnsafeMutableBufferPointer { result in
      let output = SharedOutput(buffer: result)
      try? Chunks(of: 0..<points.count, size: Self.chunkRows).forEach(threads: threads) { rows, _ in
        points.withUnsafeBufferPointer { elements in
          matrix.withUnsafeBufferPointer { matrix in
            guard let left = elements.baseAddress, let right = matrix.baseAddress,
              let target = output.buffer.baseAddress
            else { return }
            DoubleKernels.multiply(
              MatrixProduct(
                rows: rows.count, columns: count, inner: dimension,
                left: left + rows.lowerBound * dimension, leftRowStride: dimension,
                packedRight: right, output: target + rows.lowerBound * count, outputStride: count))
          }
        }
      }
    }
    return result
  }
}
