import OrnsteinNumerics
import Synchronization

/// The sliced Wasserstein-1 distance: the mean of the distance on the line over random directions.
///
/// Costs a sort of all rows for each direction.
///
/// - Source: Rabin, Peyre, Delon, Bernot, SSVM 2011; Bonneel et al., JMIV 51 (2015).
public enum SlicedWasserstein {
  /// The distance of two samples.
  ///
  /// - Parameters:
  ///   - samples: The two samples.
  ///   - directions: The number of directions, uniform on the sphere.
  ///   - key: The randomness of the directions.
  ///   - threads: How many threads work; does not change the result.
  public static func compare(
    _ samples: PooledSamples, directions: Int = 128, key: NoiseKey, threads: Int = 1
  ) throws -> Comparison {
    precondition(directions >= 1, "A direction is needed.")
    let dimension = samples.rows.dimension
    let axes = unitVectors(directions, dimension: dimension, key: key)
    let slices = Mutex([Wasserstein?](repeating: nil, count: directions))
    try Chunks(of: 0..<directions, size: 1).forEach(threads: threads) { range, _ in
      let slice = Wasserstein(
        of: project(samples.rows, on: axes.point(range.lowerBound)), in: samples)
      slices.withLock { $0[range.lowerBound] = slice }
    }
    let all = slices.withLock { $0.compactMap(\.self) }
    func mean(_ values: (Wasserstein) -> [Double]) -> [Double] {
      var sum = values(all[0])
      for slice in all.dropFirst() {
        for (index, value) in values(slice).enumerated() { sum[index] += value }
      }
      return sum.map { $0 / Double(directions) }
    }
    let distances = mean(\.distances)
    return Comparison(
      value: distances[0], standardError: Wasserstein.jackknife(mean(\.withoutGroup)),
      floors: Array(distances.dropFirst()))
  }

  /// Uniform directions: normal vectors over their length.
  static func unitVectors(_ count: Int, dimension: Int, key: NoiseKey) -> Batch<Float> {
    var axes = Batch<Float>(count: count, dimension: dimension)
    axes.withUnsafeMutableBufferPointer { elements in
      // Step 0 onward is taken by the cuts of a pool.
      Float.Kernels.normals(into: elements, stream: key.stream(.metric, step: -1), first: 0)
      for row in 0..<count {
        let axis = row * dimension..<(row + 1) * dimension
        let length = axis.reduce(Float(0)) { $0 + elements[$1] * elements[$1] }.squareRoot()
        for index in axis { elements[index] /= length }
      }
    }
    return axes
  }

  private static func project(_ rows: Batch<Float>, on axis: [Float]) -> [Float] {
    rows.withUnsafeBufferPointer { elements in
      (0..<rows.count).map { row in
        var sum: Float = 0
        for (coordinate, weight) in axis.enumerated() {
          sum += elements[row * axis.count + coordinate] * weight
        }
        return sum
      }
    }
  }
}
