import CPeak
import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics

/// Twenty training steps: rows, levels and noise, the network forward and backward, clipping, AdamW
/// and the average.
func trainingSteps(
  dimension: Int, precision: NetworkPrecision, threads: Int
) throws -> Workload {
  let network = BenchmarkNetwork(dimension: dimension)
  let step = TrainingStep(
    data: network.data(rows: BenchmarkNetwork.batchSize), shape: network.shape,
    objective: TrainingObjective(), optimizer: OptimizerSettings(),
    batchSize: BenchmarkNetwork.batchSize, precision: precision, key: NoiseKey(seed: 1))
  let pool = try makePool(threads: threads)
  var done = 0
  return Workload(units: 20, isPooled: true) {
    for _ in 0..<20 {
      let outcome = step.run(step: done, of: nil, on: pool)
      guard outcome.isFinite else { throw BenchmarkError(description: "training diverged") }
      done += 1
    }
  }
}

/// 4096 points through 100 steps of the reverse equation, with noise.
func drawing(
  dimension: Int, precision: NetworkPrecision, threads: Int
) throws -> Workload {
  let network = BenchmarkNetwork(dimension: dimension)
  let settings = TrainingSettings(
    shape: network.shape, batchSize: 256, limit: .steps(1), validationFraction: 0)
  let trained = try TrainingSession(
    data: network.data(rows: 1024), settings: settings, seed: 1
  ).run(threads: 1)
  let plan = SamplingPlan(
    grid: GridSpecification(
      .geometric, steps: BenchmarkNetwork.samplingSteps, horizon: 5, stop: 1e-3),
    predictor: .frozenScore, finish: .none)
  let sampler: Sampler<Float> =
    switch precision {
    case .single: try plan.makeSampler(for: trained.network)
    case .bfloat16: try plan.makeSampler(for: RoundedScoreNetwork(trained.network))
    }
  return Workload {
    _ = try sampler.draw(rows: 0..<BenchmarkNetwork.points, threads: threads)
  }
}

/// 4,194,304 standard normals into memory.
func normals(threads: Int) throws -> Workload {
  let count = 1 << 22
  let output = UnsafeMutableBufferPointer(
    start: UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
      .bindMemory(to: Float.self, capacity: count), count: count)
  output.initialize(repeating: 0)
  let pool = try makePool(threads: threads)
  let stream = NoiseKey(seed: 1).stream(.test)
  return Workload(isPooled: true) {
    pool.run { thread, threads in
      let rows = count * thread / threads..<count * (thread + 1) / threads
      Float.Kernels.normals(
        into: UnsafeMutableBufferPointer(rebasing: output[rows]), stream: stream,
        first: UInt64(rows.lowerBound))
    }
  }
}

/// Operations a thread in one call of ``peak(threads:)``.
let peakFlops = 2e10

/// Multiply-adds on registers and nothing else.
func peak(threads: Int) -> Workload {
  Workload {
    guard ornstein_peak_run(peakFlops, Int32(threads)) > 0 else {
      throw BenchmarkError(description: "the system refuses to make threads")
    }
  }
}

private func makePool(threads: Int) throws -> ThreadPool {
  guard let pool = ThreadPool(threads: threads, bindsToCores: true) else {
    throw BenchmarkError(description: "the system refuses to make threads")
  }
  return pool
}
