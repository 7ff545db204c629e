import OrnsteinNumerics

/// Learns a score network from data: the whole run, with early stopping and checkpoints.
///
/// The same data, settings and seed give the same network bit for bit, for any number of threads and
/// any interruptions (on one instruction set). A run limited by minutes is the exception until its
/// number of steps is fixed, which happens once, after the first seconds.
///
/// Not thread-safe: one caller at a time.
public final class TrainingSession {
  /// The settings, with shape and batch size as used.
  public let settings: TrainingSettings
  /// The seed.
  public let seed: UInt64

  private let data: TrainingData
  private let engine: TrainingStep<Float>
  private let heldOut: HeldOutLoss<Float>?
  private let memory = NumberBlocks<Float>()
  private let best: UnsafeMutablePointer<Float>
  private let clock: () -> Double
  private var state: TrainingCheckpoint.State

  /// A run from the beginning.
  ///
  /// - Parameters:
  ///   - data: The rows, 20 or more, of about zero mean and unit variance in each column.
  ///   - settings: What is done.
  ///   - seed: The seed of all randomness.
  ///   - clock: Seconds since some fixed moment; the system's clock unless given.
  /// - Throws: ``TrainingError`` for settings out of range, too few rows or numbers not finite.
  public convenience init(
    data: Batch<Float>, settings: TrainingSettings, seed: UInt64, clock: (() -> Double)? = nil
  ) throws(TrainingError) {
    let settings = try settings.resolved(rows: data.count, dimension: data.dimension)
    let split = try TrainingData(
      data, heldOutFraction: settings.validationFraction, key: NoiseKey(seed: seed))
    self.init(
      data: split,
      state: TrainingCheckpoint.State(
        settings: settings, seed: seed, rows: data.count, dataHash: split.hash), clock: clock)
  }

  /// A run that goes on from a checkpoint.
  ///
  /// - Parameters:
  ///   - data: The rows that the checkpoint was made from.
  ///   - checkpoint: The interrupted run.
  ///   - clock: Seconds since some fixed moment; the system's clock unless given.
  /// - Throws: ``TrainingError`` if the data differ or the checkpoint is damaged.
  public convenience init(
    data: Batch<Float>, resuming checkpoint: TrainingCheckpoint, clock: (() -> Double)? = nil
  ) throws(TrainingError) {
    let saved = checkpoint.state
    let settings = try saved.settings.resolved(
      rows: data.count, dimension: data.dimension)
    let split = try TrainingData(
      data, heldOutFraction: settings.validationFraction, key: NoiseKey(seed: saved.seed))
    guard split.hash == saved.dataHash, data.count == saved.rows else {
      throw .dataChanged(expected: saved.dataHash, found: split.hash)
    }
    guard settings == saved.settings else {
      throw .checkpoint(reason: "it does not say the network's shape or the batch size.")
    }
    guard saved.step >= 0, saved.best.map({ saved.history.indices.contains($0) }) ?? true,
      saved.lossSum.isFinite, saved.lossWeight.isFinite, saved.seconds.isFinite
    else { throw .checkpoint(reason: "its position is not valid.") }
    self.init(data: split, state: saved, clock: clock)
    do throws(NetworkError) {
      for (prefix, block) in blocks {
        try engine.layout.fill(block, from: checkpoint.tensors, prefix: prefix)
      }
    } catch {
      throw .checkpoint(reason: error.description)
    }
    if state.finish == .stopped { state.finish = nil }
    engine.weights.packAll()
  }

  private init(data: TrainingData, state: TrainingCheckpoint.State, clock: (() -> Double)?) {
    settings = state.settings
    seed = state.seed
    self.data = data
    self.state = state
    let key = NoiseKey(seed: state.seed)
    let shape =
      settings.shape ?? .suggested(dimension: data.training.dimension, rows: data.training.count)
    engine = TrainingStep(
      data: data.training, shape: shape, objective: settings.objective,
      optimizer: settings.optimizer, batchSize: settings.batchSize ?? 1_024,
      antithetic: settings.antithetic, precision: settings.precision ?? .single, key: key)
    best = memory.take(engine.layout.count)
    best.update(from: engine.average, count: engine.layout.count)
    let engine = engine
    heldOut = data.heldOut.map { rows in
      HeldOutLoss(
        data: rows, layout: engine.layout, parameters: engine.average,
        objective: state.settings.objective, key: key)
    }
    if let clock {
      self.clock = clock
    } else {
      let system = ContinuousClock()
      let start = system.now
      self.clock = { (system.now - start) / .seconds(1) }
    }
  }

  private var blocks: [(prefix: String, block: UnsafeMutablePointer<Float>)] {
    [
      ("weights.", engine.parameters), ("average.", engine.average), ("best.", best),
      ("moment1.", engine.firstMoment), ("moment2.", engine.secondMoment),
    ]
  }

  /// The rows of the data that are kept out of training, in a random order.
  public var heldOutRows: [Int] { data.heldOutRows }

  /// The run as it stands.
  public func checkpoint() -> TrainingCheckpoint {
    TrainingCheckpoint(
      tensors: blocks.flatMap { engine.layout.tensors(from: $0.block, prefix: $0.prefix) },
      state: state)
  }

  /// Trains until the limit, until the held-out loss no longer improves, or until told to stop.
  ///
  /// - Parameters:
  ///   - threads: The number of threads, 1 or more; does not change the result.
  ///   - reporting: How often `events` is called; it is called at the end in any case.
  ///   - checkpointing: How often `saveCheckpoint` is called; it is called at the end in any case.
  ///   - saveCheckpoint: Keeps a checkpoint; an error ends the run and is thrown on.
  ///   - events: Told where training stands; says whether to go on.
  /// - Returns: The averaged weights of the lowest held-out loss.
  /// - Throws: ``TrainingError/notFinite(step:layer:cause:)`` if a number overflows,
  ///   ``TrainingError/threads(count:)``, or what `saveCheckpoint` throws.
  public func run(
    threads: Int, reporting: TrainingInterval = .seconds(0.5),
    checkpointing: TrainingInterval = .never,
    saveCheckpoint: (TrainingCheckpoint) throws -> Void = { _ in },
    events: (TrainingEvent) -> TrainingControl = { _ in .continue }
  ) throws -> TrainedNetwork {
    let pool = try Self.makePool(threads: threads)
    var pace = Pace(start: clock(), step: state.step, secondsBefore: state.seconds)
    var reports = Alarm(reporting, now: pace.start)
    var checkpoints = Alarm(checkpointing, now: pace.start)
    if state.history.isEmpty, heldOut != nil {
      measure(on: pool)
      pace.firstMeasurement = clock() - pace.start
    }
    while state.finish == nil {
      state.finish = try advance(on: pool, pace: &pace)
      let now = clock()
      let isLast = state.finish != nil
      if reports.rings(step: state.step, now: now) || isLast,
        events(event(pace: pace, now: now)) == .stop, !isLast
      {
        state.finish = .stopped
        _ = events(event(pace: pace, now: now))
      }
      if checkpoints.rings(step: state.step, now: now) || state.finish != nil {
        try saveCheckpoint(checkpoint())
      }
    }
    return try result()
  }

  private static func makePool(threads: Int) throws(TrainingError) -> ThreadPool {
    guard threads >= 1 else {
      throw .setting(name: "threads", value: "\(threads)", expected: "1 or more")
    }
    guard let pool = ThreadPool(threads: threads) else { throw .threads(count: threads) }
    return pool
  }

  /// Takes one step and what is due after it; why training ends, if it does.
  private func advance(on pool: ThreadPool, pace: inout Pace) throws(TrainingError)
    -> TrainingFinish?
  {
    if let total = state.totalSteps, state.step >= total { return .steps }
    let outcome = engine.run(step: state.step, of: state.totalSteps, on: pool)
    guard outcome.isFinite else {
      let (layer, cause) = engine.causeOfNotFinite(step: state.step)
      throw .notFinite(step: state.step, layer: layer, cause: cause)
    }
    state.add(loss: outcome.loss)
    state.step += 1
    let now = clock()
    state.seconds = pace.secondsBefore + now - pace.start
    fixTotalSteps(pace: pace, now: now)
    guard let total = state.totalSteps else { return nil }
    let interval = max(1, total / settings.evaluations)
    if state.step.isMultiple(of: interval) || state.step == total, heldOut != nil {
      measure(on: pool)
      if let patience = settings.patience, state.stalled >= patience { return .heldOutLoss }
    }
    if state.step >= total { return .steps }
    guard case .minutes(let minutes) = settings.limit, state.seconds > 66 * minutes else {
      return nil
    }
    if !state.step.isMultiple(of: interval) { measure(on: pool) }
    return .time
  }

  /// Fixes the number of steps of a run that is limited by time, once the speed is known.
  private func fixTotalSteps(pace: Pace, now: Double) {
    guard state.totalSteps == nil, case .minutes(let minutes) = settings.limit else { return }
    let limit = 60 * minutes
    let steps = state.step - pace.step
    let stepping = now - pace.start - pace.firstMeasurement
    let isMeasured = steps >= 20 && stepping >= min(5, limit / 25)
    guard isMeasured || state.seconds >= limit / 4 else { return }
    let left = limit - state.seconds - pace.firstMeasurement * Double(settings.evaluations)
    let more = max(0, left) * Double(steps) / max(stepping, 1e-9)
    state.totalSteps = state.step + max(1, Int(min(more, 1e9)))
  }

  /// Measures the held-out loss and keeps the averaged weights if they are the best.
  private func measure(on pool: ThreadPool) {
    guard let heldOut else { return }
    let value = heldOut.evaluate(on: pool)
    let isBest = state.add(
      HeldOutMeasurement(
        step: state.step, trainingLoss: state.smoothedLoss, loss: value.mean,
        standardError: value.standardError))
    if isBest { best.update(from: engine.average, count: engine.layout.count) }
  }

  private func event(pace: Pace, now: Double) -> TrainingEvent {
    let rate = Double(state.step - pace.step) / max(now - pace.start - pace.firstMeasurement, 1e-9)
    let left = state.totalSteps.map { Double($0 - state.step) }
    return TrainingEvent(
      step: state.step, totalSteps: state.totalSteps, loss: state.smoothedLoss,
      heldOutLoss: state.history.last?.loss,
      heldOutStandardError: state.history.last?.standardError,
      bestHeldOutLoss: state.best.map { state.history[$0].loss },
      learningRate: settings.optimizer.schedule.rate(
        step: max(0, state.step - 1), totalSteps: state.totalSteps),
      stepsPerSecond: rate, pointsPerSecond: rate * Double(engine.batchSize),
      elapsedSeconds: state.seconds,
      remainingSeconds: left.flatMap { rate > 0 ? $0 / rate : nil }, finished: state.finish)
  }

  private func result() throws -> TrainedNetwork {
    let weights = heldOut == nil ? engine.average : best
    let parameters = Batch<Float>(
      UnsafeBufferPointer(start: weights, count: engine.layout.count), dimension: 1)
    let network = try ScoreNetwork<Float>(
      layout: engine.layout, parametrization: settings.objective.parametrization,
      logSNRRange: settings.objective.logSNRRange, parameters: parameters)
    let best = state.best.map { state.history[$0] }
    return TrainedNetwork(
      network: network,
      record: TrainingRecord(
        settings: settings, seed: seed, rows: state.rows, heldOutRows: data.heldOut?.count ?? 0,
        dataHash: state.dataHash, steps: state.step, modelStep: best?.step ?? state.step,
        loss: state.smoothedLoss, heldOutLoss: best?.loss,
        heldOutStandardError: best?.standardError, seconds: state.seconds,
        finish: state.finish ?? .stopped, history: state.history))
  }
}
