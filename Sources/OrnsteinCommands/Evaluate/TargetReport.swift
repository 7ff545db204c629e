import Ornstein

/// An evaluation against an exact law as text, and what it means.
struct TargetReport {
  private let evaluation: TargetEvaluation
  private let name: String

  init(_ evaluation: TargetEvaluation, name: String) {
    self.evaluation = evaluation
    self.name = name
  }

  var text: String {
    let parts = [
      header, EvaluationReport.aligned(rows), totalVariation, explanation,
      evaluation.verdict.sentence, evaluation.notes.joined(separator: "\n"),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var header: String {
    var text = "\(evaluation.samples) samples against \(name), \(evaluation.dimension) "
    text += evaluation.dimension == 1 ? "coordinate" : "coordinates"
    if evaluation.sigma > 0 || evaluation.alpha != 1 {
      let scale = evaluation.alpha == 1 ? "" : "\(number(evaluation.alpha)) times "
      text += ", \(scale)with noise of deviation \(number(evaluation.sigma))"
    }
    return text
  }

  private var rows: [[String]] {
    var rows = [["", "value", "± error", "floor", "± sd", "p"]]
    func add(_ label: String, _ comparison: Comparison?) {
      if let comparison { rows.append([label] + EvaluationReport.cells(comparison)) }
    }
    if let witness = evaluation.totalVariation {
      rows.append([
        "total variation, at least", number(witness.value, 3), number(witness.standardError),
        number(witness.floor), number(witness.floorStandardDeviation), number(witness.pValue),
      ])
    }
    for partition in evaluation.partitions {
      add("TV of \(partition.cells) \(partition.word)", partition.comparison)
    }
    if let divergence = evaluation.klDivergence {
      rows.append([
        "KL divergence, estimate", number(divergence.value, 3), number(divergence.standardError),
        "0", number(divergence.floorStandardDeviation), number(divergence.pValue),
      ])
    }
    add("mean, in deviations", evaluation.moments.mean)
    add("covariance, relative", evaluation.moments.covariance)
    add("Frechet distance squared", evaluation.moments.frechet)
    let worst = evaluation.projections.min {
      ($0.kolmogorovSmirnov.pValue, -$0.kolmogorovSmirnov.value)
        < ($1.kolmogorovSmirnov.pValue, -$1.kolmogorovSmirnov.value)
    }
    if let worst {
      let count = evaluation.projections.count
      let which = count == 1 ? "" : " along \(worst.name), the worst of \(count)"
      add("Kolmogorov-Smirnov\(which)", worst.kolmogorovSmirnov)
      add("Cramer-von Mises\(count == 1 ? "" : " along \(worst.name)")", worst.cramerVonMises)
    }
    add("sliced Wasserstein-1", evaluation.slicedWasserstein1)
    add("sliced Wasserstein-2", evaluation.slicedWasserstein2)
    add("energy distance", evaluation.energyDistance)
    add("kernel discrepancy squared", evaluation.kernelDiscrepancy)
    return rows
  }

  private var totalVariation: String {
    guard let witness = evaluation.totalVariation else { return "" }
    var text =
      "The total variation distance is at least \(number(witness.lowerBound, 3)) with probability "
      + "0.95."
    let cells = evaluation.partitions.filter { $0.debiased > 0 }
    if !cells.isEmpty {
      text +=
        " Without what chance adds, cells show "
        + cells.map { "\(number($0.debiased)) (\($0.word))" }.joined(separator: ", ") + "."
    }
    return text
  }

  private var explanation: String {
    "The floor is what \(evaluation.compared) exact samples score, measured on "
      + "\(evaluation.repetitions) such samples; p is the chance that they score so much or more."
  }

  private func number(_ value: Double, _ digits: Int = 2) -> String {
    Spelling.number(value, digits: digits)
  }
}

extension PartitionDistance {
  fileprivate var word: String { name == "log-density" ? "log-densities" : name }
}
