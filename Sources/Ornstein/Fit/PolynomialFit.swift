import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables

/// Learns polynomials of a table, in its units and of the normal scores of its columns, and takes the
/// model of the higher bound on the rows kept out; a base variance that is told is one in units.
func fitPolynomials(
  _ table: Table, _ settings: PolynomialSettings, hints: SchemaHints,
  process: ProcessSpecification, seed: UInt64, threads: Int, progress: (LearningProgress) -> Bool
) throws -> TableModel {
  let encodings: [LawFit.Encoding] =
    settings.baseVariance == .estimated ? [.units, .normalScores] : [.units]
  var best: (model: TableModel, height: Double)?
  var seconds = 0.0
  for encoding in encodings {
    let law = try LawFit(
      table, encoding, spreadingLabels: true, hints: hints, process: process, seed: seed)
    let model = try law.model(threads: threads) { rows in
      let found = try PolynomialRegression(settings).fit(
        rows, key: NoiseKey(seed: seed), threads: threads
      ) {
        progress(LearningProgress("level \($0.level) of \($0.levels)"))
      }
      guard found.record.finish != .stopped else { throw CancellationError() }
      return found
    } make: { found, record in
      .polynomial(found.score, record)
    } remarks: {
      $0.record.remarks + [encoding.remark]
    }
    seconds += model.record.seconds
    let height = model.record.heldOutLogDensity?.mean ?? -.infinity
    if height > best?.height ?? -.infinity || best == nil { best = (model, height) }
  }
  guard let model = best?.model, case .polynomial(let score, var record) = model.learned else {
    throw CancellationError()
  }
  record.seconds = seconds
  return try TableModel(
    schema: model.schema, learned: .polynomial(score, record), moments: model.moments,
    process: process)
}

extension LawFit.Encoding {
  /// What was learned, in words.
  fileprivate var remark: String {
    switch self {
    case .units, .deviations: "Learned in the units of the columns, or multiples of them."
    case .normalScores: "Learned of the normal scores of the columns."
    }
  }
}

extension PolynomialRecord {
  /// What a user should know, a sentence each.
  fileprivate var remarks: [String] {
    guard let last = levels.last else { return [] }
    return [
      "\(levels.count) levels; the last has \(last.cells) cells, degrees \(last.degrees.lowerBound) to "
        + "\(last.degrees.upperBound).",
      "The errors of the score add about \(pathDivergence.rounded(toSignificantDigits: 2)) nats to the divergence of the paths.",
      "Its held-out log-density is a lower bound, that of a thousand ancestral steps.",
    ]
  }
}
