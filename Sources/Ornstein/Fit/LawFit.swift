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

  let schema: Schema
  let process: ProcessSpecification
  let data: TrainingData
  private let table: Table
  private let seed: UInt64
  private let points: Batch<Float>
  private let weights: [Double]?

  /// The number of rows.
  var rows: Int { points.count }

  /// A fit of some encoding.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - encoding: How numbers become coordinates.
  ///   - spreadingLabels: Whether labels, which all lie in few points, get noise, and angles a radius that
  ///     varies.
  ///   - hints: What the user knows about the columns.
  ///   - weights: How much each row counts, a number above 0, or `nil` for 1; for mixtures.
  ///   - process: The process that samples are drawn by later.
  ///   - seed: The seed of everything.
  init(
    _ table: Table, _ encoding: Encoding, spreadingLabels: Bool = false, hints: SchemaHints,
    weights: [Double]? = nil, process: ProcessSpecification, seed: UInt64
  ) throws {
    let inferred = try Schema(of: table, following: hints)
    try self.init(
      table,
      schema: encoding == .normalScores
        ? inferred
        : inferred.shiftedAndScaled(keepingUnits: encoding == .units, following: hints),
      spreadingLabels: spreadingLabels, weights: weights, process: process, seed: seed)
  }

  /// A fit of rows encoded by a schema.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - schema: How they are encoded.
  ///   - spreadingLabels: As above.
  ///   - weights: How much each row counts, a number above 0, or `nil` for 1.
  ///   - process: The process that samples are drawn by later.
  ///   - seed: The seed of everything.
  init(
    _ table: Table, schema: Schema, spreadingLabels: Bool = false, weights: [Double]? = nil,
    process: ProcessSpecification, seed: UInt64
  ) throws {
    self.table = table
    self.schema = schema
    self.process = process
    self.seed = seed
    self.weights = weights
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
    threads: Int, gaps: GapTreatment? = nil, secondsBefore: Double = 0,
    learn: (Batch<Double>) throws -> Found,
    goOn: (Found, Batch<Double>) throws -> Found = { found, _ in found },
    make: (Found, LearningRecord) -> LearnedScore, remarks: (Found) -> [String] = { _ in [] }
  ) throws -> TableModel {
    let clock = ContinuousClock()
    let start = clock.now
    let found = try learn(Self.widened(data.training))
    var record = LearningRecord(
      seed: seed, rows: points.count, heldOutRows: data.heldOutRows.count, dataHash: data.hash,
      seconds: secondsBefore + (clock.now - start) / .seconds(1), remarks: remarks(found))
    record.gaps = gaps
    let moments = DataMoments(of: points)
    // Of rows with gaps, some coordinates stand for nothing; of rows with weights, these are not the law's.
    let areOfTheLaw = gaps != nil || weights != nil
    func model(_ found: Found) throws -> TableModel {
      let learned = make(found, record)
      return try TableModel(
        schema: schema, learned: learned,
        moments: areOfTheLaw ? learned.mixture?.moments ?? moments : moments, process: process)
    }
    let judged = try model(found)
    let isClosed = judged.learned.closedForm != nil
    record.heldOutLogDensity = HeldOutDensity(
      table, try schema.encode(table, key: NoiseKey(seed: seed)), rows: data.heldOutRows,
      weights: weights, schema: schema, seed: seed,
      multiplyAdds: isClosed ? 0 : judged.score.multiplyAddsPerPoint,
      method: judged.learned.heldOutMethod,
      most: isClosed ? Self.mostHeldOut : HeldOutDensity.mostRows
    ).mean(under: judged, threads: threads)
    let resumed = clock.now
    let whole = try goOn(found, Self.widened(points))
    record.seconds += (clock.now - resumed) / .seconds(1)
    return try model(whole)
  }

  /// The model of a mixture, learned from what cells hold, and then from which of them are missing.
  func mixture(
    _ search: MixtureSearch, key: NoiseKey, threads: Int, ledger: MixtureLedger,
    secondsBefore: Double, remarks: [String], events: (MixtureSearch.Event) -> Bool
  ) throws -> TableModel {
    let layout = GapLayout(schema)
    let law = GapLaw(layout)
    func learned(
      _ rows: Batch<Double>, _ weights: [Double]?,
      _ learn: (Batch<Double>, [Double]?) throws -> MixtureSearch.Outcome
    ) throws -> MixtureOfRows {
      do {
        let values = layout.values(of: rows)
        let kept = values.rowsWithValues
        let found =
          kept.count == values.count
          ? try learn(values, weights)
          : try learn(
            Batch(kept.flatMap { values.point($0) }, dimension: values.dimension),
            weights.map { weights in kept.map { weights[$0] } })
        return MixtureOfRows(
          found: found, mixture: try law.joined(found.mixture, rows, weights: weights))
      } catch ExpectationMaximizationError.emptyColumn(let place) {
        throw emptied(layout.values[place])
      }
    }
    return try model(
      threads: threads, gaps: layout.markers.isEmpty ? nil : .marginal,
      secondsBefore: secondsBefore
    ) { rows in
      let weights = weights.map { weights in data.trainingRows.map { weights[$0] } }
      return try learned(rows, weights) {
        try search.run(
          $0, weights: $1, key: key, threads: threads, ledger: ledger, events: events)
      }
    } goOn: { before, rows in
      try learned(rows, weights) {
        try search.goOn(
          before.found, with: $0, weights: $1, key: key, threads: threads, ledger: ledger,
          events: events)
      }
    } make: { found, record in
      .mixture(found.mixture, record)
    } remarks: {
      $0.found.remarks + remarks
    }
  }

  /// What a mixture is, with what was found of its values.
  private struct MixtureOfRows {
    let found: MixtureSearch.Outcome
    let mixture: GaussianMixture<Double>
  }

  private func emptied(_ coordinate: Int) -> TableError {
    let column = schema.coordinateRanges.firstIndex { $0.contains(coordinate) } ?? 0
    return .schema(
      file: table.source,
      reason: "column \"\(schema.columns[column].name)\" holds too few values for a mixture to be "
        + "learned: rows are kept out, and none with a value is left; leave the column out.")
  }
}
