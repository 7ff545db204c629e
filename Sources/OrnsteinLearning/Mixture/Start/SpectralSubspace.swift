import OrnsteinNumerics

/// The span of the leading eigenvectors of the second moments of centred points: the means of a mixture
/// whose components are alike in all directions lie in that of the first K - 1.
struct SpectralSubspace: Sendable {
  /// Dimension by coordinates, the leading direction first.
  let axes: [Double]
  let dimension: Int

  /// - Parameters:
  ///   - points: Centred points.
  ///   - weights: One number a row, or `nil` for 1.
  ///   - dimension: The number of directions; at least 1 and at most that of the points are taken.
  init(of points: Batch<Double>, weights: [Double]?, dimension: Int) {
    let d = points.dimension
    self.dimension = max(1, min(dimension, d))
    var moment = [Double](repeating: 0, count: d * d)
    points.withUnsafeBufferPointer { x in
      moment.withUnsafeMutableBufferPointer { moment in
        for row in 0..<points.count {
          let weight = weights?[row] ?? 1
          for i in 0..<d {
            let left = weight * x[row * d + i]
            for j in 0...i { moment[i * d + j] += left * x[row * d + j] }
          }
        }
      }
    }
    if let eigen = try? SymmetricEigendecomposition(of: moment, dimension: d) {
      axes = (0..<self.dimension).flatMap { axis in
        Array(eigen.vectors[(d - 1 - axis) * d..<(d - axis) * d])
      }
    } else {
      axes = (0..<self.dimension).flatMap { axis in (0..<d).map { $0 == axis ? 1.0 : 0 } }
    }
  }

  /// The coordinates along the axes.
  func coordinates(of points: Batch<Double>) -> Batch<Double> {
    let (d, r) = (points.dimension, dimension)
    return points.withUnsafeBufferPointer { x in
      Batch(unsafeUninitializedCount: points.count, dimension: r) { output in
        axes.withUnsafeBufferPointer { axes in
          for row in 0..<points.count {
            for axis in 0..<r {
              var sum = 0.0
              for column in 0..<d { sum += axes[axis * d + column] * x[row * d + column] }
              output[row * r + axis] = sum
            }
          }
        }
      }
    }
  }
}
