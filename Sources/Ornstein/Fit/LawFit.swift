import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// A fit of a law with a closed form: encodes the table, learns, and measures the rows kept out.
struct LawFit {
  /// How numbers become coordinates.
  enum Encoding: CaseIterable {
    /// Shifted, and scaled where their deviations are far apart.
    case units
    /// Shifted, and divided by their deviations.
    case deviations
    /// Mapped to normal scores, as for networks.
    case normalScores
  }

  /// The deviation of the noise that labels get where a learner needs a density, far below the distance
  /// of two labels.
  static let labelDeviation = 0.1
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

  /// A fit of some encoding.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - encoding: How numbers become coordinates.
  ///   - spreadingLabels: Whether labels, which all lie in few points, get noise, and angles a radius that
  ///     varies.
  ///   - hints: What the user knows about the columns.
  ///   - process: The process that samples are drawn by later.
  ///   - seed: The seed of everything.
  init(
    _ table: Table, _ encoding: Encoding, spreadingLabels: Bool = false, hints: SchemaHints,
    process: ProcessSpecification, seed: UInt64
  ) throws {
    self.table = table
    self.process = process
    self.seed = seed
    let inferred = try Schema(of: table, following: hints)
    schema =
      encoding == .normalScores
      ? inferred
      : inferred.shiftedAndScaled(keepingUnits: encoding == .units, following: hints)
    let key = NoiseKey(seed: seed)
    let encoded = try schema.encode(table, key: key)
    points =
      spreadingLabels
      ? DequantisedRows(
        schema.measure(encoded, of: table),
        at: NoiseLevel(time: 0, alpha: 1, sigma: Self.labelDeviation), key: key, firstRow: 0
      ).points.converted(to: Float.self) : encoded
    data = try TrainingData(points, heldOutFraction: Self.heldOutShare, key: key)
  }

  private static func widened(_ rows: Batch<Float>) -> Batch<Double> {
    Batch(unsafeUninitializedCount: rows.count, dimension: rows.dimension) { output in
      rows.withUnsafeBufferPointer { rows in
        for index in rows.indices { output[index] = Double(rows[index]) }
      }
    }
  }

  /// The model of what `learn` makes of the rows.
  ///
  /// The rows kept out judge the law before `goOn` learns from them too.
  func model<Found>(
    threads: Int, learn: (Batch<Double>) throws -> Found,
    goOn: (Found, Batch<Double>) throws -> Found = { found, _ in found },
    make: (Found, LearningRecord) -> LearnedScore, remarks: (Found) -> [String] = { _ in [] }
  ) throws -> TableModel {
    let clock = ContinuousClock()
    let start = clock.now
    let found = try learn(Self.widened(data.training))
    var record = LearningRecord(
      seed: seed, rows: points.count, heldOutRows: data.heldOutRows.count, dataHash: data.hash,
      seconds: (clock.now - start) / .seconds(1), remarks: remarks(found))
    let moments = DataMoments(of: points)
    func model(_ found: Found) throws -> TableModel {
      try TableModel(
        schema: schema, learned: make(found, record), moments: moments, process: process)
    }
    let judged = try model(found)
    let isClosed = judged.learned.closedForm != nil
    record.heldOutLogDensity = HeldOutDensity(
      table, try schema.encode(table, key: NoiseKey(seed: seed)), rows: data.heldOutRows,
      schema: schema, seed: seed,
      multiplyAdds: isClosed ? 0 : judged.score.multiplyAddsPerPoint,
      method: judged.learned.heldOutMethod,
      most: isClosed ? Self.mostHeldOut : HeldOutDensity.mostRows
    ).mean(under: judged, threads: threads)
    let resumed = clock.now
    let whole = try goOn(found, Self.widened(points))
    record.seconds += (clock.now - resumed) / .seconds(1)
    return try model(whole)
  }
}
