import ArgumentParser
import Ornstein

/// `ornstein plan`: what samples will be off by, before they are drawn.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Find the best plan for a number of steps, or the cheapest for an error.",
    discussion: """
      Every number says what it is: exact, a bound (<=), an estimate with its standard error, or \
      unknown. Parts add up: beginning with a normal law (initialization), following a learned score \
      (score), taking steps (discretization), ending with some noise left (early stopping). \
      'ornstein sample --plan FILE' draws by the plan. Exit code 4: no plan meets the error.
      """)

  @Argument(help: "A model that 'fit' wrote, or the .json file of an exact target.")
  var source: String

  @Option(name: .long, help: "The number of steps; those of ode are evaluations.")
  var steps: Int?

  @Option(name: .long, help: "The wanted error: the cheapest plan that meets it is found.")
  var error: Double?

  @Option(
    name: .long,
    help:
      "How errors are measured: \(ErrorMetric.allCases.map(\.rawValue).joined(separator: ", ")).")
  var metric = "tv"

  @Flag(name: .long, help: "Tabulate all samplers at about --steps evaluations.")
  var compare = false

  @Option(
    name: .long, help: "Only this sampler. (default: ode for --steps, all that can be planned)")
  var sampler: String?

  @Option(
    name: .long,
    help: """
      The forward process: \(ProcessSpecification.names.joined(separator: ", ")). (default: the \
      process of the model, ou for a target)
      """)
  var process: String?

  @Option(name: .long, help: "The time from which one samples. (default: chosen)")
  var horizon: Double?

  @Option(name: .long, help: "The time at which one stops. (default: chosen)")
  var stop: Double?

  @Option(name: .long, help: "The seed that the plan records.")
  var seed: UInt64 = 0

  @Option(name: [.customShort("n"), .long], help: "For how many rows to predict the seconds.")
  var count = 100_000

  @Option(name: [.short, .long], help: "Also write the plan, .json, for 'sample --plan'.")
  var output: String?

  @Option(name: .long, help: "Also write a page with the budget, the grid and the errors, .html.")
  var report: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    guard (steps != nil) != (error != nil) else {
      throw ValidationError("Give either --steps or --error.")
    }
    if compare, steps == nil { throw ValidationError("--compare needs --steps.") }
    if compare, output != nil { throw ValidationError("--compare makes no plan to write.") }
    if compare, report != nil { throw ValidationError("--compare makes no plan to report on.") }
    if compare, sampler != nil {
      throw ValidationError("--compare tabulates all samplers; leave --sampler out.")
    }
    if let steps, !(1...GridSpecification.maximumSteps).contains(steps) {
      throw ValidationError(
        "--steps is \(steps); it must be between 1 and \(GridSpecification.maximumSteps).")
    }
    guard count >= 0 else { throw ValidationError("-n is \(count); it must be 0 or more.") }
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \"\(report)\"; its name must end in .html.")
    }
    if let output, !output.lowercased().hasSuffix(".json") {
      throw ValidationError("--output is \"\(output)\"; its name must end in .json.")
    }
  }

  func run() throws {
    let metric: ErrorMetric = try choice(metric, "--metric")
    let planner = try PlanSource(source).planner(
      process: process, horizon: horizon, stop: stop, seed: seed, threads: threads.count)
    let predictor = try wantedPredictor()
    if compare, let steps {
      let answers = try Self.named {
        try planner.compare(evaluations: steps, predictors: Self.catalogue, metric: metric)
      }
      return try print(answers, metric)
    }
    let answer = try Self.named {
      if let error {
        try planner.cheapest(error: error, metric: metric, predictor: predictor)
      } else {
        try planner.best(
          steps: steps ?? 100, predictor: predictor ?? .plannedFlow, metric: metric)
      }
    }
    if let output { try PlanFile.write(answer, to: output) }
    if let report {
      try PlanReport(answer, planner: planner, name: source, error: error).write(to: report)
    }
    try print(answer)
  }

  private func wantedPredictor() throws(CommandFailure) -> PredictorSpecification? {
    guard let sampler else { return nil }
    do {
      return try PredictorSpecification(name: sampler)
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
  }

  /// Runs a planner; its errors become those of the command.
  static func named<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as PlannerError {
      if case .unreachable = error { throw CommandFailure(.notMet, error.description) }
      throw CommandFailure(.badUsage, error.description)
    } catch let error as BudgetError {
      throw CommandFailure(.badUsage, "\(error)")
    } catch let error as OracleError {
      throw CommandFailure(.failed, error.description)
    }
  }

  /// The samplers that a comparison names: those that draw no noise with their usual options, and those
  /// that freeze something.
  private static var catalogue: [PredictorSpecification] {
    PredictorSpecification.all.filter {
      $0.name != "none" && ((try? $0.make().isStochastic) == false || Freezing($0) != nil)
    }
  }

  private func print(_ answer: PlanAnswer) throws {
    if outputOptions.json {
      return try outputOptions.console.print(try JSONText.encode(answer))
    }
    try outputOptions.console.print(PlanText(answer, rows: count, threads: threads.count).text)
  }

  private func print(_ answers: [PlanAnswer], _ metric: ErrorMetric) throws {
    if outputOptions.json {
      return try outputOptions.console.print(try JSONText.encode(answers))
    }
    try outputOptions.console.print(
      PlanText.table(answers, metric: metric, rows: count, threads: threads.count))
  }
}

/// What a plan is made for: a file with a model or with an exact target.
struct PlanSource {
  private let subject: any PlanSubject
  private let standard: SamplingPlan

  /// Reads a model or a target.
  init(_ path: String) throws {
    if path.lowercased().hasSuffix(".json") {
      subject = ExactSubject(try TargetFile(contentsOf: path).makeTarget(Double.self))
      standard = SamplingPlan(initialLaw: .momentMatched)
    } else {
      let model = try TableModel(contentsOf: path)
      subject = LearnedSubject(model.score, moments: model.moments)
      standard = model.plan()
    }
  }

  /// The planner with the parts that the user has fixed.
  func planner(
    process: String?, horizon: Double?, stop: Double?, seed: UInt64, threads: Int
  ) throws -> Planner {
    var plan = standard
    if let process { plan.process = try ProcessSpecification(name: process) }
    plan.grid.horizon = horizon
    plan.grid.stop = stop
    plan.seed = seed
    _ = try plan.levels()
    return Planner(subject, standard: plan, threads: threads)
  }
}
