import OrnsteinNumerics

/// The loss on rows kept out of training, with the same noise and levels at every evaluation.
final class HeldOutLoss<Scalar: BatchScalar> {
  /// A loss with the standard error of its mean over the held-out rows.
  struct Value: Sendable, Hashable {
    let mean: Double
    let standardError: Double
  }

  private struct Worker {
    let pass: NetworkPass<Scalar>
    let points: NoisedRows<Scalar>
  }

  private static var sliceSize: Int { 256 }
  private static var mostRows: Int { 8_192 }
  private static var fewestPoints: Int { 4_096 }

  private let data: Batch<Scalar>
  private let shape: NetworkShape
  private let objective: TrainingObjective
  private let key: NoiseKey
  private let weights: LayerWeights<Scalar>
  private let doubles = NumberBlocks<Double>()
  private let losses: UnsafeMutablePointer<Double>
  private let slices: Chunks
  private let repeats: Int
  private let shift: Double
  private var workers: [Worker] = []

  /// An evaluation of given weights.
  ///
  /// Each row is used at several levels where there are few rows.
  ///
  /// - Parameters:
  ///   - data: The held-out rows, the first 8192 of which are used.
  ///   - layout: The layout of the weights.
  ///   - parameters: The weights, which must outlive this object.
  ///   - objective: The objective of training.
  ///   - key: The randomness of the run.
  init(
    data: Batch<Scalar>, layout: ParameterLayout, parameters: UnsafeMutablePointer<Scalar>,
    objective: TrainingObjective, key: NoiseKey
  ) {
    self.data = data.count > Self.mostRows ? data[0..<Self.mostRows] : data
    shape = layout.shape
    self.objective = objective
    self.key = key
    weights = LayerWeights(layout, parameters: parameters, forTraining: false)
    repeats = max(1, (Self.fewestPoints + data.count - 1) / data.count)
    slices = Chunks(of: 0..<self.data.count * repeats, size: Self.sliceSize)
    losses = doubles.take(self.data.count * repeats)
    shift = withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) { buffer in
      Double.Kernels.uniforms(into: buffer, stream: key.stream(.validation, step: 1), first: 0)
      return buffer[0]
    }
  }

  /// Evaluates the weights as they are now.
  func evaluate(on pool: ThreadPool) -> Value {
    while workers.count < min(pool.threads, slices.count) {
      workers.append(
        Worker(
          pass: NetworkPass(shape, capacity: slices.size),
          points: NoisedRows(shape, objective: objective, capacity: slices.size)))
    }
    pool.run { thread, threads in
      for job in stride(from: thread, to: self.weights.jobCount, by: threads) {
        self.weights.pack(job)
      }
      pool.barrier()
      for slice in share(of: self.slices.count, thread, threads) {
        self.evaluate(self.slices[slice], worker: self.workers[thread])
      }
    }
    return value
  }

  private func evaluate(_ range: Range<Int>, worker: Worker) {
    let goldenRatio = 0.618_033_988_749_894_9
    for (index, point) in range.enumerated() {
      let (turn, row) = point.quotientAndRemainder(dividingBy: data.count)
      let u = shift + Double(row) * goldenRatio + Double(turn) / Double(repeats)
      worker.points.rows[index] = row
      worker.points.logSNRs[index] = objective.levels.quantile(
        u - u.rounded(.down), in: objective.logSNRRange)
    }
    data.withUnsafeBufferPointer { data in
      guard let data = data.baseAddress else { return }
      worker.points.prepare(
        range.count, data: data, stream: key.stream(.validation), first: range.lowerBound,
        antithetic: false, pass: worker.pass)
    }
    worker.pass.forward(rows: range.count, weights: weights, keepingDerivatives: false)
    _ = worker.points.loss(
      range.count, pass: worker.pass, gradientScale: nil, into: losses + range.lowerBound)
  }

  private var value: Value {
    let rows = data.count
    var (mean, squares) = (0.0, 0.0)
    for row in 0..<rows {
      var loss = 0.0
      for turn in 0..<repeats { loss += losses[turn * rows + row] }
      loss /= Double(repeats)
      let change = loss - mean
      mean += change / Double(row + 1)
      squares += change * (loss - mean)
    }
    let variance = rows > 1 ? squares / Double(rows - 1) : 0
    return Value(mean: mean, standardError: (variance / Double(rows)).squareRoot())
  }
}
