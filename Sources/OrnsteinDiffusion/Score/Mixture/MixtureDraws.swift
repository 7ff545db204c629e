import OrnsteinNumerics
import RealModule

extension GaussianMixture: ExactlySampled {
  /// Writes exact draws of X_0: the component by one uniform a row, the coordinates by normals.
  ///
  /// The uniform is drawn in double precision whatever the scalar, so the components of a row agree
  /// between precisions.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    precondition(
      output.count == rows.count * dimension,
      "\(rows.count) rows of dimension \(dimension) do not fill \(output.count) numbers.")
    var cumulative: [Double] = []
    for component in components { cumulative.append((cumulative.last ?? 0) + component.weight) }
    let lastPossible = components.lastIndex { $0.weight > 0 } ?? 0
    let uniforms = [Double](unsafeUninitializedCapacity: rows.count) { buffer, count in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<rows.count]),
        stream: key.stream(.targetComponent), first: UInt64(rows.lowerBound))
      count = rows.count
    }
    output.withUnsafeMutableBufferPointer { points in
      Scalar.Kernels.normals(
        into: points, stream: key.stream(.targetCoordinates),
        first: UInt64(rows.lowerBound) * UInt64(dimension))
      let deviations = components.map { $0.variances.map { Double.sqrt($0) } }
      for row in 0..<rows.count {
        let chosen = min(Self.firstIndex(in: cumulative, above: uniforms[row]), lastPossible)
        place(
          UnsafeMutableBufferPointer(
            rebasing: points[row * dimension..<(row + 1) * dimension]),
          mean: components[chosen].mean, deviations: deviations[chosen],
          axes: components[chosen].axes)
      }
    }
  }

  /// By bisection, the first index whose cumulative weight is above a number, or the count.
  private static func firstIndex(in cumulative: [Double], above value: Double) -> Int {
    var (low, high) = (0, cumulative.count)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// z <- mean + U^T diag(deviations) z.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func place<Scalar: BatchScalar>(
  _ z: UnsafeMutableBufferPointer<Scalar>, mean: [Double], deviations: [Double], axes: [Double]?
) {
  guard let axes else {
    for i in 0..<z.count { z[i] = Scalar(mean[i] + deviations[i] * Double(z[i])) }
    return
  }
  var point = mean
  for axis in 0..<z.count {
    let along = deviations[axis] * Double(z[axis])
    for i in 0..<z.count { point[i] += along * axes[axis * z.count + i] }
  }
  for i in 0..<z.count { z[i] = Scalar(point[i]) }
}
