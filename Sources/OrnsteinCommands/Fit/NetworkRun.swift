import Ornstein

/// The training of a network that can be interrupted and gone on with.
struct NetworkRun {
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

  /// Trains.
  ///
  /// - Throws: `CommandFailure` if interrupted, with the checkpoint kept.
  func run() throws -> TableModel {
    let fit = try makeFit()
    let threads = command.threads.count
    console.note(FitReport.beginning(of: fit, table: rows, threads: threads))
    console.noteIfSlow(fit.session.settings.precision)
    var log = try command.log.map { try EventLog(path: $0) }
    if !checkpointFile.exists { try fit.checkpoint().write(to: checkpointFile.path) }
    let model: TableModel
    do {
      model = try train(fit, threads: threads, log: &log)
    } catch let error as TrainingError {
      // Going on would end in the same way.
      if case .notFinite = error { checkpointFile.remove() }
      throw error
    }
    if let record = model.learned.network?.training {
      if let density = record.heldOutLogDensity {
        log?.append(density, step: record.steps, finished: record.finish)
      }
      try log?.finish()
      if record.finish == .stopped, Interruption.isRequested {
        throw CommandFailure(
          .interrupted,
          "Interrupted at step \(record.steps); the fit is kept in \"\(checkpointFile.path)\": "
            + "repeat the command with --resume to go on.")
      }
    }
    return model
  }

  private func train(_ fit: Fit, threads: Int, log: inout EventLog?) throws -> TableModel {
    var progress = ProgressLine(isShown: !command.outputOptions.quiet)
    let isWatched = Console.isInteractive
    defer { progress.clear() }
    return try fit.run(
      threads: threads, reporting: .steps(1),
      checkpointing: .seconds(command.checkpointEvery ?? 10),
      saveCheckpoint: { checkpoint in
        try checkpoint.write(to: checkpointFile.path)
      },
      events: { event in
        if isWatched { progress.show(FitReport.line(event)) }
        log?.append(event)
        return Interruption.isRequested ? .stop : .continue
      })
  }

  private func makeFit() throws -> Fit {
    let training = command.training
    if command.resume {
      if checkpointFile.exists {
        let checkpoint = try FitCheckpoint(contentsOf: checkpointFile.path)
        try training.check(against: checkpoint.training.state.settings)
        try command.check(
          againstSeed: checkpoint.training.state.seed, process: checkpoint.process,
          schema: checkpoint.schema, given: { try Schema(of: rows, following: $0) })
        let fit = try Fit(rows, resuming: checkpoint)
        console.note(
          "Going on at step \(checkpoint.training.state.step) of \"\(checkpointFile.path)\".")
        return fit
      }
      console.note(checkpointFile.absence)
    } else {
      try checkpointFile.refuse()
    }
    return try Fit(
      rows, settings: try training.settings(), width: training.width,
      hiddenLayers: training.layers, hints: try command.hints,
      process: try command.processGiven ?? .ornsteinUhlenbeck, seed: command.seed ?? 0)
  }
}
