import ArgumentParser
import Ornstein

/// How samples are drawn: everything of a plan that the command line can say.
struct PlanOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      The sampler; 'ornstein samplers' lists them. --predictor is the same. (default: \
      \(PredictorSpecification.usual.name) for a model, \
      \(PredictorSpecification.plannedFlow.name) for a target)
      """)
  var sampler: String?

  @Option(name: .long, help: ArgumentHelp("The sampler.", visibility: .hidden))
  var predictor: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "An option of the sampler; may be given again. 'ornstein samplers' lists them.",
      valueName: "name=value"))
  var samplerOption: [NamedNumber] = []

  @Option(
    name: .long,
    help: """
      The noise of ddim: 0 for none, 1 for the ancestral sampler (default: 0); the noise of sde, \
      up to 1 (default: 0, by the number of steps).
      """)
  var eta: Double?

  @Option(
    name: .long,
    help: "A corrector that works at every level; 'ornstein samplers' lists them. (default: none)")
  var corrector: String?

  @Option(
    name: .long,
    help: ArgumentHelp("An option of the corrector; may be given again.", valueName: "name=value"))
  var correctorOption: [NamedNumber] = []

  @Option(name: .long, help: "How often the corrector works at each level. (default: 1)")
  var correctorSteps: Int?

  @Option(
    name: .long,
    help: """
      Whether the corrector works after the predictor has reached a level, or before it leaves: \
      \(CorrectorOrder.allCases.map(\.rawValue).joined(separator: ", ")). (default: after)
      """)
  var correctorOrder: String?

  @Option(name: .long, help: "The signal-to-noise ratio r of the corrector, its option 'snr'.")
  var snr: Double?

  @Option(
    name: .customLong("steps"),
    help: """
      How many steps the sampler takes; those of ode and sde are evaluations. (default: 100)
      """)
  var chosenSteps: Int?

  var steps: Int { chosenSteps ?? 100 }

  @Option(
    name: .long,
    help: """
      How the steps are spread: \(GridKind.catalogue.map(\.rawValue).joined(separator: ", ")). \
      (default: that of the sampler, mostly log-snr)
      """)
  var grid: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "An option of the grid; may be given again. 'ornstein grids' lists them.",
      valueName: "name=value"))
  var gridOption: [NamedNumber] = []

  @Option(
    name: .long,
    help: "The exponent of a karras or quadratic grid, its option 'rho'. (default: 7, 2)")
  var rho: Double?

  @Flag(
    name: .long,
    help: "Make the last of the steps one to the level without noise, as in EDM.")
  var cleanEnd = false

  @Option(
    name: .long,
    help: """
      The forward process: \(ProcessSpecification.names.joined(separator: ", ")). (default: the \
      process of the model, ou for a target)
      """)
  var process: String?

  @Option(
    name: .long,
    help: ArgumentHelp("A parameter of the process; may be given again.", valueName: "name=value"))
  var processOption: [NamedNumber] = []

  @Option(
    name: .long,
    help: "The time of the process from which one samples. (default: that of the process)")
  var horizon: Double?

  @Option(
    name: .long,
    help:
      "The time of the process at which one stops, early stopping. (default: that of the process)")
  var stop: Double?

  @Option(
    name: .long,
    help: """
      The law at the horizon: \(InitialLaw.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: moment-matched)
      """)
  var initial: String?

  @Option(
    name: .long,
    help: """
      What is done at the stop time: \(Finish.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: rescale)
      """)
  var finish: String?

  @Option(
    name: .long,
    help:
      "A plan that 'plan -o' wrote, or the record beside other samples, in place of all of these.")
  var plan: String?

  @Option(
    name: .long,
    help: "The wanted error: the cheapest plan that meets it is made, as by 'plan --error'.")
  var error: Double?

  @Option(
    name: .long,
    help: """
      How --error is measured: \(ErrorMetric.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: tv)
      """)
  var metric: String?

  @Option(
    name: .customLong("seed"),
    help: "The seed: the same seed gives the same rows. (default: 0, or that of --plan)")
  var chosenSeed: UInt64?

  var seed: UInt64 { chosenSeed ?? 0 }

  func validate() throws {
    if sampler != nil, predictor != nil {
      throw ValidationError("--sampler and --predictor are the same; give one of them.")
    }
    if plan != nil, error != nil {
      throw ValidationError("--plan and --error both say how to draw; give one of them.")
    }
    if metric != nil, error == nil {
      throw ValidationError("--metric says how --error is measured; give --error too.")
    }
    for (option, value) in [("--plan", plan), ("--error", error.map { "\($0)" })] {
      guard value != nil, let other = given.first(where: \.isGiven)?.name else { continue }
      throw ValidationError("\(other) means nothing with \(option), which plans it; leave it out.")
    }
    if corrector == nil, snr != nil || !correctorOption.isEmpty || correctorSteps != nil {
      throw ValidationError("Options of a corrector need one; name it with --corrector.")
    }
    if process == nil, !processOption.isEmpty {
      throw ValidationError("--process-option needs a process; name it with --process.")
    }
  }

  /// The options that a plan already decides.
  private var given: [(name: String, isGiven: Bool)] {
    methodOptions + [
      ("--sampler-option", !samplerOption.isEmpty), ("--rho", rho != nil),
      ("--initial", initial != nil), ("--steps", chosenSteps != nil),
      ("--sampler", name != nil && plan != nil), ("--process", process != nil && plan != nil),
      ("--horizon", horizon != nil && plan != nil), ("--stop", stop != nil && plan != nil),
    ]
  }

  /// The sampler's name, by whichever option.
  var name: String? { sampler ?? predictor }

  /// The options of the sampler by name.
  func samplerNumbers() throws(CommandFailure) -> [String: Double] {
    try samplerOption.dictionary("--sampler-option")
  }

  /// The options that only samplers of linear processes know, and whether they are given.
  var linearOnly: [(name: String, isGiven: Bool)] {
    [("--plan", plan != nil), ("--error", error != nil)] + methodOptions
  }

  private var methodOptions: [(name: String, isGiven: Bool)] {
    [
      ("--corrector", corrector != nil), ("--corrector-order", correctorOrder != nil),
      ("--eta", eta != nil), ("--grid", grid != nil),
      ("--grid-option", !gridOption.isEmpty), ("--clean-end", cleanEnd),
      ("--finish", finish != nil), ("--process-option", !processOption.isEmpty),
    ]
  }

  /// Refuses options that a sampler does not know.
  func refuse(
    _ options: [(name: String, isGiven: Bool)], for what: String
  ) throws(CommandFailure) {
    guard let option = options.first(where: \.isGiven) else { return }
    throw CommandFailure(
      .badUsage, "\(option.name) means nothing for \(what); leave it out.")
  }

  /// The plan that these options make, or read, for a source.
  func plan(for source: String, from standard: SamplingPlan, threads: Int) throws -> SamplingPlan {
    if let plan {
      var read = try PlanFile.plan(in: plan)
      if let chosenSeed { read.seed = chosenSeed }
      do {
        _ = try read.program()
      } catch {
        throw CommandFailure(.badInput, "The plan in \"\(plan)\" cannot be carried out: \(error)")
      }
      return read
    }
    guard let error else { return try plan(from: standard) }
    let metric: ErrorMetric = try choice(metric ?? "tv", "--metric")
    let planner = try PlanSource(source).planner(
      process: process, horizon: horizon, stop: stop, seed: seed, threads: threads)
    return try PlanCommand.named {
      let predictor = try name.map { try PredictorSpecification(name: $0) }
      return try planner.cheapest(error: error, metric: metric, predictor: predictor).plan
    }
  }

  /// The plan that these options make of a model's own.
  func plan(from standard: SamplingPlan) throws(CommandFailure) -> SamplingPlan {
    var plan = standard
    plan.seed = seed
    plan.grid.steps = steps
    do {
      try setProcess(of: &plan)
      try setMethod(of: &plan)
      try setGrid(of: &plan)
      if let initial { plan.initialLaw = try choice(initial, "--initial") }
      if let finish { plan.finish = try choice(finish, "--finish") }
      try check(plan)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
    return plan
  }

  /// Makes sure that the plan can be carried out; an optimal grid is planned later.
  private func check(_ plan: SamplingPlan) throws {
    guard plan.grid.kind == .optimal else {
      _ = try plan.program()
      return
    }
    _ = try OptimalGrid.freezing(of: plan)
    _ = try plan.method()
  }

  private func setProcess(of plan: inout SamplingPlan) throws {
    guard let process else { return }
    plan.process = try ProcessSpecification(
      name: process, parameters: try processOption.dictionary("--process-option"))
    plan.grid.horizon = nil
    plan.grid.stop = nil
  }

  private func setMethod(of plan: inout SamplingPlan) throws {
    var options = try samplerNumbers()
    if let eta { options["eta"] = eta }
    if name != nil || !options.isEmpty {
      plan.predictor = try PredictorSpecification(
        name: name ?? plan.predictor.name, options: options)
      if let kind = plan.predictor.summary.grid { plan.grid.kind = kind }
    }
    if let corrector {
      var options = try correctorOption.dictionary("--corrector-option")
      if let snr { options["snr"] = snr }
      plan.corrector = try CorrectorSpecification(name: corrector, options: options)
      plan.correctorSteps = correctorSteps
    }
    if let correctorOrder { plan.correctorOrder = try choice(correctorOrder, "--corrector-order") }
  }

  private func setGrid(of plan: inout SamplingPlan) throws {
    if let grid { plan.grid.kind = try GridKind(name: grid) }
    if !gridOption.isEmpty, plan.predictor.summary.isPlanned {
      throw SamplingError.plansOwnGrid(predictor: plan.predictor.name)
    }
    try setGridOptions(of: &plan.grid)
    if cleanEnd { plan.grid.endsClean = true }
    if let horizon { plan.grid.horizon = horizon }
    if let stop { plan.grid.stop = stop }
  }
}

extension PlanOptions {
  /// Sets the options of a grid whose kind is known.
  ///
  /// - Throws: ``CommandFailure`` for one that is given twice, ``GridError`` for one that the kind does
  ///   not have.
  func setGridOptions(of grid: inout GridSpecification) throws {
    let options = try gridOption.dictionary("--grid-option")
    if rho != nil, options["rho"] != nil {
      throw CommandFailure(
        .badUsage, "--rho and --grid-option rho=… are the same; give one of them.")
    }
    try grid.set(options)
    if let rho { grid.exponent = rho }
  }
}

/// `name=value` on the command line.
struct NamedNumber: ExpressibleByArgument {
  var name: String
  var value: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let value = Double(parts[1]) else { return nil }
    self.name = String(parts[0])
    self.value = value
  }
}

extension [NamedNumber] {
  /// The values by name.
  ///
  /// - Throws: A `CommandFailure` if a name comes twice.
  fileprivate func dictionary(_ option: String) throws(CommandFailure) -> [String: Double] {
    var values: [String: Double] = [:]
    for number in self {
      guard values.updateValue(number.value, forKey: number.name) == nil else {
        throw CommandFailure(.badUsage, "\(option) gives \"\(number.name)\" twice.")
      }
    }
    return values
  }
}

/// The case that a text names.
///
/// - Throws: A `CommandFailure` that lists the names.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
  _ text: String, _ option: String
) throws(CommandFailure) -> Choice {
  if let value = Choice(rawValue: text) { return value }
  let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
  throw CommandFailure(.badUsage, "\(option) is \"\(text)\"; it must be one of \(names).")
}
