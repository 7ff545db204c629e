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
      """)

  @Argument(help: "A model that 'fit' wrote, or the .json file of an exact target.")
  var source: String

  @Option(name: [.customShort("n"), .long], help: "How many rows to draw.")
  var count: Int

  @Option(
    name: [.short, .long], help: "The file to write, .csv or .npy; - for CSV on standard output.")
  var output: String

  @OptionGroup var planOptions: PlanOptions

  @Option(name: .long, help: "Begin at this row of the endless sample of the seed.")
  var firstRow = 0

  @Option(
    name: .long,
    help: """
      Also write the way of every row, .npy of shape (rows, levels + 1, dimension): the points at \
      each level, then the finished ones, as the score sees them.
      """)
  var saveTrajectory: String?

  @Option(name: .long, help: "Also write a page that shows how noise becomes data, .html.")
  var report: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    guard count >= 0 else { throw ValidationError("-n is \(count); it must be 0 or more.") }
    guard firstRow >= 0, firstRow <= 1 << 48, count <= 1 << 48 else {
      throw ValidationError("--first-row is \(firstRow); it must be between 0 and 2^48.")
    }
    if let saveTrajectory, !saveTrajectory.lowercased().hasSuffix(".npy") {
      throw ValidationError(
        "--save-trajectory is \"\(saveTrajectory)\"; its name must end in .npy.")
    }
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \"\(report)\"; its name must end in .html.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    if source.lowercased().hasSuffix(".json") {
      try drawTarget()
    } else {
      try drawModel()
    }
  }

  private func drawModel() throws {
    let model = try TableModel(contentsOf: source)
    let plan = try planOptions.plan(from: model.plan())
    let writer = try TableWriter(path: output, schema: model.schema, threads: threads.count)
    try draw(
      try model.sampler(plan), plan, to: writer, write: { try writer.write($0) })
  }

  private func drawTarget() throws {
    let target = try TargetFile(contentsOf: source).makeTarget(Double.self)
    let plan = try planOptions.plan(
      from: SamplingPlan(predictor: .plannedFlow, initialLaw: .momentMatched))
    let writer = try TableWriter(
      path: output, names: (0..<target.dimension).map { "x\($0)" }, element: .double,
      threads: threads.count)
    try draw(
      try plan.makeSampler(for: target), plan, to: writer, write: { try writer.write($0) })
  }

  private func draw<Scalar>(
    _ sampler: Sampler<Scalar>, _ plan: SamplingPlan, to writer: TableWriter,
    write: (Batch<Scalar>) throws -> Void
  ) throws {
    let hash = try SHA256.hexadecimal(ofFile: source)
    let start = ContinuousClock.now
    var progress = ProgressLine(isShown: !outputOptions.quiet && output != "-")
    let trajectory = try saveTrajectory.map { try TrajectoryWriter(path: $0, sampler) }
    let states = trajectory?.states ?? 1
    let block = Self.blockRows(dimension: sampler.model.dimension * states)
    for first in stride(from: 0, to: count, by: block) {
      try checkInterruption(rows: first)
      let rows = firstRow + first..<firstRow + min(first + block, count)
      if let trajectory {
        try write(try trajectory.write(rows, of: sampler, threads: threads.count))
      } else {
        try write(try sampler.draw(rows: rows, threads: threads.count))
      }
      let done = min(first + block, count)
      progress.show(Self.line(done: done, of: count, since: start))
    }
    try checkInterruption(rows: count)
    try writer.finish()
    try trajectory?.finish()
    progress.clear()
    if let report {
      try FlowReport(
        of: sampler, plan: plan, name: source, firstRow: firstRow, rows: count,
        threads: threads.count
      ).write(to: report)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let record = SampleRecord(
      samples: output, source: source, sourceHash: hash, plan: plan, rows: count,
      firstRow: firstRow, evaluationsPerRow: sampler.program.evaluations, seconds: seconds,
      clippedCells: writer.clipped.reduce(0, +),
      trajectory: saveTrajectory.map { .init(file: $0, levels: sampler.program.levels) })
    try record.writeBeside(output)
    if outputOptions.json { try outputOptions.console.print(try JSONText.encode(record)) }
    outputOptions.console.note(record.summary)
  }

  private func checkInterruption(rows: Int) throws(CommandFailure) {
    guard Interruption.isRequested else { return }
    throw CommandFailure(
      .interrupted, "Interrupted after \(rows) of \(count) rows; nothing was written.")
  }

  /// Rows drawn between two writes: about 4 million coordinates, whole chunks of the sampler.
  private static func blockRows(dimension: Int) -> Int {
    let chunk = Sampler<Float>.chunkRows
    return max(8, min(256, (1 << 22) / (dimension * chunk))) * chunk
  }

  private static func line(
    done: Int, of count: Int, since start: ContinuousClock.Instant
  ) -> String {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rate = Double(done) / max(seconds, 1e-9)
    let left = Spelling.duration(seconds: Double(count - done) / rate)
    return "\(done) of \(count) rows  \(Spelling.number(rate, digits: 3)) rows/s  \(left) left"
  }
}
