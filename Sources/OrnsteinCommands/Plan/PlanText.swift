import Ornstein

/// A plan as a person reads it.
struct PlanText {
  private let answer: PlanAnswer
  private let rows: Int
  private let threads: Int

  init(_ answer: PlanAnswer, rows: Int, threads: Int) {
    self.answer = answer
    self.rows = rows
    self.threads = threads
  }

  var text: String {
    let budget = answer.budget
    var rows = ErrorBudget.Part.allCases.map { [$0.rawValue, budget[$0].text] }
    if let whole = budget.whole { rows.append(["whole", whole.text]) }
    if budget.whole == nil { rows.append(["sum of the known", budget.known.text]) }
    var lines = [
      "\(answer.plan.predictor.name), \(answer.evaluations) evaluations\(ends)\(seconds)",
      "\(budget.metric.title) from the \(budget.reference.rawValue):",
      TextTable(header: nil, rows: rows).text,
    ]
    if !budget.unknownParts.isEmpty {
      lines.append(
        "Unknown: \(budget.unknownParts.map(\.rawValue).joined(separator: ", ")).")
    }
    if let path = answer.path, path.path.isKnown {
      lines.append(
        "Divergence of the paths, which bounds KL at the stop: \(path.path.text) nats = "
          + "\(path.initialization.text) + \(path.score.text) + \(path.discretization.text); "
          + "W2 of the stop \(path.earlyStopping.text).")
    }
    return lines.joined(separator: "\n")
  }

  private var ends: String {
    guard let levels = try? answer.plan.levels(), let first = levels.first, let last = levels.last,
      !answer.plan.predictor.summary.isPlanned
    else { return "" }
    return
      ", time \(Spelling.number(first.time)) to \(Spelling.number(last.time))"
  }

  private var seconds: String {
    guard let secondsPerRow = answer.secondsPerRow else { return "" }
    let time = Spelling.duration(seconds: secondsPerRow * Double(rows) / Double(threads))
    return ", about \(time) for \(rows) rows on \(threads) thread\(threads == 1 ? "" : "s")"
  }

  /// Plans side by side, the best first.
  static func table(
    _ answers: [PlanAnswer], metric: ErrorMetric, rows: Int, threads: Int
  ) -> String {
    let sorted = answers.sorted { rank($0) < rank($1) }
    return TextTable(
      header: ["sampler", "evaluations", "seconds", "start", "steps", "stop", metric.rawValue],
      rows: sorted.map { answer in
        let budget = answer.budget
        let seconds = (answer.secondsPerRow ?? 0) * Double(rows) / Double(threads)
        return [
          answer.plan.predictor.name, "\(answer.evaluations)",
          Spelling.number(seconds, digits: 2), budget.initialization.text,
          budget.discretization.text, budget.earlyStopping.text, budget.total.text,
        ]
      }
    ).text
  }

  private static func rank(_ answer: PlanAnswer) -> Double {
    let total = answer.budget.total
    return total.isKnown ? total.value : .infinity
  }
}
