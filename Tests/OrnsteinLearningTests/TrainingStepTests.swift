import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct TrainingStepTests {
  static func gaussian<Scalar: BatchScalar>(
    _ count: Int, _ dimension: Int, seed: UInt64 = 1
  ) -> Batch<Scalar> {
    Batch(unsafeUninitializedCount: count, dimension: dimension) {
      Scalar.Kernels.normals(into: $0, stream: NoiseKey(seed: seed).stream(.test), first: 0)
    }
  }

  static func engine<Scalar: BatchScalar>(
    _ data: Batch<Scalar>, batchSize: Int, optimizer: OptimizerSettings = OptimizerSettings(),
    antithetic: Bool = false
  ) -> TrainingStep<Scalar> {
    TrainingStep(
      data: data,
      shape: NetworkShape(
        dimension: data.dimension, width: 16, hiddenLayers: 2, featureCount: 4),
      objective: TrainingObjective(), optimizer: optimizer, batchSize: batchSize,
      antithetic: antithetic, key: NoiseKey(seed: 9))
  }

  @Test(arguments: [1, 7, 64, 300, 1_024])
  func levelsFillTheirStrata(batchSize: Int) {
    let engine = Self.engine(Self.gaussian(50, 2) as Batch<Float>, batchSize: batchSize)
    var shifts: Set<Double> = []
    for step in 0..<5 {
      let levels = engine.draws(ofStep: step).map { ($0.logSNR + 5) / 12 }.sorted()
      shifts.insert(levels[0])
      for (index, level) in levels.enumerated() {
        let width = 1 / Double(batchSize)
        #expect(abs(level - levels[0] - Double(index) * width) < 1e-12)
      }
      #expect(levels[0] >= 0 && levels[0] <= 1 / Double(batchSize))
    }
    #expect(shifts.count == 5)
  }

  @Test func rowsComeOncePerEpoch() {
    let engine = Self.engine(Self.gaussian(90, 2) as Batch<Float>, batchSize: 60)
    let rows = (0..<6).flatMap { engine.draws(ofStep: $0).map(\.row) }
    for epoch in 0..<4 {
      #expect(rows[epoch * 90..<(epoch + 1) * 90].sorted() == Array(0..<90))
    }
  }

  @Test func antitheticPointsComeInPairs() {
    let engine = Self.engine(
      Self.gaussian(90, 2) as Batch<Float>, batchSize: 64, antithetic: true)
    let draws = engine.draws(ofStep: 3)
    for point in stride(from: 0, to: 64, by: 2) { #expect(draws[point] == draws[point + 1]) }
    #expect(Set(draws.map(\.logSNR)).count == 32)
  }

  /// Rows and levels are independent: their correlation over 200 steps is that of random pairs,
  /// z-tested with the false-alarm rate 1e-9.
  @Test func rowsAndLevelsAreIndependent() {
    let engine = Self.engine(Self.gaussian(1_000, 1) as Batch<Float>, batchSize: 128)
    var products: [Double] = []
    for step in 0..<200 {
      for draw in engine.draws(ofStep: step) {
        products.append((Double(draw.row) - 499.5) * (draw.logSNR - 1))
      }
    }
    #expect(StatisticalGate.meanAgrees(products, expected: 0, falseAlarmRate: 1e-9))
  }

  /// Three steps of the engine against AdamW written out in double precision.
  @Test func stepIsAdamW() throws {
    let optimizer = OptimizerSettings(
      schedule: LearningRateSchedule(peak: 0.01, warmUpSteps: 2, floor: 0.5), firstDecay: 0.8,
      secondDecay: 0.95, epsilon: 1e-6, weightDecay: 0.1, clipNorm: 0.05,
      average: WeightAverage(power: 3))
    let engine = Self.engine(
      Self.gaussian(200, 3) as Batch<Double>, batchSize: 100, optimizer: optimizer)
    let count = engine.layout.count
    func copy(_ block: UnsafePointer<Double>) -> [Double] {
      Array(UnsafeBufferPointer(start: block, count: count))
    }
    var parameters = copy(engine.parameters)
    var average = parameters
    var (first, second) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    let pool = try #require(ThreadPool(threads: 2))
    for step in 0..<3 {
      let outcome = engine.run(step: step, of: 20, on: pool)
      let gradient = copy(engine.gradient)
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(agrees(outcome.gradientNorm, norm, relative: 1e-12) && norm > 0.05)
      let rate = optimizer.schedule.rate(step: step, totalSteps: 20)
      let t = Double(step + 1)
      for i in 0..<count {
        let g = gradient[i] * 0.05 / norm
        first[i] = 0.8 * first[i] + 0.2 * g
        second[i] = 0.95 * second[i] + 0.05 * g * g
        let (m, v) = (first[i] / (1 - .pow(0.8, t)), second[i] / (1 - .pow(0.95, t)))
        parameters[i] -= rate * (0.1 * parameters[i] + m / (v.squareRoot() + 1e-6))
        average[i] += (1 - .pow(1 - 1 / t, 4)) * (parameters[i] - average[i])
      }
      for (found, expected) in [
        (engine.parameters, parameters), (engine.average, average), (engine.firstMoment, first),
        (engine.secondMoment, second),
      ] {
        for i in 0..<count { #expect(abs(found[i] - expected[i]) <= 1e-12) }
      }
    }
  }

  @Test func lossIsThatOfTheZeroNetworkAtFirst() throws {
    let engine = Self.engine(Self.gaussian(4_096, 4) as Batch<Float>, batchSize: 4_096)
    let pool = try #require(ThreadPool(threads: 1))
    let loss = engine.run(step: 0, of: 10, on: pool).loss
    // A mean of 16384 squares of normals: z-tested with the false-alarm rate 1e-9.
    #expect(
      abs(loss - 1) <= StatisticalGate.threshold(falseAlarmRate: 1e-9) * (2 / 16_384.0).squareRoot()
    )
  }

  @Test func aRowThatIsNotFiniteIsNamed() throws {
    var data: Batch<Float> = Self.gaussian(40, 2)
    data[17, 1] = .nan
    let engine = Self.engine(data, batchSize: 64)
    let before = Array(UnsafeBufferPointer(start: engine.parameters, count: engine.layout.count))
    let pool = try #require(ThreadPool(threads: 2))
    #expect(!engine.run(step: 0, of: 10, on: pool).isFinite)
    let (layer, cause) = engine.causeOfNotFinite(step: 0)
    #expect(layer == "input" && cause == .dataRow(17, coordinate: 1))
    let after = Array(UnsafeBufferPointer(start: engine.parameters, count: engine.layout.count))
    #expect(before == after)
  }

  @Test func anOverflowIsNamed() throws {
    let engine = Self.engine(Self.gaussian(40, 2) as Batch<Float>, batchSize: 64)
    for entry in engine.layout.entries where entry.name == "network.hidden.1.weight" {
      for index in 0..<entry.count { engine.parameters[entry.offset + index] = 1e38 }
    }
    engine.weights.packAll()
    let pool = try #require(ThreadPool(threads: 1))
    #expect(!engine.run(step: 0, of: 10, on: pool).isFinite)
    let (layer, cause) = engine.causeOfNotFinite(step: 0)
    #expect(layer == "network.hidden.1" && cause == .activation)
    engine.parameters[engine.layout.bias(0)] = .infinity
    let (name, parameter) = engine.causeOfNotFinite(step: 0)
    #expect(name == "network.hidden.0.bias" && parameter == .parameter)
  }
}
