import ArgumentParser
import Ornstein

/// `ornstein sample`: draws rows from a model or an exact target.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw rows from a model, or points from an exact target.",
    discussion: """
      The same seed gives the same rows, whatever the number of threads: -n 100 is the beginning of \
      -n 1000, and --first-row 100 goes on where it ended. Beside the samples, FILE.json records the \
      plan, the evaluations and the hash of the model.

      --where x0=1.5,x2=0 draws from the law given some coordinates or columns, exactly and without a \
      sampler; such draws exist for mixtures only.
      """)

  @Argument(help: "A model that 'fit' wrote, or the .json file of an exact target.")
  var source: String

  @Option(name: [.customShort("n"), .long], help: "How many rows to draw.")
  var count: Int

  @Option(
    name: [.short, .long], help: "The file to write, .csv or .npy; - for CSV on standard output.")
  var output: String

  @OptionGroup var planOptions: PlanOptions

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      """
      Draw from the law given these columns (x0, x1, … of a target). A name or value with a comma or an \
      equals sign needs double quotes.
      """, valueName: "name=value,…"))
  var conditions: String?

  @Option(
    name: .long,
    help: """
      The arithmetic of a network's hidden layers: \
      \(NetworkPrecision.allCases.map(\.rawValue).joined(separator: ", ")). bfloat16 keeps 8 \
      significant bits of what is multiplied, moves the score by about a thousandth of its size, and \
      is faster where the processor has an instruction for it. (default: single)
      """)
  var precision: String?

  @Option(name: .long, help: "Begin at this row of the endless sample of the seed.")
  var firstRow = 0

  @Option(
    name: .long,
    help: """
      Also write the way of every row, .npy of shape (rows, levels + 1, dimension): the points at \
      each level, then the finished ones, as the score sees them. In phase space a state has 2 \
      dimension numbers: positions, then velocities. Discrete states that jump between two levels are \
      those at the levels.
      """)
  var saveTrajectory: String?

  @Option(name: .long, help: "Also write a page that shows how noise becomes data, .html.")
  var report: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    guard (0...1 << 48).contains(count) else {
      throw ValidationError("-n is \(count); it must be between 0 and 2^48.")
    }
    guard (0...1 << 48).contains(firstRow) else {
      throw ValidationError("--first-row is \(firstRow); it must be between 0 and 2^48.")
    }
    if let saveTrajectory, !saveTrajectory.lowercased().hasSuffix(".npy") {
      throw ValidationError(
        "--save-trajectory is \"\(saveTrajectory)\"; its name must end in .npy.")
    }
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \"\(report)\"; its name must end in .html.")
    }
    if output == "-", outputOptions.json {
      throw ValidationError(
        "-o - and --json would both write to standard output; give one of them.")
    }
    if let saveTrajectory, saveTrajectory == output {
      throw ValidationError("-o and --save-trajectory both name \"\(output)\"; give two names.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    if let precision, conditions != nil || source.lowercased().hasSuffix(".json") {
      throw CommandFailure(
        .badUsage,
        "--precision \(precision) is an arithmetic of networks; it means nothing for "
          + (conditions == nil ? "an exact target." : "--where."))
    }
    if let conditions { return try drawConditional(on: try Conditions(conditions)) }
    guard source.lowercased().hasSuffix(".json") else { return try drawModel() }
    if let description = try DiscreteTargetDescription(ifIn: source) {
      try drawDiscrete(description)
    } else if let phaseSpaceMethod {
      try drawPhaseSpace(phaseSpaceMethod)
    } else {
      try drawTarget()
    }
  }

  private func drawModel() throws {
    let model = try TableModel(contentsOf: source)
    if let phaseSpaceMethod {
      throw CommandFailure(
        .badUsage,
        "The sampler \(phaseSpaceMethod.rawValue) needs an exact Gaussian mixture; \"\(source)\" is "
          + "a learned model.")
    }
    var plan = try planOptions.plan(
      for: source, from: model.plan(), threads: threads.count)
    plan = try withOptimalGrid(plan) {
      try plan.withOptimalGrid(
        for: model.score, moments: model.moments, threads: threads.count)
    }
    let writer = try TableWriter(path: output, schema: model.schema, threads: threads.count)
    let sampler = try sampler(of: model, plan)
    try draw(
      sampler, plan, seed: plan.seed, dimension: sampler.model.dimension, to: writer,
      write: { try writer.write($0) })
  }

  private func sampler(of model: TableModel, _ plan: SamplingPlan) throws -> Sampler<Float> {
    let precision = try networkPrecision()
    outputOptions.console.noteIfSlow(precision)
    do {
      return try model.sampler(plan, precision: precision ?? .single)
    } catch let error as LearnedScoreError {
      throw CommandFailure(.badUsage, "\(error)")
    }
  }

  private func networkPrecision() throws -> NetworkPrecision? {
    try precision.map { try choice($0, "--precision") }
  }

  private func drawTarget() throws {
    let target = try TargetFile(contentsOf: source).makeTarget(Double.self)
    var plan = try planOptions.plan(
      for: source, from: SamplingPlan(predictor: .plannedFlow, initialLaw: .momentMatched),
      threads: threads.count)
    plan = try withOptimalGrid(plan) {
      try plan.withOptimalGrid(for: target, threads: threads.count)
    }
    let writer = try TableWriter(
      path: output, names: Self.names("x", target.dimension), element: .double,
      threads: threads.count)
    try draw(
      try plan.makeSampler(for: target), plan, seed: plan.seed, dimension: target.dimension,
      to: writer, write: { try writer.write($0) })
  }

  /// The plan with the times of its optimal grid, if it has one; what keeps the grid from being made is
  /// bad usage.
  private func withOptimalGrid(
    _ plan: SamplingPlan, _ make: () throws -> SamplingPlan
  ) throws -> SamplingPlan {
    guard plan.grid.kind == .optimal else { return plan }
    do {
      return try make()
    } catch let error as BudgetError {
      throw CommandFailure(.badUsage, "\(error)")
    } catch let error as GridError {
      throw CommandFailure(.badUsage, "\(error)")
    }
  }

  /// Draws the rows of a sampler of any kind into the files that were asked for.
  func draw<Source: RowSource>(
    _ sampler: Source, _ plan: Source.Plan, seed: UInt64, dimension: Int, to writer: TableWriter,
    write: (Batch<Source.Scalar>) throws -> Void
  ) throws {
    let hash = try SHA256.hexadecimal(ofFile: source)
    let trajectory = try saveTrajectory.map {
      try TrajectoryWriter(path: $0, sampler, dimension: dimension)
    }
    let page = try report.map { try AtomicFile(path: $0) }
    let numbers = sampler.columns.count * (trajectory == nil ? 1 : sampler.stateCount)
    let seconds = try loop(numbersPerRow: numbers).run { rows in
      if let trajectory {
        try write(try trajectory.write(rows, threads: threads.count))
      } else {
        try write(try sampler.points(of: rows, threads: threads.count))
      }
    }
    try writer.finish()
    try trajectory?.finish()
    if let page {
      let ways = try WayExcerpt(
        of: sampler, firstRow: firstRow, rows: count, threads: threads.count)
      try page.write(Array(sampler.page(of: ways, plan: plan, name: source).html.utf8))
      try page.commit()
    }
    try record(
      SampleRecord(
        samples: output, source: source, sourceHash: hash, seed: seed, plan: plan,
        precision: try networkPrecision(), rows: count, firstRow: firstRow,
        evaluationsPerRow: sampler.evaluationsPerRow, seconds: seconds,
        clippedCells: writer.clipped.reduce(0, +),
        trajectory: saveTrajectory.map { sampler.trajectory(in: $0) }))
  }

  func loop(numbersPerRow: Int) -> DrawLoop {
    DrawLoop(
      count: count, firstRow: firstRow,
      blockRows: DrawLoop.blockRows(numbersPerRow: numbersPerRow),
      showsProgress: !outputOptions.quiet && output != "-")
  }

  func record<Plan>(_ record: SampleRecord<Plan>) throws {
    try record.writeBeside(output)
    if outputOptions.json { try outputOptions.console.print(try JSONText.encode(record)) }
    outputOptions.console.note(record.summary)
  }
}
