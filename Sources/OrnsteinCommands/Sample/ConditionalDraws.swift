import Ornstein

/// How rows were drawn from a conditional law.
struct ConditionalPlan: Codable {
  var method = "exact-conditional"
  /// The conditions as they were given, by name.
  var conditions: [String: String]
  var seed: UInt64
}

/// `sample --where`: draws from the law given some columns.
extension SampleCommand {
  /// Draws from the conditional law of a mixture.
  func drawConditional(on conditions: Conditions) throws {
    try refusePlans()
    if source.lowercased().hasSuffix(".json") {
      try drawTarget(on: conditions)
    } else {
      try drawModel(on: conditions)
    }
  }

  private func drawModel(on conditions: Conditions) throws {
    let law = try MixtureSource.model(source, for: "--where")
    let rows: ConditionalRows
    do {
      rows = try ConditionalRows(
        of: law.mixture, schema: law.schema, given: conditions.record,
        key: NoiseKey(seed: planOptions.seed))
    } catch let error as ImputationError {
      throw CommandFailure(.badUsage, "--where: \(error)")
    }
    let writer = try TableWriter(
      path: output, schema: law.schema, holding: rows.held, threads: threads.count)
    try drawConditional(conditions, numbersPerRow: law.schema.dimension, writer) {
      try writer.write(try rows.encoded($0, threads: threads.count))
    }
  }

  private func drawTarget(on conditions: Conditions) throws {
    let mixture = try MixtureSource.target(source, for: "--where")
    let d = mixture.dimension
    let given = try conditions.coordinates(dimension: d)
    let law = try mixture.conditional(on: given)
    let free = (0..<d).filter { given[$0] == nil }
    let key = NoiseKey(seed: planOptions.seed)
    let writer = try TableWriter(
      path: output, names: (0..<d).map { "x\($0)" }, element: .double, threads: threads.count)
    try drawConditional(conditions, numbersPerRow: d, writer) { rows in
      var points = Batch<Double>(count: rows.count, dimension: d)
      let drawn = law.drawExactly(rows: rows, key: key)
      points.withUnsafeMutableBufferPointer { points in
        drawn.withUnsafeBufferPointer { drawn in
          for row in 0..<rows.count {
            for (coordinate, value) in given { points[row * d + coordinate] = value }
            for (place, coordinate) in free.enumerated() {
              points[row * d + coordinate] = drawn[row * free.count + place]
            }
          }
        }
      }
      try writer.write(points)
    }
  }

  private func drawConditional(
    _ conditions: Conditions, numbersPerRow: Int, _ writer: TableWriter,
    _ draw: (Range<Int>) throws -> Void
  ) throws {
    let hash = try SHA256.hexadecimal(ofFile: source)
    let seconds = try loop(numbersPerRow: numbersPerRow).run(draw)
    try writer.finish()
    try record(
      SampleRecord(
        samples: output, source: source, sourceHash: hash, seed: planOptions.seed,
        plan: ConditionalPlan(conditions: conditions.record, seed: planOptions.seed), rows: count,
        firstRow: firstRow, evaluationsPerRow: nil, seconds: seconds,
        clippedCells: writer.clipped.reduce(0, +), trajectory: nil))
  }

  /// Refuses every option of a sampler, none of which takes part.
  private func refusePlans() throws(CommandFailure) {
    let options = planOptions
    let others: [(name: String, isGiven: Bool)] = [
      ("--sampler", options.name != nil), ("--sampler-option", !options.samplerOption.isEmpty),
      ("--snr", options.snr != nil), ("--steps", options.chosenSteps != nil),
      ("--rho", options.rho != nil), ("--process", options.process != nil),
      ("--horizon", options.horizon != nil), ("--stop", options.stop != nil),
      ("--initial", options.initial != nil), ("--save-trajectory", saveTrajectory != nil),
      ("--report", report != nil),
    ]
    guard let option = (options.linearOnly + others).first(where: \.isGiven)?.name else { return }
    throw CommandFailure(
      .badUsage,
      "\(option) means nothing with --where: conditional sampling is exact, by the closed form of a "
        + "mixture; leave it out.")
  }
}
