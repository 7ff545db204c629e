import OrnsteinDiffusion
import OrnsteinNumerics

/// Rows of data at their noise levels, and the loss of a network on them: the scratch of one worker.
package final class NoisedRows<Scalar: BatchScalar> {
  package typealias Pointer = UnsafeMutablePointer<Scalar>

  package let capacity: Int
  /// The data row of each point; the caller writes it.
  package let rows: UnsafeMutablePointer<Int>
  /// The half log-SNR of each point; the caller writes it.
  package let logSNRs: UnsafeMutablePointer<Double>

  private let objective: TrainingObjective
  private let preconditioning: Preconditioning
  private let weightScale: Double
  private let features: LevelFeatures
  private let dimension: Int
  private let memory = NumberBlocks<Scalar>()
  private let doubles = NumberBlocks<Double>()
  private let integers = NumberBlocks<Int>()
  private let weights: UnsafeMutablePointer<Double>
  private let noise: Pointer
  private let target: Pointer
  private let turns: Pointer
  private let sine: Pointer
  private let cosine: Pointer

  package init(_ shape: NetworkShape, objective: TrainingObjective, capacity: Int) {
    self.capacity = capacity
    self.objective = objective
    preconditioning = Preconditioning(objective.parametrization)
    weightScale = objective.weightScale
    features = LevelFeatures(count: shape.featureCount)
    dimension = shape.dimension
    rows = integers.take(capacity)
    logSNRs = doubles.take(capacity)
    weights = doubles.take(capacity)
    noise = memory.take(capacity * dimension)
    target = memory.take(capacity * dimension)
    let pairs = features.count / 2
    turns = memory.take(capacity * pairs)
    sine = memory.take(capacity * pairs)
    cosine = memory.take(capacity * pairs)
  }

  /// Writes the network's inputs and the targets of `count` points.
  ///
  /// - Parameters:
  ///   - count: The number of points, `capacity` at most.
  ///   - data: The rows that `rows` points into.
  ///   - stream: The noise, `dimension` numbers a point.
  ///   - first: The number of the first point in the stream.
  ///   - antithetic: Whether every second point takes the noise of the one before with the other
  ///     sign.
  ///   - pass: Receives the inputs.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func prepare(
    _ count: Int, data: UnsafePointer<Scalar>, stream: NoiseStream, first: Int, antithetic: Bool,
    pass: NetworkPass<Scalar>
  ) {
    let d = dimension
    let pairs = features.count / 2
    let (input, inputStride) = (pass.input, pass.inputStride)
    Scalar.Kernels.normals(
      into: UnsafeMutableBufferPointer(start: noise, count: count * d), stream: stream,
      first: UInt64(first * d))
    if antithetic {
      for point in stride(from: 1, to: count, by: 2) {
        for j in 0..<d { noise[point * d + j] = -noise[(point - 1) * d + j] }
      }
    }
    for point in 0..<count { features.phases(of: logSNRs[point], into: turns + point * pairs) }
    Scalar.Kernels.sineAndCosine(
      ofTurns: turns, sine: sine, cosine: cosine, count: count * pairs)
    for point in 0..<count {
      let lambda = logSNRs[point]
      let (alpha, sigma) = LevelDistribution.scales(lambda)
      weights[point] =
        objective.weighting == .uniform ? 1 : weightScale * objective.relativeWeight(lambda)
      let goal = preconditioning.target(alpha: alpha, sigma: sigma)
      let (a, s) = (Scalar(alpha), Scalar(sigma))
      let (goalData, goalNoise) = (Scalar(goal.data), Scalar(goal.noise))
      let x = data + rows[point] * d
      let z = noise + point * d
      let u = input + point * inputStride
      let f = target + point * d
      for j in 0..<d {
        u[j] = a * x[j] + s * z[j]
        f[j] = goalData * x[j] + goalNoise * z[j]
      }
      (u + d).update(from: sine + point * pairs, count: pairs)
      (u + d + pairs).update(from: cosine + point * pairs, count: pairs)
    }
  }

  /// The loss of each point, w |F - target|^2 / d, and its gradient by F times `scale`.
  ///
  /// - Parameters:
  ///   - count: The points of the last ``prepare(_:data:stream:first:antithetic:pass:)``.
  ///   - pass: Holds the network's output.
  ///   - scale: The factor of the gradient, one over the batch size; `nil` for no gradient.
  ///   - losses: Receives the loss of each point, or `nil`.
  /// - Returns: The sum of the losses.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func loss(
    _ count: Int, pass: NetworkPass<Scalar>, gradientScale scale: Double?,
    into losses: UnsafeMutablePointer<Double>? = nil
  ) -> Double {
    let d = dimension
    let (output, gradient) = (pass.output, pass.outputGradient)
    var total = 0.0
    for point in 0..<count {
      let factor = Scalar(2 * weights[point] * (scale ?? 0) / Double(d))
      var sum = 0.0
      for index in point * d..<(point + 1) * d {
        let error = output[index] - target[index]
        sum += Double(error) * Double(error)
        gradient[index] = factor * error
      }
      let loss = weights[point] * sum / Double(d)
      losses?[point] = loss
      total += loss
    }
    return total
  }
}
