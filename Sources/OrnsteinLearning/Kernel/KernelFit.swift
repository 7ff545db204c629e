import OrnsteinDiffusion
import OrnsteinNumerics

/// A kernel law, and what is known of its bandwidth.
public struct KernelFit: Sendable {
  /// The law: its score, density and draws.
  public var law: SmoothedMeasure<Double>
  /// The mean log-density of rows that had no part in the law they were judged by, with its standard
  /// error: each row by the law of the others, or held-out rows by the law of the rest; rows equal to
  /// the judged one have no part either.
  public var heldOutLogDensity: MeanLogDensity
  /// The bandwidths that were tried, in their order.
  public var trials: [KernelEvent]
  /// How close draws lie to the rows of the law.
  public var memorisation: KernelMemorisation
  /// The share of the judging rows that are copies of other rows: of an atom there is no density, so
  /// copies are left out of the choice.
  public var copyShare: Double
  /// Whether the search went to its end, and was not stopped.
  public var isConverged: Bool

  /// The standard deviation of the noise on each coordinate.
  public var bandwidth: Double { law.bandwidth }

  /// What a user of the law should know, as one sentence each.
  public var warnings: [String] {
    var warnings: [String] = []
    if let warning = memorisation.warning { warnings.append(warning) }
    if copyShare > 0.05 {
      warnings.append(
        "\(percent(copyShare)) of the rows are copies of other rows, of which a kernel law makes no "
          + "copies: the columns hold few different values.")
    }
    return warnings
  }
}

/// Whether the draws of a kernel law are mostly copies of its rows.
public struct KernelMemorisation: Sendable, Hashable, Codable {
  /// The median distance from a draw to the closest row of the law.
  public var drawnDistance: Double
  /// The median distance from a fresh row to the closest row of the law.
  public var freshDistance: Double
  /// The share of draws closer to a row than the closest 5 % of fresh rows are: 0.05 of the true law.
  public var closeShare: Double

  /// Distances of one or more draws and fresh rows, in any order.
  init(drawn: [Double], fresh: [Double]) {
    let (drawn, fresh) = (drawn.sorted(), fresh.sorted())
    drawnDistance = drawn[drawn.count / 2]
    freshDistance = fresh[fresh.count / 2]
    let limit = fresh[fresh.count / 20]
    closeShare = Double(drawn.count { $0 < limit }) / Double(drawn.count)
  }

  /// The ratio of both medians: 1 of the true law, far below 1 where rows are copied; `nil` where half
  /// of the fresh rows are copies themselves.
  public var ratio: Double? { freshDistance > 0 ? drawnDistance / freshDistance : nil }

  /// Whether more than half of the draws are as close to a row as only 5 % of fresh rows are.
  public var isMemorising: Bool { closeShare > 0.5 }

  /// A sentence for the user where draws are mostly copies.
  public var warning: String? {
    guard isMemorising else { return nil }
    let median = ratio.map { String(Double(Int(($0 * 100).rounded())) / 100) } ?? "0"
    return
      "Draws of the kernel law are mostly noisy copies of its rows: \(percent(closeShare)) of them "
      + "lie closer to a row than 95 % of fresh rows do (median distance \(median) times that of "
      + "fresh rows); a learner that generalises will draw newer rows."
  }
}

private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
