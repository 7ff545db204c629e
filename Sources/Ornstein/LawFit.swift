import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// A fit of a law with a closed form: encodes the table, learns, and measures the rows kept out.
struct LawFit {
  /// The share of the rows kept out.
  private static let heldOutShare = 0.1
  /// The most held-out rows of a law in closed form.
  private static let mostHeldOut = 20_000

  private let table: Table
  private let schema: Schema
  private let process: ProcessSpecification
  private let seed: UInt64
  private let points: Batch<Float>
  private let data: TrainingData

  init(
    _ table: Table, keepingUnits: Bool, hints: SchemaHints, process: ProcessSpecification,
    seed: UInt64
  ) throws {
    self.table = table
    self.process = process
    self.seed = seed
    schema = try Schema(of: table, following: hints)
      .shiftedAndScaled(keepingUnits: keepingUnits, following: hints)
    points = try schema.encode(table, key: NoiseKey(seed: seed))
    data = try TrainingData(
      points, heldOutFraction: Self.heldOutShare, key: NoiseKey(seed: seed))
  }

  /// The rows to learn from.
  var rows: Batch<Double> {
    Batch(
      unsafeUninitializedCount: data.training.count, dimension: data.training.dimension
    ) { output in
      data.training.withUnsafeBufferPointer { rows in
        for index in rows.indices { output[index] = Double(rows[index]) }
      }
    }
  }

  /// The model of what `learn` makes of the rows.
  func model(
    threads: Int,
    _ learn: (Batch<Double>) throws -> (make: (LearningRecord) -> LearnedScore, remarks: [String])
  ) throws -> TableModel {
    let clock = ContinuousClock()
    let start = clock.now
    let learned = try learn(rows)
    var record = LearningRecord(
      seed: seed, rows: points.count, heldOutRows: data.heldOutRows.count, dataHash: data.hash,
      seconds: (clock.now - start) / .seconds(1), remarks: learned.remarks)
    let moments = DataMoments(of: points)
    let model = try TableModel(
      schema: schema, learned: learned.make(record), moments: moments, process: process)
    let isClosed = model.learned.closedForm != nil
    record.heldOutLogDensity = HeldOutDensity(
      table, points, rows: data.heldOutRows, schema: schema, seed: seed,
      multiplyAdds: isClosed ? 0 : model.score.multiplyAddsPerPoint,
      most: isClosed ? Self.mostHeldOut : HeldOutDensity.mostRows
    ).mean(under: model, threads: threads)
    return try TableModel(
      schema: schema, learned: learned.make(record), moments: moments, process: process)
  }
}
