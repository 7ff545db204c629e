import RealModule

/// The total variation distance of the cells of a partition: a lower bound on that of the laws.
///
/// The plain distance of counts from probabilities is too large by chance, the more so the more cells
/// there are; the floor says by how much. It is debiased by the share of the chi-squared statistic that
/// chance explains,
///
///     debiased = distance sqrt(max(0, 1 - (m - 1) / chi^2)),
///
/// right where the differences of m cells are spread like normal numbers.
public struct PartitionDistance: Sendable, Hashable, Codable {
  /// What is cut: `cells` of the line or the plane, quantiles of the `log-density`, or the most probable
  /// of the `components`.
  public var name: String
  /// The number of cells.
  public var cells: Int
  /// Whether the probabilities of the cells are exact, rather than counted on exact draws.
  public var isExact: Bool
  /// The distance of the counts, too large by chance.
  ///
  /// The p-value is that of the chi-squared test, by the exact variance of its statistic.
  public var comparison: Comparison
  /// The distance without what chance adds to it.
  public var debiased: Double
  /// The statistic of the chi-squared test.
  public var chiSquared: Double
  /// Its degrees of freedom; cells that expect less than 5 samples are taken together.
  public var degreesOfFreedom: Int

  /// The distance of counts from the probabilities of cells.
  ///
  /// - Parameters:
  ///   - name: What is cut.
  ///   - counts: The samples in each cell.
  ///   - masses: The probability of each cell, or `nil` to take them from the exact draws.
  ///   - draws: For each exact sample of the same size, the rows in each cell; at least two samples.
  public init(name: String, counts: [Int], masses: [Double]?, draws: [[Int]]) {
    precondition(draws.count >= 2, "A floor needs two exact samples.")
    let n = Double(counts.reduce(0, +))
    let pooled = counts.indices.map { cell in Double(draws.reduce(0) { $0 + $1[cell] }) }
    let size = draws.reduce(0.0) { $0 + Double($1.reduce(0, +)) }
    let known = masses ?? pooled.map { $0 / size }
    func distance(_ counts: [Int], _ masses: [Double]) -> Double {
      zip(counts, masses).reduce(0) { $0 + abs(Double($1.0) / n - $1.1) } / 2
    }
    let floors = draws.map { draw in
      // Draws are not measured by themselves.
      let rest =
        masses
        ?? zip(pooled, draw).map { ($0 - Double($1)) / (size - Double(draw.reduce(0, +))) }
      return distance(draw, rest)
    }
    let merged = Self.merged(counts, known, rows: n)
    // A probability from draws has a variance of its own.
    let factor = masses == nil ? 1 / (1 / n + 1 / size) : n
    chiSquared = merged.reduce(0) { sum, cell in
      let difference = cell.share - cell.mass
      return cell.mass > 0
        ? sum + factor * difference * difference / cell.mass : sum + (difference > 0 ? 1e9 : 0)
    }
    degreesOfFreedom = max(merged.count - 1, 1)
    // The variance of the statistic is above that of its limit where cells are rare.
    let k = Double(merged.count)
    let rarity = merged.reduce(0) { $1.mass > 0 ? $0 + 1 / $1.mass : $0 }
    let variance =
      2 * Double(degreesOfFreedom) + max(0, (rarity - k * k - 2 * k + 2) / factor)
    let value = distance(counts, known)
    let above = zip(counts, known).reduce(0.0) {
      Double($1.0) / n > $1.1 ? $0 + Double($1.0) / n : $0
    }
    comparison = Comparison(
      value: value, standardError: (above * (1 - above) / n).squareRoot(), floors: floors,
      pValue: merged.count > 1
        ? Significance.squaresTail(
          chiSquared, mean: Double(degreesOfFreedom), variance: variance) : 1)
    debiased =
      chiSquared > 0 ? value * max(0, 1 - Double(degreesOfFreedom) / chiSquared).squareRoot() : 0
    self.name = name
    cells = counts.count
    isExact = masses != nil
  }

  /// Shares and probabilities, cells that expect less than 5 samples in one.
  private static func merged(
    _ counts: [Int], _ masses: [Double], rows: Double
  ) -> [(share: Double, mass: Double)] {
    var cells: [(share: Double, mass: Double)] = []
    var rest = (share: 0.0, mass: 0.0)
    for (count, mass) in zip(counts, masses) {
      let share = Double(count) / rows
      if mass * rows < 5 {
        rest = (rest.share + share, rest.mass + mass)
      } else {
        cells.append((share, mass))
      }
    }
    guard rest.mass > 0 || rest.share > 0 else { return cells }
    if rest.mass * rows >= 5 || cells.isEmpty { return cells + [rest] }
    let least = cells.indices.min { cells[$0].mass < cells[$1].mass } ?? 0
    cells[least].share += rest.share
    cells[least].mass += rest.mass
    return cells
  }
}
