import ArgumentParser
import Ornstein

/// `ornstein fit`: learns the distribution of a table.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Learn the distribution of the rows of a table.",
    discussion: """
      Reads a CSV or NPY table, infers its columns, trains a score network and writes one model \
      file. While it runs, MODEL.checkpoint holds the interrupted fit: after Ctrl-C or a crash, the \
      same command with --resume goes on and ends with the same bits.
      """)

  @Argument(help: "The table: a .csv or .npy file, or - for standard input.")
  var table: String

  @Option(name: [.short, .long], help: "The model file to write.")
  var output: String

  @OptionGroup var training: TrainingOptions

  @Option(
    name: .long,
    help: "JSON that says the kind, bounds, … of some columns; the rest is inferred.")
  var schema: String?

  @Option(
    name: .long,
    help:
      "The process to sample by later: \(ProcessSpecification.names.joined(separator: ", ")). (default: ou)"
  )
  var process: String?

  @Option(name: .long, help: "The seed of the split, the weights and all noise. (default: 0)")
  var seed: UInt64?

  @Flag(name: .long, help: "Go on from MODEL.checkpoint.")
  var resume = false

  @Option(name: .long, help: "Seconds between two checkpoints.")
  var checkpointEvery = 10.0

  @Option(name: .long, help: "Append one JSON object a report to this file.")
  var log: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if !(checkpointEvery > 0) {
      throw ValidationError("--checkpoint-every is \(checkpointEvery); it must be above 0 seconds.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    let console = outputOptions.console
    try checkOutput()
    let checkpointFile = CheckpointFile(model: output)
    let rows = try Table(contentsOf: table)
    let fit = try makeFit(rows, checkpointFile, console)
    console.note(FitReport.beginning(of: fit, table: rows, threads: threads.count))

    var log = try self.log.map { try EventLog(path: $0) }
    if !checkpointFile.exists { try fit.checkpoint().write(to: checkpointFile.path) }
    var progress = ProgressLine(isShown: !outputOptions.quiet)
    let isWatched = Console.isInteractive
    let model = try fit.run(
      threads: threads.count,
      reporting: .steps(1), checkpointing: .seconds(checkpointEvery),
      saveCheckpoint: { checkpoint in
        try checkpoint.write(to: checkpointFile.path)
      },
      events: { event in
        if isWatched { progress.show(FitReport.line(event)) }
        log?.append(event)
        return Interruption.isRequested ? .stop : .continue
      })
    progress.clear()
    if let density = model.record.heldOutLogDensity {
      log?.append(density, step: model.record.steps, finished: model.record.finish)
    }
    try log?.finish()
    if model.record.finish == .stopped, Interruption.isRequested {
      throw CommandFailure(
        .interrupted,
        "Interrupted at step \(model.record.steps); the fit is kept in \"\(checkpointFile.path)\": "
          + "repeat the command with --resume to go on.")
    }
    try model.write(to: output)
    checkpointFile.remove()
    if outputOptions.json {
      try console.print(try FitReport.json(model, output: output))
    } else {
      console.note(FitReport.end(model, output: output, table: table))
    }
  }

  /// Fails before any work if the model could not be written.
  private func checkOutput() throws {
    guard output != "-" else {
      throw CommandFailure(.badUsage, "A model cannot go to standard output; name a file with -o.")
    }
    try AtomicFile(path: output).discard()
  }

  private func makeFit(
    _ rows: Table, _ checkpointFile: CheckpointFile, _ console: Console
  ) throws -> Fit {
    if resume {
      if checkpointFile.exists {
        let checkpoint = try FitCheckpoint(contentsOf: checkpointFile.path)
        try training.check(against: checkpoint.training.state.settings)
        try check("--seed", seed, against: checkpoint.training.state.seed)
        try check("--process", try processGiven?.name, against: checkpoint.process.name)
        if schema != nil, try Schema(of: rows, following: hints) != checkpoint.schema {
          throw CommandFailure(
            .badUsage, "--schema is not what the interrupted fit was begun with; leave it out.")
        }
        let fit = try Fit(rows, resuming: checkpoint)
        console.note(
          "Going on at step \(checkpoint.training.state.step) of \"\(checkpointFile.path)\".")
        return fit
      }
      console.note(
        "There is no checkpoint \"\(checkpointFile.path)\": starting from the beginning.")
    } else if checkpointFile.exists {
      throw CommandFailure(
        .badUsage,
        "\"\(checkpointFile.path)\" holds an interrupted fit: add --resume to go on, or remove the "
          + "file to start anew.")
    }
    return try Fit(
      rows, learner: try training.learner(), hints: try hints,
      process: try processGiven ?? .ornsteinUhlenbeck, seed: seed ?? 0)
  }

  private var hints: SchemaHints {
    get throws { try schema.map { try SchemaHints(contentsOf: $0) } ?? SchemaHints() }
  }

  private var processGiven: ProcessSpecification? {
    get throws { try process.map { try ProcessSpecification(name: $0) } }
  }

  private func check<Value: Equatable>(
    _ option: String, _ given: Value?, against saved: Value
  ) throws(CommandFailure) {
    if let given, given != saved {
      throw CommandFailure(
        .badUsage,
        "\(option) is \(given), but the interrupted fit has \(saved); leave it out to go on.")
    }
  }
}
