import OrnsteinNumerics

/// The shift and scale that give each column of a reference mean 0 and variance 1, so that no column
/// counts more for its unit.
public struct Standardisation: Sendable, Equatable, Codable {
  /// The mean of each column.
  public var mean: [Double]
  /// The standard deviation of each column; 1 where the column is constant.
  public var scale: [Double]

  /// The shift and scale of a reference.
  public init<Scalar: BatchScalar>(of reference: Batch<Scalar>) {
    let dimension = reference.dimension
    let count = Double(max(reference.count, 1))
    var mean = Array(repeating: 0.0, count: dimension)
    var square = Array(repeating: 0.0, count: dimension)
    reference.withUnsafeBufferPointer { elements in
      for index in elements.indices { mean[index % dimension] += Double(elements[index]) }
      for column in 0..<dimension { mean[column] /= count }
      for index in elements.indices {
        let deviation = Double(elements[index]) - mean[index % dimension]
        square[index % dimension] += deviation * deviation
      }
    }
    self.mean = mean
    scale = square.map { $0 > 0 ? ($0 / count).squareRoot() : 1 }
  }

  /// (x - mean) / scale, in double precision.
  public func apply<Scalar: BatchScalar>(_ batch: Batch<Scalar>) -> Batch<Double> {
    precondition(
      batch.dimension == mean.count,
      "Points of dimension \(batch.dimension) do not fit a standardisation of \(mean.count).")
    return Batch(unsafeUninitializedCount: batch.count, dimension: batch.dimension) { output in
      batch.withUnsafeBufferPointer { elements in
        for index in elements.indices {
          let column = index % mean.count
          output[index] = (Double(elements[index]) - mean[column]) / scale[column]
        }
      }
    }
  }
}
