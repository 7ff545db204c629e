import Ornstein

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a fit says: at its beginning, while it runs, and at its end.
enum FitReport {
  static func beginning(of fit: Fit, table: Table, threads: Int) -> String {
    let settings = fit.session.settings
    var text = "Read \(table.rowCount) rows of \(table.columns.count) columns:"
    for column in fit.schema.columns {
      text += "\n  \(column.name): \(column.kindName.rawValue)"
      if column.missing > 0 { text += ", \(column.missing) missing" }
    }
    if let shape = settings.shape {
      text +=
        "\nLearning \(shape.dimension) coordinates with \(shape.hiddenLayers) layers of "
        + "\(shape.width) units, \(settings.batchSize ?? 0) points a step, "
        + "\(threads) thread\(threads == 1 ? "" : "s"), seed \(fit.session.seed)."
    }
    return text
  }

  static func line(_ event: TrainingEvent) -> String {
    var parts = ["step \(event.step)" + (event.totalSteps.map { " of \($0)" } ?? "")]
    if let loss = event.loss { parts.append("loss \(Spelling.number(loss))") }
    if let loss = event.heldOutLoss { parts.append("held-out \(Spelling.number(loss))") }
    parts.append("\(Spelling.number(event.stepsPerSecond, digits: 3)) steps/s")
    if let left = event.remainingSeconds {
      parts.append("\(Spelling.duration(seconds: left)) left")
    }
    return parts.joined(separator: "  ")
  }

  static func end(_ model: TableModel, output: String, table: String) -> String {
    let record = model.record
    var text = "Learned in \(Spelling.duration(seconds: record.seconds)), \(record.steps) steps"
    switch record.finish {
    case .steps: text += "."
    case .time: text += ": the time was over."
    case .heldOutLoss: text += ": the held-out loss no longer improved."
    case .stopped: text += ": stopped."
    }
    if let loss = record.heldOutLoss {
      text += " Held-out loss \(Spelling.number(loss))"
      if let error = record.heldOutStandardError {
        text += " ± \(Spelling.number(error, digits: 2))"
      }
      text += " (at step \(record.modelStep), \(record.heldOutRows) rows held out)."
    }
    if let density = record.heldOutLogDensity { text += "\n" + Self.sentence(density) }
    return text + """

      Wrote "\(output)". Next:
        ornstein sample \(output) -n 1000 -o new.csv
        ornstein evaluate new.csv \(table)
      """
  }

  /// The mean log-density of held-out rows in words.
  static func sentence(_ density: MeanLogDensity) -> String {
    "Held-out log-density \(Spelling.number(density.mean)) ± "
      + "\(Spelling.number(density.standardError, digits: 2)) nats a row (\(density.rows) rows)."
  }

  private struct Summary: Encodable {
    var model: String
    var steps: Int
    var modelStep: Int
    var rows: Int
    var heldOutRows: Int
    var loss: Double?
    var heldOutLoss: Double?
    var heldOutStandardError: Double?
    var heldOutLogDensity: MeanLogDensity?
    var seconds: Double
    var finish: String
    var seed: UInt64
  }

  static func json(_ model: TableModel, output: String) throws -> String {
    let record = model.record
    return try JSONText.encode(
      Summary(
        model: output, steps: record.steps, modelStep: record.modelStep, rows: record.rows,
        heldOutRows: record.heldOutRows, loss: record.loss, heldOutLoss: record.heldOutLoss,
        heldOutStandardError: record.heldOutStandardError,
        heldOutLogDensity: record.heldOutLogDensity, seconds: record.seconds,
        finish: record.finish.rawValue, seed: record.seed))
  }
}
