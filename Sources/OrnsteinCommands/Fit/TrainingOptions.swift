import ArgumentParser
import Ornstein

/// How a network is trained.
struct TrainingOptions: ParsableArguments {
  @Option(name: .long, help: "End after about so many minutes. (default: 10, unless --steps)")
  var minutes: Double?

  @Option(name: .long, help: "End after so many steps.")
  var steps: Int?

  @Option(
    name: .long,
    help: """
      What the network predicts: \
      \(ScoreParametrization.allCases.map(\.rawValue).joined(separator: ", ")). (default: velocity)
      """)
  var parametrization: String?

  @Option(
    name: .long,
    help: """
      Which squared error is minimised: \
      \(ErrorWeighting.allCases.map(\.rawValue).joined(separator: ", ")). (default: uniform)
      """)
  var weighting: String?

  @Option(name: .long, help: "The units of a hidden layer. (default: chosen from the data)")
  var width: Int?

  @Option(name: .long, help: "The number of hidden layers. (default: 3)")
  var layers: Int?

  @Option(name: .long, help: "The points of a step. (default: chosen from the data)")
  var batch: Int?

  @Option(
    name: .long,
    help: """
      How hidden units multiply in training: \
      \(NetworkPrecision.allCases.map(\.rawValue).joined(separator: ", ")). bfloat16 keeps 8 \
      significant bits of the factors; weights and the model stay in single precision. (default: \
      single)
      """)
  var precision: String?

  @Option(name: .long, help: "The highest learning rate. (default: 0.001)")
  var learningRate: Double?

  @Option(name: .long, help: "Decoupled weight decay. (default: 0)")
  var weightDecay: Double?

  @Option(
    name: .long, help: "The fraction of rows kept out to measure the loss. (default: 0.1)")
  var validationFraction: Double?

  @Option(
    name: .long,
    help: """
      End when the held-out loss has not improved in so many of 100 measurements; 0 for never. \
      (default: 25)
      """)
  var patience: Int?

  /// The first option that was given.
  var firstGiven: String? {
    let options: [(String, Bool)] = [
      ("--minutes", minutes != nil), ("--steps", steps != nil),
      ("--parametrization", parametrization != nil), ("--weighting", weighting != nil),
      ("--width", width != nil), ("--layers", layers != nil), ("--batch", batch != nil),
      ("--precision", precision != nil),
      ("--learning-rate", learningRate != nil), ("--weight-decay", weightDecay != nil),
      ("--validation-fraction", validationFraction != nil), ("--patience", patience != nil),
    ]
    return options.first(where: \.1)?.0
  }

  /// The network to learn.
  func learner() throws(CommandFailure) -> Learner {
    .network(try settings(), width: width, hiddenLayers: layers)
  }

  func settings() throws(CommandFailure) -> TrainingSettings {
    var settings = TrainingSettings(limit: try limit)
    if let parametrization {
      settings.objective.parametrization = try choice(parametrization, "--parametrization")
    }
    if let weighting { settings.objective.weighting = try choice(weighting, "--weighting") }
    settings.batchSize = batch
    if let precision { settings.precision = try choice(precision, "--precision") }
    if let learningRate { settings.optimizer.schedule.peak = learningRate }
    if let weightDecay { settings.optimizer.weightDecay = weightDecay }
    if let validationFraction { settings.validationFraction = validationFraction }
    if let patience { settings.patience = patience == 0 ? nil : patience }
    return settings
  }

  private var limit: TrainingLimit {
    get throws(CommandFailure) {
      switch (minutes, steps) {
      case (nil, nil): return .minutes(10)
      case (let minutes?, nil): return .minutes(minutes)
      case (nil, let steps?): return .steps(steps)
      case (.some, .some):
        throw CommandFailure(.badUsage, "Give --minutes or --steps, not both.")
      }
    }
  }

  /// Refuses options that contradict those of an interrupted fit.
  func check(against saved: TrainingSettings) throws(CommandFailure) {
    var (savedMinutes, savedSteps): (Double?, Int?)
    switch saved.limit {
    case .minutes(let minutes): savedMinutes = minutes
    case .steps(let steps): savedSteps = steps
    }
    try CheckpointFile.check("--minutes", minutes, against: savedMinutes)
    try CheckpointFile.check("--steps", steps, against: savedSteps)
    try CheckpointFile.check(
      "--parametrization", parametrization, against: saved.objective.parametrization.rawValue)
    try CheckpointFile.check("--weighting", weighting, against: saved.objective.weighting.rawValue)
    try CheckpointFile.check("--width", width, against: saved.shape?.width)
    try CheckpointFile.check("--layers", layers, against: saved.shape?.hiddenLayers)
    try CheckpointFile.check("--batch", batch, against: saved.batchSize)
    try CheckpointFile.check(
      "--precision", precision, against: (saved.precision ?? .single).rawValue)
    try CheckpointFile.check(
      "--learning-rate", learningRate, against: saved.optimizer.schedule.peak)
    try CheckpointFile.check("--weight-decay", weightDecay, against: saved.optimizer.weightDecay)
    try CheckpointFile.check(
      "--validation-fraction", validationFraction, against: saved.validationFraction)
    try CheckpointFile.check("--patience", patience, against: saved.patience ?? 0)
  }

  /// The sentence of an error, with options in place of the library's names.
  static func sentence(_ error: TrainingError) -> String {
    let options = [
      "minutes": "--minutes", "steps": "--steps", "width": "--width", "hiddenLayers": "--layers",
      "batchSize": "--batch", "learningRate": "--learning-rate", "weightDecay": "--weight-decay",
      "validationFraction": "--validation-fraction", "patience": "--patience",
    ]
    switch error {
    case .setting(let name, let value, let expected):
      guard let option = options[name] else { return error.description }
      return "\(option) is \(value); it must be \(expected)."
    case .network(.shape(let name, let value, let expected)):
      guard let option = options[name] else { return error.description }
      return "\(option) is \(value); it must be \(expected)."
    default: return error.description
    }
  }
}
