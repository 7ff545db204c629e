import Ornstein

/// The fit of a mixture that can be interrupted and gone on with.
struct MixtureFitRun {
  private let command: FitCommand
  private let rows: Table
  private let checkpointFile: CheckpointFile
  private let console: Console

  init(_ command: FitCommand, _ rows: Table, output: String) {
    self.command = command
    self.rows = rows
    checkpointFile = CheckpointFile(model: output)
    console = command.outputOptions.console
  }

  /// Learns.
  ///
  /// - Throws: `CommandFailure` if interrupted, with the checkpoint kept.
  func run() throws -> TableModel {
    let fit = try makeFit()
    var progress = ProgressLine(isShown: !command.outputOptions.quiet)
    do {
      let model = try fit.run(
        threads: command.threads.count, checkpointEvery: command.checkpointEvery ?? 10,
        saveCheckpoint: { try $0.write(to: checkpointFile.path) },
        progress: { stage in
          progress.show(stage.text)
          return !Interruption.isRequested
        })
      progress.clear()
      return model
    } catch is CancellationError {
      throw CommandFailure(
        .interrupted,
        "Interrupted; the fit is kept in \"\(checkpointFile.path)\": repeat the command with "
          + "--resume to go on.")
    }
  }

  private func makeFit() throws -> ResumableMixtureFit {
    if command.resume {
      if checkpointFile.exists {
        let checkpoint = try read()
        let state = checkpoint.learning.state
        try command.learnerOptions.check(against: state.learner)
        try CheckpointFile.check(
          "--weights", command.learnerOptions.weights, against: state.weightColumn)
        try command.check(
          againstSeed: state.seed, process: checkpoint.process,
          schema: checkpoint.schema,
          given: {
            try Schema(of: weighted(state.weightColumn), following: $0)
              .shiftedAndScaled(keepingUnits: true, following: $0)
          })
        let fit = try ResumableMixtureFit(rows, resuming: checkpoint)
        console.note("Going on \(Self.place(of: state)) of \"\(checkpointFile.path)\".")
        return fit
      }
      console.note(checkpointFile.absence)
    } else {
      try checkpointFile.refuse()
    }
    return try ResumableMixtureFit(
      rows, learner: try command.learnerOptions.mixture(),
      weightColumn: command.learnerOptions.weights, hints: try command.hints,
      process: try command.processGiven ?? .ornsteinUhlenbeck, seed: command.seed ?? 0)
  }

  /// The rows without the column of weights.
  private func weighted(_ column: String?) throws -> Table {
    try column.map { try RowWeights(column: $0, of: rows).table } ?? rows
  }

  private func read() throws -> MixtureFitCheckpoint {
    guard case .mixture(let checkpoint) = try InterruptedFit(contentsOf: checkpointFile.path)
    else {
      throw CommandFailure(
        .badUsage,
        "\"\(checkpointFile.path)\" is an interrupted fit of a network; go on with --learner network."
      )
    }
    return checkpoint
  }

  /// Where a fit stands, in words.
  static func place(of state: MixtureCheckpoint.State) -> String {
    if let iterations = state.descentIterations { return "after iteration \(iterations)" }
    return
      "after \(state.fitCount) mixture\(state.fitCount == 1 ? "" : "s")"
  }
}

extension FitCommand {
  /// Refuses options that contradict those of an interrupted fit.
  func check(
    againstSeed savedSeed: UInt64, process savedProcess: ProcessSpecification,
    schema savedSchema: Schema, given schemaGiven: (SchemaHints) throws -> Schema
  ) throws {
    try CheckpointFile.check("--seed", seed, against: savedSeed)
    try CheckpointFile.check("--process", try processGiven?.name, against: savedProcess.name)
    if schema != nil, try schemaGiven(hints) != savedSchema {
      throw CommandFailure(
        .badUsage, "--schema is not what the interrupted fit was begun with; leave it out.")
    }
  }
}
