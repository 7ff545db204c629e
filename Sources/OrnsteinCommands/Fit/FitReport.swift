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
        + "\(shape.width) units\(settings.precision == .bfloat16 ? " in bfloat16" : ""), "
        + "\(settings.batchSize ?? 0) points a step, "
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
    var text = "Learned in \(Spelling.duration(seconds: record.seconds))"
    switch model.learned {
    case .network(_, let training): text += sentence(training)
    case .mixture(let mixture, _):
      let count = mixture.description.components.count
      text +=
        ": a mixture of \(count) normal law\(count == 1 ? "" : "s") "
        + "(\(record.heldOutRows) of \(record.rows) rows held out)."
    case .polynomial:
      text += " (\(record.heldOutRows) of \(record.rows) rows held out)."
    case .kernel(let law, _):
      text +=
        ": \(law.base.points.count) rows with normal noise "
        + "(\(record.heldOutRows) of \(record.rows) rows held out)."
    }
    for remark in record.remarks { text += "\n" + remark }
    if let density = record.heldOutLogDensity { text += "\n" + Self.sentence(density) }
    return text + """

      Wrote "\(output)". Next:
        ornstein sample \(output) -n 1000 -o new.csv
        ornstein evaluate new.csv \(table)
      """
  }

  private static func sentence(_ record: TrainingRecord) -> String {
    var text = ", \(record.steps) steps"
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
    return text
  }

  /// The mean log-density of held-out rows in words.
  static func sentence(_ density: MeanLogDensity) -> String {
    "Held-out log-density \(Spelling.number(density.mean)) ± "
      + "\(Spelling.number(density.standardError, digits: 2)) nats a row (\(density.rows) rows)."
  }

  private struct Summary: Encodable {
    var model: String
    var learner: String
    var rows: Int
    var heldOutRows: Int
    var heldOutLogDensity: MeanLogDensity?
    var seconds: Double
    var seed: UInt64
    var remarks: [String]?
    var steps: Int?
    var modelStep: Int?
    var loss: Double?
    var heldOutLoss: Double?
    var heldOutStandardError: Double?
    var finish: String?
    var components: Int?
    var bandwidth: Double?

    init(_ fitted: TableModel, output: String) {
      let record = fitted.record
      model = output
      learner = fitted.learned.learner
      (rows, heldOutRows, seed) = (record.rows, record.heldOutRows, record.seed)
      (heldOutLogDensity, seconds) = (record.heldOutLogDensity, record.seconds)
      remarks = record.remarks.isEmpty ? nil : record.remarks
      switch fitted.learned {
      case .network(_, let training):
        (steps, modelStep, loss) = (training.steps, training.modelStep, training.loss)
        (heldOutLoss, heldOutStandardError) =
          (training.heldOutLoss, training.heldOutStandardError)
        finish = training.finish.rawValue
      case .mixture(let mixture, _): components = mixture.description.components.count
      case .polynomial: break
      case .kernel(let law, _): bandwidth = law.bandwidth
      }
    }
  }

  static func json(_ model: TableModel, output: String) throws -> String {
    try JSONText.encode(Summary(model, output: output))
  }
}
