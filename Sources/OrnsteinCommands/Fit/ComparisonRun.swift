import Ornstein

/// `fit --compare` and `fit --learner auto`: learners side by side on rows that none has seen.
struct ComparisonRun {
  private let command: FitCommand
  private let rows: Table
  private let learners: [Learner]
  private let truth: (any ExactTarget<Double>)?

  init(_ command: FitCommand, _ rows: Table, _ name: LearnerOptions.Name) throws {
    self.command = command
    self.rows = rows
    learners = try command.learnerOptions.learners(name, command.training)
    truth = try command.against.map {
      try TargetFile(contentsOf: $0).makeTarget(Double.self)
    }
    if let truth, truth.dimension != rows.columns.count {
      throw CommandFailure(
        .badInput,
        "The table has \(rows.columns.count) columns and the law \(truth.dimension) coordinates; "
          + "--against must be the law of the rows.")
    }
  }

  /// Learns, prints the table, and gives the winner.
  func run() throws -> TableModel? {
    var progress = ProgressLine(isShown: !command.outputOptions.quiet)
    let comparison: LearnerComparison
    do {
      comparison = try LearnerComparison(
        of: rows, learners: learners, hints: try command.hints,
        process: try command.processGiven ?? .ornsteinUhlenbeck, truth: truth,
        seed: command.seed ?? 0, threads: command.threads.count
      ) { learner, stage in
        progress.show("\(learner): \(stage)")
        return !Interruption.isRequested
      }
    } catch is CancellationError {
      throw CommandFailure(.interrupted, "Interrupted; nothing was written.")
    }
    progress.clear()
    let console = command.outputOptions.console
    if command.outputOptions.json, command.compare {
      try console.print(try JSONText.encode(ComparisonSummary(comparison)))
    } else if command.compare {
      try console.print(ComparisonSummary(comparison).text)
    } else {
      console.note(ComparisonSummary(comparison).text)
    }
    guard let best = comparison.best else {
      throw CommandFailure(
        .failed,
        "No learner has learned the table: "
          + comparison.entries.compactMap(\.failure).joined(separator: " "))
    }
    return best
  }
}

/// Learners side by side, for people and machines.
struct ComparisonSummary: Encodable {
  /// A number, or an upper bound of it, and its standard error.
  struct Measured: Encodable {
    enum Kind: String, Encodable {
      case estimate, bound
    }

    var value: Double
    var standardError: Double
    var kind: Kind

    init?(_ quantity: Quantity?, isBound: Bool = false) {
      guard let quantity, quantity.isKnown else { return nil }
      (value, standardError) = (quantity.value, quantity.standardError)
      kind = isBound ? .bound : .estimate
    }

    var text: String {
      (kind == .bound ? "≤ " : "")
        + "\(Spelling.number(value, digits: 3)) ± \(Spelling.number(standardError, digits: 2))"
    }
  }

  /// One learner.
  struct Row: Encodable {
    var learner: String
    var heldOutLogDensity: MeanLogDensity?
    var divergence: Measured?
    var totalVariation: Measured?
    var centreError: Double?
    var energyDistance: Comparison?
    var seconds: Double
    var remarks: [String]
    var failure: String?
  }

  var heldOutRows: Int
  var learners: [Row]
  var lead: Measured?

  init(_ comparison: LearnerComparison) {
    heldOutRows = comparison.heldOutRows
    lead = Measured(comparison.lead)
    learners = comparison.entries.map {
      Row(
        learner: $0.learner, heldOutLogDensity: $0.logDensity,
        divergence: Measured($0.divergence, isBound: $0.areBounds),
        totalVariation: Measured($0.totalVariation, isBound: $0.areBounds),
        centreError: $0.centreError, energyDistance: $0.energyDistance, seconds: $0.seconds,
        remarks: $0.remarks, failure: $0.failure)
    }
  }

  var text: String {
    var header = ["learner", "log-density, nats a row", "energy distance (p)", "seconds"]
    let isMeasured = learners.contains { $0.divergence != nil }
    if isMeasured { header.insert(contentsOf: ["KL from truth", "TV", "centres"], at: 2) }
    let rows = learners.map { row in
      guard row.failure == nil else { return [row.learner, "failed"] }
      var cells = [
        row.learner,
        row.heldOutLogDensity.map {
          "\(Spelling.number($0.mean)) ± \(Spelling.number($0.standardError, digits: 2))"
        } ?? "-",
      ]
      if isMeasured {
        cells += [
          row.divergence?.text ?? "-", row.totalVariation?.text ?? "-",
          row.centreError.map { Spelling.number($0, digits: 3) } ?? "-",
        ]
      }
      cells.append(
        row.energyDistance.map {
          "\(Spelling.number($0.value, digits: 2)) (\(Spelling.number($0.pValue, digits: 2)))"
        } ?? "-")
      return cells + [Spelling.number(row.seconds, digits: 3)]
    }
    let hasBounds = learners.contains { $0.divergence?.kind == .bound }
    var text = "On \(heldOutRows) rows that no learner has seen:\n"
    text += TextTable(header: header, rows: rows).text
    if hasBounds {
      text +=
        "\n≤: an estimate of an upper bound, of KL by the variational bound of the log-density, and "
        + "of TV by KL (Pinsker; Bretagnolle and Huber)."
    }
    for row in learners {
      if let failure = row.failure { text += "\n\(row.learner): \(failure)" }
      for remark in row.remarks { text += "\n\(row.learner): \(remark)" }
    }
    if let lead, learners.count > 1 {
      text +=
        "\nThe best is \(learners[0].learner), ahead of \(learners[1].learner) by \(lead.text) nats "
        + "a row on the same rows."
    }
    return text
  }
}
