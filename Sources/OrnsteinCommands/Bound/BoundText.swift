import Ornstein

/// A bound report as text.
enum BoundText {
  static func text(_ report: BoundReport, inputs: MeasuredInputs) -> String {
    var parts: [String] = []
    if !report.inputs.isEmpty { parts.append("INPUTS\n" + given(inputs)) }
    if !report.bounds.isEmpty {
      parts.append("BOUNDS, every constant known (nats)\n" + bounds(report.bounds))
    }
    if !report.publishedRates.isEmpty {
      parts.append(
        "PUBLISHED RATES, each up to an unknown constant: a scale is the expression without that "
          + "constant, and no bound\n\n"
          + report.publishedRates.map(published).joined(separator: "\n\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  static func number(_ quantity: Quantity, digits: Int = 4) -> String {
    switch quantity.certainty {
    case .unknown: "unknown"
    case .exact, .bound: Spelling.number(quantity.value, digits: digits)
    case .estimate(let error):
      Spelling.number(quantity.value, digits: digits)
        + (error > 0 ? " ± " + Spelling.number(error, digits: 2) : "")
    }
  }

  private static func given(_ inputs: MeasuredInputs) -> String {
    TextTable(
      header: nil,
      rows: BoundInput.allCases.compactMap { input in
        inputs.values[input].map { quantity in
          [
            "  " + input.symbol, number(quantity),
            inputs.isEstimate(input) ? "measured" : "known", input.meaning,
          ]
        }
      }
    ).text
  }

  // MARK: Bounds with known constants

  private static func bounds(_ bounds: [BoundReport.Explicit]) -> String {
    let rows = bounds.map { bound -> [String] in
      guard let total = bound.kl else {
        let reason = bound.reason ?? "needs " + bound.needs.joined(separator: ", ")
        return ["  " + bound.name, "\(bound.sampler), \(bound.grid)", reason]
      }
      return [
        "  " + bound.name, "\(bound.sampler), \(bound.grid)", kind(total),
        bound.horizon.map { Spelling.number($0) } ?? "-",
        bound.stop.map { Spelling.number($0) } ?? "-",
        bound.steps.map { Spelling.number($0, digits: 6) } ?? "-",
        cell(bound.initialization), bound.assumesExactScore == true ? "exact" : cell(bound.score),
        cell(bound.discretization), cell(total), cell(bound.tv), cell(bound.earlyStoppingW2),
        cell(bound.w2),
      ]
    }
    let known = rows.filter { $0.count > 3 }
    var lines: [String] = []
    if !known.isEmpty {
      lines.append(
        TextTable(
          header: [
            "  name", "sampler, grid", "kind", "T", "δ", "N", "initialization", "score", "steps",
            "KL", "TV", "W2 of δ", "W2",
          ], rows: known
        ).text)
    }
    let lacking = rows.filter { $0.count == 3 }
    if !lacking.isEmpty { lines.append(TextTable(header: nil, rows: lacking).text) }
    lines.append("")
    for bound in bounds {
      lines.append("  \(bound.name): \(bound.assumptions)")
      lines.append("    steps cost \(bound.formula), or less; \(bound.source)")
    }
    if known.contains(where: { $0[2] == "estimate" }) {
      lines.append("")
      lines.append(
        "  An estimate is a bound whose inputs were measured, with their standard errors carried over; "
          + "a Lipschitz\n  constant is the largest one seen, and the true one may be larger.")
    }
    if known.contains(where: { $0[7] == "exact" }) {
      lines.append("  Without --score-error, bounds are those of the exact score.")
    }
    return lines.joined(separator: "\n")
  }

  private static func kind(_ quantity: Quantity) -> String {
    quantity.name == "estimate" ? "estimate" : "bound"
  }

  private static func cell(_ quantity: Quantity?) -> String {
    quantity.map { number($0) } ?? "-"
  }

  // MARK: Published rates

  private static func published(_ row: BoundReport.Published) -> String {
    let measure = row.measure.uppercased()
    var lines = [
      "\(row.name): \(row.algorithm); bounds \(measure) to \(row.reference)",
      "  " + row.sources.map { "\($0.authors), arXiv \($0.arxiv)" }.joined(separator: "; ")
        + " (checked: \(row.verification))",
      "  assumes \(row.assumptions); score: \(row.scoreRequirement)",
      "  time: \(row.convention)",
    ]
    var rows = row.terms.map { term in
      [
        "    " + term.part, term.expression, scale(term),
      ]
    }
    if let complexity = row.complexity {
      rows.append([
        "    \(complexity.part) for \(row.goal)", complexity.expression, scale(complexity),
      ])
    }
    lines.append(TextTable(header: nil, rows: rows).text)
    if row.complexity == nil { lines.append("    no number of steps suffices in general") }
    if let lower = row.lowerBound { lines.append("  lower bound: \(lower)") }
    if let remark = row.remark { lines.append("  note: \(remark)") }
    lines.append(
      "  here: "
        + (row.samplers.isEmpty
          ? "no sampler does the same" : row.samplers.joined(separator: ", ")))
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func scale(_ term: BoundReport.Term) -> String {
    guard let scale = term.scale else {
      return term.needs.isEmpty ? "" : "needs " + term.needs.joined(separator: ", ")
    }
    let text = "unknown constant times the scale \(Spelling.number(scale, digits: 3))"
    guard let ratio = term.ratio else { return text }
    return text + ", \(Spelling.number(ratio, digits: 3)) times that of the other settings"
  }
}
