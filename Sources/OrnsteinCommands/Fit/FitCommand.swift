import ArgumentParser
import Ornstein

/// `ornstein fit`: learns the distribution of a table.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Learn the distribution of the rows of a table.",
    discussion: """
      Reads a CSV or NPY table, infers its columns, learns and writes one model file. While a network \
      or a mixture is learned, MODEL.checkpoint holds the interrupted fit: after Ctrl-C or a crash, the \
      same command with --resume goes on and ends with the same bits. --compare learns the table by every \
      learner and sets them side by side.
      """)

  @Argument(help: "The table: a .csv or .npy file, or - for standard input.")
  var table: String

  @Option(
    name: [.short, .long], help: "The model file to write; --compare may do without.")
  var output: String?

  @OptionGroup var learnerOptions: LearnerOptions
  @OptionGroup var training: TrainingOptions

  @Flag(
    name: .long,
    help: "Learn by every learner, or the one of --learner, and judge them on rows kept out.")
  var compare = false

  @Option(
    name: .long,
    help: "With --compare: the exact law of the rows, a target JSON, to measure distances from.")
  var against: String?

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

  @Option(name: .long, help: "Seconds between two checkpoints. (default: 10)")
  var checkpointEvery: Double?

  @Option(name: .long, help: "Append one JSON object a report to this file.")
  var log: String?

  @Option(name: .long, help: "Write a page on what was learned to this .html file.")
  var report: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let checkpointEvery, !(checkpointEvery > 0) {
      throw ValidationError("--checkpoint-every is \(checkpointEvery); it must be above 0 seconds.")
    }
    if output == nil, !compare {
      throw ValidationError("Name the model file to write with -o.")
    }
    if let report, !report.lowercased().hasSuffix(".html") {
      throw ValidationError("--report is \"\(report)\"; it must end in .html.")
    }
    if against != nil, !compare {
      throw ValidationError("--against means nothing without --compare; add it.")
    }
  }

  func run() throws {
    Interruption.catchSignals()
    let name = try learnerOptions.nameChecked(usual: compare ? .auto : .network)
    try checkOutput()
    let isCompared = compare || name == .auto
    if isCompared, learnerOptions.weights != nil {
      throw CommandFailure(
        .badUsage, "--weights is for a mixture that is learned alone; leave it out.")
    }
    if name != .network || isCompared {
      let isMixture = name == .mixture && !isCompared
      try refuseResumable(isMixture: isMixture)
      // A mixture learned alone looks for itself.
      if !isMixture, let output { try CheckpointFile(model: output).refuse() }
      if name != .auto, name != .network, let option = training.firstGiven {
        throw CommandFailure(
          .badUsage, "\(option) means nothing for --learner \(name.rawValue); leave it out.")
      }
    }
    let rows = try Table(contentsOf: table)
    let model: TableModel?
    if isCompared {
      model = try ComparisonRun(self, rows, name).run()
    } else if name == .network, let output {
      model = try NetworkRun(self, rows, output: output).run()
    } else if name == .mixture, let output {
      model = try MixtureFitRun(self, rows, output: output).run()
    } else {
      model = try learnLaw(rows, name)
    }
    guard let model else { return }
    if let output {
      try model.write(to: output)
      CheckpointFile(model: output).remove()
    }
    if let report {
      try FitPage(
        model, name: table, table: rows, seed: seed ?? 0, threads: threads.count
      ).write(to: report)
    }
    guard let output else { return }
    if outputOptions.json, !compare {
      try outputOptions.console.print(try FitReport.json(model, output: output))
    } else {
      outputOptions.console.note(FitReport.end(model, output: output, table: table))
    }
  }

  private func learnLaw(_ rows: Table, _ name: LearnerOptions.Name) throws -> TableModel {
    var progress = ProgressLine(isShown: !outputOptions.quiet)
    do {
      let learner = try learnerOptions.learners(name, training)[0]
      let model = try fit(
        rows, learner: learner, hints: try hints,
        process: try processGiven ?? .ornsteinUhlenbeck, seed: seed ?? 0, threads: threads.count,
        progress: { stage in
          progress.show(stage.text)
          return !Interruption.isRequested
        })
      progress.clear()
      return model
    } catch is CancellationError {
      throw CommandFailure(.interrupted, "Interrupted; nothing was written.")
    }
  }

  /// Refuses options of a training that can be interrupted.
  private func refuseResumable(isMixture: Bool) throws(CommandFailure) {
    if log != nil {
      throw CommandFailure(
        .badUsage, "--log is for a network that is learned alone; leave it out.")
    }
    let options = [("--resume", resume), ("--checkpoint-every", checkpointEvery != nil)]
    if !isMixture, let option = options.first(where: \.1) {
      throw CommandFailure(
        .badUsage,
        "\(option.0) is for a network or a mixture that is learned alone; leave it out.")
    }
  }

  /// Fails before any work if a file could not be written.
  private func checkOutput() throws {
    guard output != "-" else {
      throw CommandFailure(.badUsage, "A model cannot go to standard output; name a file with -o.")
    }
    if let output { try AtomicFile(path: output).discard() }
    if let report { try AtomicFile(path: report).discard() }
  }

  var hints: SchemaHints {
    get throws { try schema.map { try SchemaHints(contentsOf: $0) } ?? SchemaHints() }
  }

  var processGiven: ProcessSpecification? {
    get throws { try process.map { try ProcessSpecification(name: $0) } }
  }
}
