import Foundation
import Ornstein
import Synchronization

/// The cases over many seeds, as one Markdown table.
struct RecoveryTable {
  var cases: [RecoveryCase]
  var seeds: Int
  var threads: Int

  /// Two components in 20 dimensions, five from a warm start, and the targets of the folder.
  static func usualCases(in folder: String) throws -> [RecoveryCase] {
    var cases: [RecoveryCase] = []
    let n = 20
    for separation in [4 / Double(n).squareRoot(), 1.5, 2, 3, 4] {
      var mean = [Double](repeating: 0, count: n)
      mean[0] = separation / 2
      cases.append(
        RecoveryCase(
          name: "pair", truth: try mixture([mean, mean.map { -$0 }]), rows: 10_000, start: .random,
          learnsWeights: false))
    }
    let five = (0..<5).map { k in (0..<n).map { $0 == k ? 4.0 : 0 } }
    for start in [RecoveryCase.Start.warm, .spectral] {
      cases.append(
        RecoveryCase(
          name: "five", truth: try mixture(five), rows: 10_000, start: start, learnsWeights: true))
    }
    for (name, starts) in [
      ("identity10_d2", [RecoveryCase.Start.warm, .spectral]),
      ("identity10_d16", [.warm, .spectral]), ("identity10_d64", [.warm, .spectral]),
      ("barely_separated_d32", [.random]),
    ] {
      let contents = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json"))
      let truth = try GaussianMixture<Double>(
        JSONDecoder().decode(GaussianMixtureDescription.self, from: contents))
      for start in starts {
        cases.append(
          RecoveryCase(name: name, truth: truth, rows: 10_000, start: start, learnsWeights: true))
      }
    }
    return cases
  }

  private static func mixture(_ means: [[Double]]) throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: means.map { _ in 1 / Double(means.count) }, means: means,
      covariances: means.map { _ in .identity })
  }

  func print() throws {
    Swift.print(
      """
      Success: the centres' root mean square error is at most 1.1 times that of expectation maximisation \
      from the truth; 95 % Wilson intervals over \(seeds) seeds. Errors are medians.

      | target | n | K | least separation | rows | start | descent succeeds | EM, same start | \
      error, descent | error, EM from truth | ratio: median (90 %) \
      | KL, descent | KL, EM from truth | cosine | seconds |
      |---|---:|---:|---:|---:|---|---|---|---:|---:|---|---:|---:|---:|---:|
      """)
    for item in cases {
      let outcomes = try run(item)
      let ratios = outcomes.map { $0.descent / $0.limit }
      let maximised = outcomes.compactMap { outcome in
        outcome.maximisation.map { $0 / outcome.limit }
      }
      let cosines = outcomes.compactMap(\.cosine)
      Swift.print(
        "| \(item.name) | \(item.truth.dimension) | \(item.truth.description.components.count) "
          + "| \(text(item.separation, 3)) | \(item.rows) | \(item.start.rawValue) "
          + "| \(rate(ratios)) | \(maximised.isEmpty ? "-" : rate(maximised)) "
          + "| \(text(quantile(outcomes.map(\.descent), 0.5), 3)) "
          + "| \(text(quantile(outcomes.map(\.limit), 0.5), 3)) "
          + "| \(text(quantile(ratios, 0.5), 4)) (\(text(quantile(ratios, 0.9), 4))) "
          + "| \(text(quantile(outcomes.map(\.divergences.descent), 0.5), 3)) "
          + "| \(text(quantile(outcomes.map(\.divergences.limit), 0.5), 3)) "
          + "| \(cosines.isEmpty ? "-" : text(quantile(cosines, 0.5), 4)) "
          + "| \(text(quantile(outcomes.map(\.seconds), 0.5), 2)) |")
      fflush(nil)
    }
  }

  private func run(_ item: RecoveryCase) throws -> [RecoveryCase.Outcome] {
    let outcomes = Mutex([RecoveryCase.Outcome?](repeating: nil, count: seeds))
    try Chunks(of: 0..<seeds, size: 1).forEach(threads: threads) { range, _ in
      let outcome = try item.run(seed: UInt64(range.lowerBound + 1))
      outcomes.withLock { $0[range.lowerBound] = outcome }
    }
    return outcomes.withLock { $0.compactMap(\.self) }
  }

  private func quantile(_ values: [Double], _ level: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[min(Int(level * Double(sorted.count)), sorted.count - 1)]
  }

  /// How many of the ratios are at most 1.1, with Wilson's interval.
  private func rate(_ ratios: [Double]) -> String {
    let (n, z) = (Double(ratios.count), 1.959964)
    let hits = ratios.filter { $0 <= 1.1 }.count
    let p = Double(hits) / n
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return
      "\(hits)/\(ratios.count) [\(text(hits == 0 ? 0 : centre - half, 2)), \(text(centre + half, 2))]"
  }

  private func text(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)g", value)
  }
}
