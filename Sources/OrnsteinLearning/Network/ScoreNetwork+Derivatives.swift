import OrnsteinDiffusion
import OrnsteinNumerics

/// The tangents of all layers, carried beside their values: with h_0' = silu'(z_0) W_0 v / kappa and
/// h_l' = h_{l-1}' + silu'(z_l) W_l h_{l-1}', the derivative of the score along v is
/// `position` v + `output` W_out h_{L-1}'.
extension ScoreNetwork: DirectionalScoreModel {
  /// Writes the score of each point and its derivative along a direction of each point's own, by a
  /// forward pass of both; the score has the bits of a score alone.
  public func score(
    of points: Span<Scalar>, along directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivative: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    self.score(
      of: points, alongEach: directions, at: level, into: &score, derivatives: &derivative,
      workspace: workspace)
  }

  /// Writes the score of each point and its derivatives along k directions, at the cost of k + 1
  /// scores.
  public func score(
    of points: Span<Scalar>, alongEach directions: Span<Scalar>, at level: NoiseLevel,
    into score: inout MutableSpan<Scalar>, derivatives: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    let count = points.count
    precondition(
      count == score.count && count.isMultiple(of: dimension)
        && directions.count == derivatives.count
        && (count == 0 ? directions.isEmpty : directions.count.isMultiple(of: count)),
      "\(count) coordinates of dimension \(dimension) do not fit a score of \(score.count) numbers, "
        + "directions of \(directions.count) and derivatives of \(derivatives.count).")
    guard count > 0 else { return }
    points.withUnsafeBufferPointer { points in
      directions.withUnsafeBufferPointer { directions in
        score.withUnsafeMutableBufferPointer { score in
          derivatives.withUnsafeMutableBufferPointer { derivatives in
            guard let points = points.baseAddress, let score = score.baseAddress else { return }
            differentiate(
              points, directions, count: count / dimension, at: level, into: score, derivatives,
              workspace: workspace)
          }
        }
      }
    }
  }

  /// Rows that go through all layers together, so that their tangents stay in the cache.
  private func tileRows(_ count: Int, directions: Int) -> Int {
    min(count, directions <= 1 ? 128 : directions <= 4 ? 64 : 32)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func differentiate(
    _ points: UnsafePointer<Scalar>, _ directions: UnsafeBufferPointer<Scalar>, count: Int,
    at level: NoiseLevel, into score: UnsafeMutablePointer<Scalar>,
    _ derivatives: UnsafeMutableBufferPointer<Scalar>, workspace: Workspace
  ) {
    let (d, width) = (shape.dimension, shape.width)
    let directionCount = directions.count / (count * d)
    let tile = tileRows(count, directions: directionCount)
    let stride = (width + 15) / 16 * 16 + 16
    let block = tile * stride
    let inputs = (tile * d + 15) / 16 * 16
    let bias = (width + 15) / 16 * 16
    let phases = (shape.featureCount + 15) / 16 * 16
    let scale = Scalar(1 / level.scale)
    let coefficients = Preconditioning(parametrization).score(at: level)
    let (position, output) = (Scalar(coefficients.position), Scalar(coefficients.output))
    let scratchCount = bias + 2 * phases + 2 * inputs + (4 + directionCount) * block
    parameters.withUnsafeBufferPointer { parameters in
      packed.withUnsafeBufferPointer { packed in
        workspace.withBuffer(of: Scalar.self, count: scratchCount) { scratch in
          guard let levelBias = scratch.baseAddress, let parameters = parameters.baseAddress,
            let packed = packed.baseAddress
          else { return }
          foldLevel(
            level, scratch: levelBias + bias, parameters: parameters, packed: packed,
            into: levelBias)
          let scaled = levelBias + bias + 2 * phases
          let raw = scaled + inputs
          let halves = (raw + inputs, raw + inputs + block)
          let slope = halves.1 + block
          let change = slope + block
          let tangents = change + block
          var first = 0
          while first < count {
            let rows = min(tile, count - first)
            let place = first * d
            let size = rows * d
            var current = halves.0
            for index in 0..<size { scaled[index] = points[place + index] * scale }
            var product = MatrixProduct(
              rows: rows, columns: width, inner: d, left: scaled, leftRowStride: d,
              packedRight: packed + packedOffsets[1], output: current, outputStride: stride)
            product.epilogue = .sigmoidLinearUnit
            product.bias = UnsafePointer(levelBias)
            product.derivative = slope
            Scalar.Kernels.multiply(product)
            for direction in 0..<directionCount {
              let start = direction * count * d + place
              for index in 0..<size { scaled[index] = directions[start + index] * scale }
              var product = MatrixProduct(
                rows: rows, columns: width, inner: d, left: scaled, leftRowStride: d,
                packedRight: packed + packedOffsets[1], output: nil, outputStride: stride)
              product.epilogue = .backward
              product.derivative = slope
              product.product = tangents + direction * block
              Scalar.Kernels.multiply(product)
            }
            for layer in 1..<max(shape.hiddenLayers, 1) {
              let next = layer.isMultiple(of: 2) ? halves.0 : halves.1
              product = MatrixProduct(
                rows: rows, columns: width, inner: width, left: current, leftRowStride: stride,
                packedRight: packed + packedOffsets[layer + 1], output: next, outputStride: stride)
              product.epilogue = .sigmoidLinearUnit
              product.bias = parameters + layout.bias(layer)
              product.residual = UnsafePointer(current)
              product.derivative = slope
              Scalar.Kernels.multiply(product)
              current = next
              for direction in 0..<directionCount {
                let tangent = tangents + direction * block
                var product = MatrixProduct(
                  rows: rows, columns: width, inner: width, left: tangent, leftRowStride: stride,
                  packedRight: packed + packedOffsets[layer + 1], output: nil,
                  outputStride: stride)
                product.epilogue = .backward
                product.derivative = slope
                product.product = change
                Scalar.Kernels.multiply(product)
                for row in 0..<rows {
                  let (to, from) = (tangent + row * stride, change + row * stride)
                  for unit in 0..<width { to[unit] += from[unit] }
                }
              }
            }
            let outputWeights = packed + packedOffsets[shape.hiddenLayers + 1]
            product = MatrixProduct(
              rows: rows, columns: d, inner: width, left: current, leftRowStride: stride,
              packedRight: outputWeights, output: raw, outputStride: d)
            product.bias = parameters + layout.bias(shape.hiddenLayers)
            Scalar.Kernels.multiply(product)
            for index in 0..<size {
              score[place + index] = position * points[place + index] + output * raw[index]
            }
            for direction in 0..<directionCount {
              Scalar.Kernels.multiply(
                MatrixProduct(
                  rows: rows, columns: d, inner: width, left: tangents + direction * block,
                  leftRowStride: stride, packedRight: outputWeights, output: raw, outputStride: d))
              let start = direction * count * d + place
              for index in 0..<size {
                derivatives[start + index] =
                  position * directions[start + index] + output * raw[index]
              }
            }
            first += rows
          }
        }
      }
    }
  }
}
