import OrnsteinDiffusion

/// When training ends at the latest.
public enum TrainingLimit: Codable, Sendable, Hashable {
  /// After a number of steps.
  case steps(Int)
  /// After about a time. The speed is measured over the first steps, and then the number of steps is
  /// fixed once and for all and recorded in checkpoints, so that a resumed run goes on bit for bit.
  /// Training stops at 1.1 times the limit even if the machine became slower.
  case minutes(Double)
}

/// Everything that decides the outcome of training, together with the data and the seed.
///
/// The number of threads is not among it: it does not change a bit of the result.
public struct TrainingSettings: Codable, Sendable, Hashable {
  /// What is minimised.
  public var objective: TrainingObjective
  /// How it is minimised.
  public var optimizer: OptimizerSettings
  /// The size of the network, or `nil` for ``NetworkShape/suggested(dimension:rows:)``.
  public var shape: NetworkShape?
  /// The points of a step, or `nil` for 256, 512 or 1024 by the number of rows.
  public var batchSize: Int?
  /// Whether points come in pairs of one row and level with opposite noise.
  public var antithetic: Bool
  /// How hidden units multiply in training steps, or `nil` for single precision.
  ///
  /// Held-out losses are those of the network in single precision.
  public var precision: NetworkPrecision?
  /// When training ends at the latest.
  public var limit: TrainingLimit
  /// The fraction of rows kept out of training to measure the loss, below 1; 0 for none, which also
  /// turns off early stopping.
  public var validationFraction: Double
  /// How often the held-out loss is measured in a run.
  public var evaluations: Int
  /// Training ends when the held-out loss has not improved by a relative `tolerance` in so many
  /// evaluations; `nil` to go on to the limit.
  public var patience: Int?
  /// The smallest relative improvement that counts for `patience`.
  public var tolerance: Double

  /// Settings; the defaults suit tables of some hundred to some million rows.
  public init(
    objective: TrainingObjective = TrainingObjective(),
    optimizer: OptimizerSettings = OptimizerSettings(), shape: NetworkShape? = nil,
    batchSize: Int? = nil, antithetic: Bool = false, precision: NetworkPrecision? = nil,
    limit: TrainingLimit = .steps(10_000),
    validationFraction: Double = 0.1, evaluations: Int = 100, patience: Int? = 25,
    tolerance: Double = 5e-4
  ) {
    self.objective = objective
    self.optimizer = optimizer
    self.shape = shape
    self.batchSize = batchSize
    self.antithetic = antithetic
    self.precision = precision
    self.limit = limit
    self.validationFraction = validationFraction
    self.evaluations = evaluations
    self.patience = patience
    self.tolerance = tolerance
  }

  /// The settings with shape and batch size chosen for the data where they are not given.
  ///
  /// - Throws: ``TrainingError`` if a setting is out of range.
  public func resolved(rows: Int, dimension: Int) throws(TrainingError) -> TrainingSettings {
    var settings = self
    settings.shape = shape ?? .suggested(dimension: dimension, rows: rows)
    settings.batchSize = batchSize ?? (rows < 1_000 ? 256 : rows < 4_000 ? 512 : 1_024)
    try settings.validate()
    guard let shape = settings.shape, shape.dimension == dimension else {
      throw .setting(
        name: "shape.dimension", value: "\(settings.shape?.dimension ?? 0)",
        expected: "the number of columns of the data, \(dimension)")
    }
    return settings
  }

  /// Throws unless every setting is in range.
  public func validate() throws(TrainingError) {
    do throws(NetworkError) { try shape?.validate() } catch { throw .network(error) }
    switch limit {
    case .steps(let steps):
      try check("steps", steps, steps >= 1 && steps <= 1 << 31, "between 1 and 2147483648")
    case .minutes(let minutes):
      try check("minutes", minutes, minutes > 0 && minutes.isFinite, "above 0 and finite")
    }
    if let batchSize {
      try check(
        "batchSize", batchSize, (1...1 << 20).contains(batchSize), "between 1 and 1048576")
      try check(
        "batchSize", batchSize, !antithetic || batchSize.isMultiple(of: 2),
        "even for antithetic noise")
    }
    try check(
      "validationFraction", validationFraction,
      validationFraction >= 0 && validationFraction <= 0.5,
      "between 0 and 0.5")
    try check("evaluations", evaluations, evaluations >= 1, "1 or more")
    try check("patience", patience ?? 1, (patience ?? 1) >= 1, "1 or more")
    try check("tolerance", tolerance, tolerance >= 0 && tolerance < 1, "between 0 and 1")
    try validateOptimizer()
    try validateObjective()
  }

  private func validateOptimizer() throws(TrainingError) {
    let schedule = optimizer.schedule
    try check(
      "learningRate", schedule.peak, schedule.peak > 0 && schedule.peak.isFinite,
      "above 0 and finite")
    try check("warmUpSteps", schedule.warmUpSteps, schedule.warmUpSteps >= 0, "0 or more")
    try check(
      "learningRateFloor", schedule.floor, (0...1).contains(schedule.floor), "between 0 and 1")
    for (name, decay) in [
      ("firstDecay", optimizer.firstDecay), ("secondDecay", optimizer.secondDecay),
    ] {
      try check(name, decay, (0..<1).contains(decay), "at least 0 and below 1")
    }
    try check(
      "epsilon", optimizer.epsilon, optimizer.epsilon > 0 && optimizer.epsilon.isFinite,
      "above 0 and finite")
    try check(
      "weightDecay", optimizer.weightDecay,
      optimizer.weightDecay >= 0 && optimizer.weightDecay.isFinite, "0 or more and finite")
    if let norm = optimizer.clipNorm {
      try check("clipNorm", norm, norm > 0 && norm.isFinite, "above 0 and finite")
    }
    let power = optimizer.average.power
    try check("averagePower", power, power >= 0 && power.isFinite, "0 or more and finite")
  }

  private func validateObjective() throws(TrainingError) {
    let range = objective.logSNRRange
    try check(
      "logSNRRange", range,
      range.lowerBound >= -30 && range.upperBound <= 30 && range.lowerBound < range.upperBound,
      "an interval between -30 and 30")
    guard case .logNormal(let mean, let deviation) = objective.levels else { return }
    try check("levels.mean", mean, range.contains(-mean), "minus a log-SNR within the range")
    try check(
      "levels.deviation", deviation, deviation > 0.01 && deviation <= 100, "between 0.01 and 100")
  }

  private func check(
    _ name: String, _ value: some CustomStringConvertible, _ holds: Bool, _ expected: String
  ) throws(TrainingError) {
    guard holds else { throw .setting(name: name, value: value.description, expected: expected) }
  }
}
