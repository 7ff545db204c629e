import Ornstein

/// An evaluation as a table of text, and what it means.
enum EvaluationReport {
  static func text(_ evaluation: TableEvaluation) -> String {
    let compared = evaluation.comparedRows
    var rows = [["", "value", "± error", "floor", "± sd", "p"]]
    rows.append(["energy distance"] + cells(evaluation.energyDistance))
    rows.append(["sliced Wasserstein"] + cells(evaluation.slicedWasserstein))
    rows.append(["kernel discrepancy squared"] + cells(evaluation.kernelDiscrepancy))
    rows.append(
      ["Wasserstein-2 of \(evaluation.transportRows.samples) rows"]
        + cells(evaluation.transportDistance))
    if let frechet = evaluation.frechet {
      rows.append(["Frechet distance squared"] + cells(frechet))
    }
    for column in evaluation.columns {
      rows.append(["\(column.name), \(column.measure)"] + cells(column.comparison))
    }
    var text =
      "\(evaluation.sampleRows) samples against \(evaluation.referenceRows) rows of reference"
    if compared.samples < evaluation.sampleRows || compared.reference < evaluation.referenceRows {
      text += " (\(compared.samples) against \(compared.reference) of them compared)"
    }
    text += "\n\n" + aligned(rows) + "\n\n" + verdict(evaluation)
    if let memorisation = evaluation.memorisation { text += "\n" + sentence(memorisation) }
    return text
  }

  static func cells(_ comparison: Comparison) -> [String] {
    [
      Spelling.number(comparison.value, digits: 3),
      Spelling.number(comparison.standardError, digits: 2),
      Spelling.number(comparison.floor, digits: 3),
      Spelling.number(comparison.floorStandardDeviation, digits: 2),
      Spelling.number(comparison.pValue, digits: 2),
    ]
  }

  static func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func verdict(_ evaluation: TableEvaluation) -> String {
    let joint = evaluation.energyDistance
    var text =
      "The floor is what perfect samples of these sizes score; p is the chance that they score so "
      + "much or more.\n"
    if joint.pValue > 0.05 {
      text += "Jointly, the samples cannot be told from the reference (p \(number(joint.pValue)))."
    } else {
      text +=
        "Jointly, the samples differ from the reference: energy distance \(number(joint.value)), "
        + "\(number(joint.excess)) standard deviations above the floor."
    }
    let off = evaluation.columns
      .filter { $0.comparison.pValue <= 0.01 / Double(evaluation.columns.count).squareRoot() }
      .sorted { $0.comparison.excess > $1.comparison.excess }
    if let worst = off.first {
      text +=
        "\nBy itself, \(worst.name) differs most: \(number(worst.comparison.value)) against a floor "
        + "of \(number(worst.comparison.floor))."
    }
    return text
  }

  private static func sentence(_ memorisation: Memorisation) -> String {
    var text = "Of the samples \(percent(memorisation.copyShare)) are rows of training"
    if memorisation.heldOutCopyShare > 0 {
      text += " (of the reference \(percent(memorisation.heldOutCopyShare)))"
    }
    text +=
      ", and \(percent(memorisation.closeShare)) lie closer to one than 95 % of the reference do; 5 % "
      + "would by chance."
    if let ratio = memorisation.medianRatio {
      text += " Their median distance to training is \(number(ratio)) of the reference's."
    }
    return text
  }

  private static func percent(_ share: Double) -> String {
    Spelling.number(100 * share, digits: 3) + " %"
  }

  private static func number(_ value: Double) -> String { Spelling.number(value, digits: 2) }
}
