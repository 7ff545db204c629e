import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// A fit of a mixture that can be interrupted: encodes the table, learns, and hands out checkpoints.
///
/// Not thread-safe: one caller at a time, and one run.
public final class ResumableMixtureFit {
  /// The columns, and how rows become points.
  public var schema: Schema { law.schema }
  /// The process that samples are drawn by later.
  public var process: ProcessSpecification { law.process }
  /// What learns.
  public let learner: MixtureCheckpoint.Learner
  /// The seed of the split and of all noise.
  public let seed: UInt64
  /// The column that says how much each row counts, if one does.
  public let weightColumn: String?
  private let law: LawFit
  private let ledger: MixtureLedger
  private let dataHash: String
  private let secondsBefore: Double

  /// A fit from the beginning.
  ///
  /// - Parameters:
  ///   - table: The rows, 20 or more.
  ///   - learner: What learns.
  ///   - weightColumn: The column that says how much each row counts, which is then none that is learned;
  ///     for a search.
  ///   - hints: What the user knows about the columns; the rest is inferred.
  ///   - process: The process that samples are drawn by later.
  ///   - seed: The seed of the split and of all noise.
  /// - Throws: ``/OrnsteinTables/TableError`` for a table that cannot be learned,
  ///   ``/OrnsteinLearning/TrainingError``.
  public init(
    _ table: Table, learner: MixtureCheckpoint.Learner, weightColumn: String? = nil,
    hints: SchemaHints = SchemaHints(),
    process: ProcessSpecification = .ornsteinUhlenbeck, seed: UInt64
  ) throws {
    self.learner = learner
    self.seed = seed
    self.weightColumn = weightColumn
    let rows = try Self.weights(weightColumn, of: table, learner)
    law = try LawFit(
      rows?.table ?? table, .units, hints: hints, weights: rows?.weights, process: process,
      seed: seed)
    dataHash = law.data.hash + (rows?.hash ?? "")
    ledger = MixtureLedger()
    secondsBefore = 0
  }

  /// A fit that goes on from a checkpoint.
  ///
  /// - Parameters:
  ///   - table: The rows that the checkpoint was made from.
  ///   - checkpoint: Where the fit was interrupted.
  /// - Throws: ``/OrnsteinTables/TableError``, or ``/OrnsteinLearning/TrainingError`` if the table
  ///   is another one or the checkpoint damaged.
  public init(_ table: Table, resuming checkpoint: MixtureFitCheckpoint) throws {
    let state = checkpoint.learning.state
    learner = state.learner
    seed = state.seed
    weightColumn = state.weightColumn
    let rows = try Self.weights(state.weightColumn, of: table, state.learner)
    law = try LawFit(
      rows?.table ?? table, schema: checkpoint.schema, weights: rows?.weights,
      process: checkpoint.process, seed: state.seed)
    dataHash = law.data.hash + (rows?.hash ?? "")
    guard dataHash == state.dataHash else {
      throw TrainingError.dataChanged(expected: state.dataHash, found: dataHash)
    }
    ledger = try MixtureLedger(checkpoint.learning)
    secondsBefore = state.seconds
  }

  private static func weights(
    _ column: String?, of table: Table, _ learner: MixtureCheckpoint.Learner
  ) throws -> RowWeights? {
    guard let column else { return nil }
    guard case .search = learner else {
      throw TrainingError.setting(
        name: "weightColumn", value: "\"\(column)\"", expected: "absent for gradient descent")
    }
    return try RowWeights(column: column, of: table)
  }

  /// The fit as it stands, after so many seconds of this run.
  private func checkpoint(after seconds: Double) -> MixtureFitCheckpoint {
    var learning = MixtureCheckpoint(
      of: ledger, learner: learner, seed: seed, rows: law.rows, dataHash: dataHash,
      seconds: secondsBefore + seconds)
    learning.state.weightColumn = weightColumn
    return MixtureFitCheckpoint(schema: schema, process: process, learning: learning)
  }

  /// Learns to the end, or until told to stop.
  ///
  /// - Parameters:
  ///   - threads: How many threads work; does not change the model.
  ///   - interval: The seconds between two calls of `saveCheckpoint`, which is called in any case where
  ///     `progress` said to stop.
  ///   - saveCheckpoint: Keeps a checkpoint; an error ends the fit and is thrown on.
  ///   - progress: Told where learning stands; answers whether to go on.
  /// - Throws: ``/OrnsteinLearning/ExpectationMaximizationError``,
  ///   ``/OrnsteinLearning/DescentError``, what `saveCheckpoint` throws, or `CancellationError` if
  ///   `progress` said to stop.
  public func run(
    threads: Int = 1, checkpointEvery interval: Double = .infinity,
    saveCheckpoint: (MixtureFitCheckpoint) throws -> Void = { _ in },
    progress: (LearningProgress) -> Bool = { _ in true }
  ) throws -> TableModel {
    let clock = ContinuousClock()
    let start = clock.now
    var saved = 0.0
    var failure: (any Error)?
    func seconds() -> Double { (clock.now - start) / .seconds(1) }
    func goesOn(_ text: String) -> Bool {
      let now = seconds()
      do {
        if now - saved >= interval {
          try saveCheckpoint(checkpoint(after: now))
          saved = now
        }
      } catch {
        failure = error
        return false
      }
      return progress(LearningProgress(text))
    }
    do {
      return try learn(threads: threads, goesOn)
    } catch is CancellationError {
      if let failure { throw failure }
      try saveCheckpoint(checkpoint(after: seconds()))
      throw CancellationError()
    }
  }

  private func learn(threads: Int, _ goesOn: (String) -> Bool) throws -> TableModel {
    let key = NoiseKey(seed: seed)
    switch learner {
    case .search(let search):
      return try law.mixture(
        search, key: key, threads: threads, ledger: ledger, secondsBefore: secondsBefore,
        remarks: weightColumn.map { ["Rows count by the column \"\($0)\"."] } ?? []
      ) { goesOn($0.text) }
    case .descent(let descent):
      return try law.model(threads: threads, secondsBefore: secondsBefore) { rows in
        let found = try descent.learn(rows, key: key, threads: threads, ledger: ledger) {
          goesOn("\($0.stage.rawValue), iteration \($0.iteration) of \($0.totalIterations)")
        }
        guard found.isFinished else { throw CancellationError() }
        return found
      } make: { found, record in
        .mixture(found.mixture, record)
      }
    }
  }
}
