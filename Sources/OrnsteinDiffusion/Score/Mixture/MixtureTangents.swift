import OrnsteinNumerics

extension GaussianMixture {
  /// Writes the score of each point once, and the Hessian of log p_t times each direction: one Hessian
  /// a point, whatever the number of directions.
  ///
  /// - Parameters:
  ///   - points: `n * dimension` coordinates, row-major.
  ///   - directions: Blocks of as many numbers, one a direction.
  ///   - level: The noise level, with `sigma > 0` where a component is degenerate.
  ///   - score: Receives `n * dimension` numbers.
  ///   - derivatives: Receives as many numbers as there are directions.
  ///   - workspace: Scratch memory of the calling thread.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    self.score(of: points, at: level, into: &score, workspace: workspace)
    let (d, count) = (dimension, points.count)
    guard count > 0 else { return }
    precondition(
      directions.count == derivatives.count && directions.count.isMultiple(of: count),
      "\(directions.count) numbers are no directions of \(count) coordinates.")
    let blocks = directions.count / count
    let precisions = components.map { component in
      var matrix = [Double](repeating: 0, count: d * d)
      component.addMatrix(
        component.noisedVariances(at: level).map { 1 / $0 }, times: 1, to: &matrix)
      return matrix
    }
    workspace.withBuffer(of: Double.self, count: d * d + 2 * d) { scratch in
      let hessian = UnsafeMutableBufferPointer(rebasing: scratch[..<(d * d)])
      let spread = UnsafeMutableBufferPointer(rebasing: scratch[(d * d)..<(d * d + d)])
      let place = UnsafeMutableBufferPointer(rebasing: scratch[(d * d + d)...])
      points.withUnsafeBufferPointer { points in
        directions.withUnsafeBufferPointer { directions in
          derivatives.withUnsafeMutableBufferPointer { derivatives in
            for first in Swift.stride(from: 0, to: count, by: d) {
              widen(points, from: first, into: place)
              write(
                MixturePoint(components, Array(place), at: level), precisions, into: hessian,
                spread)
              for block in 0..<blocks {
                multiply(
                  hessian, directions, into: derivatives, at: block * count + first,
                  by: place)
              }
            }
          }
        }
      }
    }
  }

  /// sum_k rho_k ((g_k - s)(g_k - s)^T - D_k^{-1}).
  private func write(
    _ point: MixturePoint, _ precisions: [[Double]],
    into hessian: UnsafeMutableBufferPointer<Double>, _ spread: UnsafeMutableBufferPointer<Double>
  ) {
    let d = dimension
    hessian.update(repeating: 0)
    for (k, probability) in point.probabilities.enumerated() where probability > 1e-300 {
      for axis in 0..<d { spread[axis] = point.pulls[k][axis] - point.score[axis] }
      precisions[k].withUnsafeBufferPointer { precision in
        for i in 0..<d {
          let left = probability * spread[i]
          for j in 0..<d {
            hessian[i * d + j] += left * spread[j] - probability * precision[i * d + j]
          }
        }
      }
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func widen<Scalar: BatchScalar>(
  _ numbers: UnsafeBufferPointer<Scalar>, from first: Int,
  into output: UnsafeMutableBufferPointer<Double>
) {
  for index in output.indices { output[index] = Double(numbers[first + index]) }
}

/// output <- matrix vector for the part of both that begins at `first`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func multiply<Scalar: BatchScalar>(
  _ matrix: UnsafeMutableBufferPointer<Double>, _ vectors: UnsafeBufferPointer<Scalar>,
  into output: UnsafeMutableBufferPointer<Scalar>, at first: Int,
  by wide: UnsafeMutableBufferPointer<Double>
) {
  let d = wide.count
  for column in 0..<d { wide[column] = Double(vectors[first + column]) }
  for row in 0..<d {
    var sum = 0.0
    for column in 0..<d { sum += matrix[row * d + column] * wide[column] }
    output[first + row] = Scalar(sum)
  }
}
