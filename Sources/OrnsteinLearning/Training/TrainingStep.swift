import OrnsteinDiffusion
import OrnsteinNumerics

/// One step of training, as often as wanted: noise, levels, forward, backward, AdamW, packing.
///
/// The batch is cut into slices whose size depends on the batch alone; each slice has its own
/// gradient, and gradients are summed in a fixed order, so the weights come out with the same bits
/// for any number of threads. A step allocates nothing after the first.
///
/// Not thread-safe: one caller at a time.
public final class TrainingStep<Scalar: BatchScalar> {
  package typealias Pointer = UnsafeMutablePointer<Scalar>

  /// What a step found.
  public struct Outcome: Sendable {
    /// The mean loss of the batch, with the weights before the step.
    public let loss: Double
    /// The norm of the gradient before clipping.
    public let gradientNorm: Double
    /// Whether loss and gradient are finite; if not, the weights are as before the step.
    public var isFinite: Bool { loss.isFinite && gradientNorm.isFinite }
  }

  /// The scratch of one thread.
  private struct Worker {
    let pass: NetworkPass<Scalar>
    let points: NoisedRows<Scalar>
  }

  private static var blockCount: Int { 4_096 }

  /// The size of the network.
  public let shape: NetworkShape
  /// The number of points of a step.
  public let batchSize: Int

  package let layout: ParameterLayout
  package let parameters: Pointer
  package let average: Pointer
  package let firstMoment: Pointer
  package let secondMoment: Pointer
  package let weights: LayerWeights<Scalar>

  private let data: Batch<Scalar>
  private let objective: TrainingObjective
  private let optimizer: OptimizerSettings
  private let antithetic: Bool
  private let key: NoiseKey
  private let quantile: LevelQuantile
  private let memory = NumberBlocks<Scalar>()
  private let doubles = NumberBlocks<Double>()
  private let slices: Chunks
  private let gradients: [Pointer]
  private let blocks: Chunks
  private let squares: UnsafeMutablePointer<Double>
  private let losses: UnsafeMutablePointer<Double>
  private let outcome: UnsafeMutablePointer<Double>
  private var workers: [Worker] = []

  /// The engine of a run, with random initial weights.
  ///
  /// - Parameters:
  ///   - data: The rows to learn from, of about zero mean and unit variance.
  ///   - shape: The size of the network; must be valid and of the data's dimension.
  ///   - objective: What to minimise.
  ///   - optimizer: How to minimise it.
  ///   - batchSize: The points of a step, 1 or more.
  ///   - antithetic: Whether points come in pairs of one row and level with opposite noise.
  ///   - precision: How hidden units multiply, forward and backward; weights, their averages and
  ///     gradients stay in `Scalar`, which has to be `Float` for bfloat16.
  ///   - key: The randomness: all draws are functions of it and the step.
  public init(
    data: Batch<Scalar>, shape: NetworkShape, objective: TrainingObjective,
    optimizer: OptimizerSettings, batchSize: Int, antithetic: Bool = false,
    precision: NetworkPrecision = .single, key: NoiseKey
  ) {
    precondition(data.count >= 1 && batchSize >= 1, "Training needs data and a batch.")
    precondition(
      precision == .single || Scalar.self == Float.self,
      "A network in double precision does not learn in bfloat16.")
    precondition(
      data.dimension == shape.dimension,
      "A network of dimension \(shape.dimension) cannot learn points of dimension \(data.dimension)."
    )
    self.data = data
    self.shape = shape
    self.objective = objective
    self.optimizer = optimizer
    self.batchSize = batchSize
    self.antithetic = antithetic
    self.key = key
    quantile = LevelQuantile(objective.levels, in: objective.logSNRRange)
    layout = ParameterLayout(shape)
    parameters = memory.take(layout.count)
    average = memory.take(layout.count)
    firstMoment = memory.take(layout.count)
    secondMoment = memory.take(layout.count)
    slices = Chunks(of: 0..<batchSize, size: Self.sliceSize(batchSize))
    let (layout, memory) = (layout, memory)
    gradients = (0..<slices.count).map { _ in memory.take(layout.count) }
    losses = doubles.take(slices.count)
    blocks = Chunks(of: 0..<layout.count, size: Self.blockCount)
    squares = doubles.take(blocks.count)
    outcome = doubles.take(2)
    weights = LayerWeights(
      layout, parameters: parameters, forTraining: true, precision: precision)
    layout.initialize(parameters, key: key)
    average.update(from: parameters, count: layout.count)
    weights.packAll()
  }

  /// The rows of a slice: at most 256, and four slices or more where that leaves 32 rows.
  static func sliceSize(_ batchSize: Int) -> Int {
    min(256, max(32, (batchSize + 3) / 4 + (batchSize + 3) / 4 % 2))
  }

  /// Takes one step.
  ///
  /// - Parameters:
  ///   - step: The number of the step, from 0; decides its rows, levels and noise.
  ///   - totalSteps: The steps of the whole run, for the learning rate, if known.
  ///   - pool: The threads.
  public func run(step: Int, of totalSteps: Int?, on pool: ThreadPool) -> Outcome {
    prepareWorkers(pool.threads)
    pool.run { thread, threads in
      self.work(step: step, of: totalSteps, thread: thread, threads: threads, pool: pool)
    }
    return Outcome(loss: outcome[0], gradientNorm: outcome[1])
  }

  private func prepareWorkers(_ threads: Int) {
    while workers.count < min(threads, slices.count) {
      workers.append(
        Worker(
          pass: NetworkPass(shape, capacity: slices.size),
          points: NoisedRows(shape, objective: objective, capacity: slices.size)))
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func work(step: Int, of totalSteps: Int?, thread: Int, threads: Int, pool: ThreadPool) {
    for slice in share(of: slices.count, thread, threads) {
      let worker = workers[thread]
      losses[slice] = forward(slice, step: step, worker: worker)
      worker.pass.backward(
        rows: slices[slice].count, weights: weights, gradient: gradients[slice])
    }
    pool.barrier()
    for block in share(of: blocks.count, thread, threads) {
      let elements = blocks[block]
      squares[block] = Scalar.Kernels.reduceSlices(
        gradients, offset: elements.lowerBound, count: elements.count)
    }
    pool.barrier()
    // Every thread adds the same few numbers in the same order rather than wait for one to do so.
    var sum = 0.0
    for block in 0..<blocks.count { sum += squares[block] }
    var loss = 0.0
    for slice in 0..<slices.count { loss += losses[slice] }
    loss /= Double(batchSize)
    let norm = sum.squareRoot()
    if thread == 0 { (outcome[0], outcome[1]) = (loss, norm) }
    guard loss.isFinite, norm.isFinite else { return }
    let own = share(of: blocks.count, thread, threads)
    if !own.isEmpty {
      let (first, last) = (blocks[own.lowerBound].lowerBound, blocks[own.upperBound - 1].upperBound)
      Scalar.Kernels.adamW(
        parameters: parameters + first, firstMoment: firstMoment + first,
        secondMoment: secondMoment + first, average: average + first,
        gradient: gradients[0] + first, count: last - first,
        settings: optimizer.step(step, of: totalSteps, gradientNorm: norm))
    }
    pool.barrier()
    for job in stride(from: thread, to: weights.jobCount, by: threads) { weights.pack(job) }
  }

  /// Chooses rows and levels of a slice and runs the network on them; the sum of the losses.
  private func forward(_ slice: Int, step: Int, worker: Worker) -> Double {
    let range = slices[slice]
    choose(range, step: step, points: worker.points)
    data.withUnsafeBufferPointer { data in
      guard let data = data.baseAddress else { return }
      worker.points.prepare(
        range.count, data: data, stream: key.stream(.trainingNoise, step: step),
        first: range.lowerBound, antithetic: antithetic, pass: worker.pass)
    }
    worker.pass.forward(rows: range.count, weights: weights, keepingDerivatives: true)
    return worker.points.loss(
      range.count, pass: worker.pass, gradientScale: 1 / Double(batchSize))
  }

  /// Rows by the order of their epoch, levels by equal strata of their law with one random shift a
  /// step; an order that is random over the rows makes the two independent.
  private func choose(_ range: Range<Int>, step: Int, points: NoisedRows<Scalar>) {
    let copies = antithetic ? 2 : 1
    let draws = (batchSize + copies - 1) / copies
    let shift = withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) { buffer in
      Double.Kernels.uniforms(
        into: buffer, stream: key.stream(.trainingLevels, step: step), first: 0)
      return buffer[0]
    }
    var epoch = -1
    var order: EpochPermutation?
    for (index, point) in range.enumerated() {
      let draw = point / copies
      let (next, place) = (step * draws + draw).quotientAndRemainder(dividingBy: data.count)
      if next != epoch {
        epoch = next
        order = EpochPermutation(of: data.count, stream: key.stream(.trainingOrder, step: epoch))
      }
      points.rows[index] = order?[place] ?? 0
      let u = shift + Double(draw) / Double(draws)
      points.logSNRs[index] = quantile(u - u.rounded(.down))
    }
  }

  /// The gradient of the last step, before clipping.
  package var gradient: UnsafePointer<Scalar> { UnsafePointer(gradients[0]) }

  /// The data row and the half log-SNR of each point of a step.
  package func draws(ofStep step: Int) -> [(row: Int, logSNR: Double)] {
    prepareWorkers(1)
    return (0..<slices.count).flatMap { slice in
      choose(slices[slice], step: step, points: workers[0].points)
      return (0..<slices[slice].count).map { index in
        (workers[0].points.rows[index], workers[0].points.logSNRs[index])
      }
    }
  }

  /// What made a step fail, found by doing it again on one thread.
  ///
  /// - Parameter step: A step whose outcome was not finite.
  package func causeOfNotFinite(step: Int) -> (layer: String, cause: NotFiniteCause) {
    prepareWorkers(1)
    let worker = workers[0]
    for slice in 0..<slices.count {
      choose(slices[slice], step: step, points: worker.points)
      for index in 0..<slices[slice].count {
        let row = worker.points.rows[index]
        for coordinate in 0..<data.dimension where !data[row, coordinate].isFinite {
          return ("input", .dataRow(row, coordinate: coordinate))
        }
      }
    }
    for entry in layout.entries {
      for index in 0..<entry.count where !parameters[entry.offset + index].isFinite {
        return (entry.name, .parameter)
      }
    }
    for slice in 0..<slices.count {
      let count = slices[slice].count
      _ = forward(slice, step: step, worker: worker)
      if let layer = worker.pass.firstNotFiniteLayer(rows: count) {
        return (layout.activationName(layer), .activation)
      }
    }
    for slice in 0..<slices.count {
      _ = forward(slice, step: step, worker: worker)
      worker.pass.backward(
        rows: slices[slice].count, weights: weights, gradient: gradients[slice])
      for entry in layout.entries.reversed() {
        for index in 0..<entry.count where !gradients[slice][entry.offset + index].isFinite {
          return (entry.name, .gradient)
        }
      }
    }
    return ("loss", .gradient)
  }
}

/// The part of `count` things that falls to one thread: consecutive, as even as can be, and nothing
/// for threads from `count` on.
func share(of count: Int, _ thread: Int, _ threads: Int) -> Range<Int> {
  let working = min(count, threads)
  guard thread < working else { return count..<count }
  return count * thread / working..<count * (thread + 1) / working
}
