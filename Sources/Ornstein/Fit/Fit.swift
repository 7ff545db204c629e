import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// Learns the distribution of the rows of a table.
///
/// The same table, settings and seed give the same model bit for bit, for any number of threads.
///
/// - Parameters:
///   - table: The rows, 20 or more.
///   - learner: What learns.
///   - hints: What the user knows about the columns; the rest is inferred.
///   - process: The process that samples are drawn by later; learning does not depend on it.
///   - seed: The seed of the split, the weights and all noise.
///   - threads: How many threads work.
///   - events: Told where the training of a network stands; answers whether to go on.
///   - progress: Told where another learner stands; answers whether to go on.
/// - Returns: The network with the lowest held-out loss; a law in closed form goes on with the rows kept
///   out once they have judged it.
/// - Throws: ``/OrnsteinTables/TableError`` for a table that cannot be learned,
///   ``/OrnsteinLearning/TrainingError``, ``/OrnsteinLearning/ExpectationMaximizationError``,
///   ``/OrnsteinLearning/DescentError``, ``/OrnsteinLearning/PolynomialError``,
///   ``/OrnsteinLearning/KernelError``; `CancellationError` if `progress` said to stop.
public func fit(
  _ table: Table, learner: Learner = .network(), hints: SchemaHints = SchemaHints(),
  process: ProcessSpecification = .ornsteinUhlenbeck, seed: UInt64, threads: Int = 1,
  events: (TrainingEvent) -> TrainingControl = { _ in .continue },
  progress: (LearningProgress) -> Bool = { _ in true }
) throws -> TableModel {
  let key = NoiseKey(seed: seed)
  switch learner {
  case .network(let settings, let width, let hiddenLayers):
    return try Fit(
      table, settings: settings, width: width, hiddenLayers: hiddenLayers, hints: hints,
      process: process, seed: seed
    ).run(threads: threads, events: events)
  case .mixture(let search):
    return try ResumableMixtureFit(
      table, learner: .search(search), hints: hints, process: process, seed: seed
    ).run(threads: threads, progress: progress)
  case .descent(let descent):
    return try ResumableMixtureFit(
      table, learner: .descent(descent), hints: hints, process: process, seed: seed
    ).run(threads: threads, progress: progress)
  case .polynomial(let settings):
    return try fitPolynomials(
      table, settings, hints: hints, process: process, seed: seed, threads: threads,
      progress: progress)
  case .kernel(let settings):
    return try LawFit(table, .deviations, hints: hints, process: process, seed: seed)
      .model(threads: threads) { rows in
        let found = try KernelLearner(settings).fit(rows, key: key, threads: threads) { event in
          progress(LearningProgress("bandwidth \(event.bandwidth)"))
        }
        guard found.isConverged else { throw CancellationError() }
        return found
      } goOn: { found, rows in
        var found = found
        found.law = try SmoothedMeasure(
          EmpiricalMeasure(points: rows), bandwidth: found.bandwidth)
        return found
      } make: { found, record in
        .kernel(found.law, record)
      } remarks: {
        ["Bandwidth \($0.bandwidth.rounded(toSignificantDigits: 3)) in deviations of the columns."]
          + $0.warnings
      }
  }
}

/// A fit that can be interrupted: encodes the table, trains, and hands out checkpoints.
///
/// Not thread-safe: one caller at a time.
public final class Fit {
  /// The columns, and how rows become points.
  public let schema: Schema
  /// The process that samples are drawn by later.
  public let process: ProcessSpecification
  /// The training of the network.
  public let session: TrainingSession
  private let moments: DataMoments
  private let heldOut: HeldOutDensity

  /// A fit from the beginning.
  ///
  /// - Parameters:
  ///   - table: The rows, 20 or more.
  ///   - settings: How the network is trained.
  ///   - width: The units of a hidden layer, or `nil` to choose them from the data.
  ///   - hiddenLayers: The number of hidden layers, or `nil` to choose it.
  ///   - hints: What the user knows about the columns; the rest is inferred.
  ///   - process: The process that samples are drawn by later.
  ///   - seed: The seed of the split, the weights and all noise.
  /// - Throws: ``/OrnsteinTables/TableError`` for a table that cannot be learned,
  ///   ``/OrnsteinLearning/TrainingError``.
  public convenience init(
    _ table: Table, settings: TrainingSettings = TrainingSettings(), width: Int? = nil,
    hiddenLayers: Int? = nil, hints: SchemaHints = SchemaHints(),
    process: ProcessSpecification = .ornsteinUhlenbeck, seed: UInt64
  ) throws {
    let schema = try Schema(of: table, following: hints)
    let points = try schema.encode(table, key: NoiseKey(seed: seed))
    var settings = settings
    var shape = settings.shape ?? .suggested(dimension: points.dimension, rows: points.count)
    shape.width = width ?? shape.width
    shape.hiddenLayers = hiddenLayers ?? shape.hiddenLayers
    settings.shape = shape
    self.init(
      table, points, schema: schema, process: process,
      session: try TrainingSession(data: points, settings: settings, seed: seed))
  }

  /// A fit that goes on from a checkpoint.
  ///
  /// - Parameters:
  ///   - table: The rows that the checkpoint was made from.
  ///   - checkpoint: Where the fit was interrupted.
  /// - Throws: ``/OrnsteinTables/TableError``, or ``/OrnsteinLearning/TrainingError`` if the table
  ///   is another one.
  public convenience init(_ table: Table, resuming checkpoint: FitCheckpoint) throws {
    let points = try checkpoint.schema.encode(
      table, key: NoiseKey(seed: checkpoint.training.state.seed))
    self.init(
      table, points, schema: checkpoint.schema, process: checkpoint.process,
      session: try TrainingSession(data: points, resuming: checkpoint.training))
  }

  private init(
    _ table: Table, _ points: Batch<Float>, schema: Schema, process: ProcessSpecification,
    session: TrainingSession
  ) {
    self.schema = schema
    self.process = process
    self.session = session
    moments = DataMoments(of: points)
    heldOut = HeldOutDensity(
      table, points, rows: session.heldOutRows, schema: schema, seed: session.seed,
      multiplyAdds: session.settings.shape?.multiplyAddsPerPoint ?? 0)
  }

  /// The fit as it stands.
  public func checkpoint() -> FitCheckpoint {
    FitCheckpoint(schema: schema, process: process, training: session.checkpoint())
  }

  /// Trains to the end, or until told to stop, and measures the log-density of held-out rows.
  ///
  /// - Parameters:
  ///   - threads: How many threads work; does not change the model.
  ///   - reporting: How often `events` is called.
  ///   - checkpointing: How often `saveCheckpoint` is called; it is called at the end in any case.
  ///   - saveCheckpoint: Keeps a checkpoint; an error ends the fit and is thrown on.
  ///   - events: Told where training stands; says whether to go on.
  /// - Throws: ``/OrnsteinLearning/TrainingError``, or what `saveCheckpoint` throws.
  public func run(
    threads: Int, reporting: TrainingInterval = .seconds(0.5),
    checkpointing: TrainingInterval = .never,
    saveCheckpoint: (FitCheckpoint) throws -> Void = { _ in },
    events: (TrainingEvent) -> TrainingControl = { _ in .continue }
  ) throws -> TableModel {
    let trained = try session.run(
      threads: threads, reporting: reporting, checkpointing: checkpointing,
      saveCheckpoint: { training in
        try saveCheckpoint(FitCheckpoint(schema: schema, process: process, training: training))
      }, events: events)
    var record = trained.record
    let model = try TableModel(
      schema: schema, learned: .network(trained.network, record), moments: moments,
      process: process)
    guard record.finish != .stopped else { return model }
    record.heldOutLogDensity = heldOut.mean(under: model, threads: threads)
    return try TableModel(
      schema: schema, learned: .network(trained.network, record), moments: moments,
      process: process)
  }
}

/// An interrupted fit, from which it goes on bit for bit as if never interrupted.
public struct FitCheckpoint: Sendable {
  /// The columns, and how rows become points.
  public var schema: Schema
  /// The process that samples are drawn by later.
  public var process: ProcessSpecification
  /// The interrupted training.
  public var training: TrainingCheckpoint

  /// A checkpoint from its parts.
  public init(schema: Schema, process: ProcessSpecification, training: TrainingCheckpoint) {
    self.schema = schema
    self.process = process
    self.training = training
  }
}
