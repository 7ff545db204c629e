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
    let given = try settings()
    func same<Value: Equatable>(
      _ option: String, _ isGiven: Bool, _ value: Value, _ saved: Value
    ) throws(CommandFailure) {
      guard isGiven, value != saved else { return }
      throw CommandFailure(
        .badUsage,
        "\(option) is not what the interrupted fit was begun with (\(saved)); leave it out to go on."
      )
    }
    try same("--minutes or --steps", minutes != nil || steps != nil, given.limit, saved.limit)
    try same(
      "--parametrization", parametrization != nil, given.objective.parametrization,
      saved.objective.parametrization)
    try same("--weighting", weighting != nil, given.objective.weighting, saved.objective.weighting)
    try same("--width", width != nil, width, saved.shape?.width)
    try same("--layers", layers != nil, layers, saved.shape?.hiddenLayers)
    try same("--batch", batch != nil, batch, saved.batchSize)
    try same(
      "--precision", precision != nil, given.precision ?? .single, saved.precision ?? .single)
    try same(
      "--learning-rate", learningRate != nil, given.optimizer.schedule.peak,
      saved.optimizer.schedule.peak)
    try same(
      "--weight-decay", weightDecay != nil, given.optimizer.weightDecay,
      saved.optimizer.weightDecay)
    try same(
      "--validation-fraction", validationFraction != nil, given.validationFraction,
      saved.validationFraction)
    try same("--patience", patience != nil, given.patience, saved.patience)
  }
}
