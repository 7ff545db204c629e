import OrnsteinLearning
import OrnsteinNumerics
import Testing

@Suite struct SessionErrorTests {
  @Test func tooFewRowsAreRefused() {
    #expect(throws: TrainingError.tooFewRows(count: 19, minimum: 20)) {
      try TrainingSession(
        data: TrainingStepTests.gaussian(19, 2), settings: TrainingSettings(), seed: 0)
    }
  }

  @Test func dataMustBeFinite() {
    for value in [Float.nan, .infinity, -.infinity] {
      var data: Batch<Float> = TrainingStepTests.gaussian(40, 3)
      data[11, 2] = value
      #expect(throws: TrainingError.dataNotFinite(row: 11, column: 2)) {
        try TrainingSession(data: data, settings: TrainingSettings(), seed: 0)
      }
    }
  }

  @Test func everySettingIsChecked() {
    var cases: [(String, TrainingSettings)] = []
    func add(_ name: String, _ change: (inout TrainingSettings) -> Void) {
      var settings = TrainingSettings()
      change(&settings)
      cases.append((name, settings))
    }
    add("steps") { $0.limit = .steps(0) }
    add("minutes") { $0.limit = .minutes(-1) }
    add("minutes") { $0.limit = .minutes(.nan) }
    add("batchSize") { $0.batchSize = 0 }
    add("batchSize") { ($0.batchSize, $0.antithetic) = (7, true) }
    add("validationFraction") { $0.validationFraction = 0.9 }
    add("validationFraction") { $0.validationFraction = .nan }
    add("evaluations") { $0.evaluations = 0 }
    add("patience") { $0.patience = 0 }
    add("tolerance") { $0.tolerance = -1 }
    add("learningRate") { $0.optimizer.schedule.peak = 0 }
    add("warmUpSteps") { $0.optimizer.schedule.warmUpSteps = -1 }
    add("learningRateFloor") { $0.optimizer.schedule.floor = 2 }
    add("firstDecay") { $0.optimizer.firstDecay = 1 }
    add("secondDecay") { $0.optimizer.secondDecay = -0.1 }
    add("epsilon") { $0.optimizer.epsilon = 0 }
    add("weightDecay") { $0.optimizer.weightDecay = .infinity }
    add("clipNorm") { $0.optimizer.clipNorm = 0 }
    add("averagePower") { $0.optimizer.average.power = -1 }
    add("logSNRRange") { $0.objective.logSNRRange = -50...7 }
    add("levels.mean") { $0.objective.levels = .logNormal(mean: 20, deviation: 1) }
    add("levels.deviation") { $0.objective.levels = .logNormal(mean: 0, deviation: 0) }
    add("shape.dimension") { $0.shape = NetworkShape(dimension: 3, width: 8, hiddenLayers: 1) }
    for (name, settings) in cases {
      #expect {
        try TrainingSession(
          data: TrainingStepTests.gaussian(40, 2), settings: settings, seed: 0)
      } throws: { error in
        if case TrainingError.setting(name, _, _) = error { true } else { false }
      }
    }
    var settings = TrainingSettings()
    settings.shape = NetworkShape(dimension: 2, width: 0, hiddenLayers: 1)
    #expect(
      throws: TrainingError.network(
        .shape(property: "width", value: 0, expected: "between 1 and 16384"))
    ) {
      try TrainingSession(data: TrainingStepTests.gaussian(40, 2), settings: settings, seed: 0)
    }
  }

  /// A learning rate beyond reason overflows, and the error says where.
  @Test func divergenceIsNamed() throws {
    let settings = TrainingSettings(
      optimizer: OptimizerSettings(
        schedule: LearningRateSchedule(peak: 1e30, warmUpSteps: 0), clipNorm: nil),
      shape: NetworkShape(dimension: 2, width: 32, hiddenLayers: 2), limit: .steps(50))
    let session = try TrainingSession(
      data: TrainingStepTests.gaussian(100, 2), settings: settings, seed: 0)
    #expect {
      try session.run(threads: 2)
    } throws: { error in
      guard case TrainingError.notFinite(let step, let layer, _) = error else { return false }
      return step >= 1 && step < 50 && layer.hasPrefix("network.")
    }
  }

  @Test func threadsMustBePositive() throws {
    let session = try TrainingSession(
      data: TrainingStepTests.gaussian(40, 2), settings: TrainingSettings(), seed: 0)
    #expect(throws: TrainingError.self) { try session.run(threads: 0) }
  }
}
