import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

/// The log-density of held-out rows at the end of a fit: of so many that it takes few seconds.
struct HeldOutDensity {
  /// The most rows, of a score that must be followed.
  static let mostRows = 2_000
  /// The multiply-adds that may be spent: two seconds or so of one core.
  private static let budget = 4e10
  /// The same, and the rows whatever they cost, where every single log-density must be right.
  private static let exactBudget = 2e11
  private static let leastExactRows = 200
  /// About how often the score of a row is evaluated at the tolerance.
  private static let evaluations = 70.0
  /// The steps of a variational bound, enough for theirs to be a small part of what the bound loses.
  private static let boundSteps = 1000
  /// An error far below the standard error over rows.
  private static let tolerance = 2e-2
  /// The coordinates up to which the trace is exact: beyond, one probe a row leaves less error in the
  /// mean than fewer rows would.
  private static let exactDimension = 3

  private let rows: MeasuredPoints
  private let settings: DensitySettings
  private let weights: [Double]?

  /// - Parameter weights: How much each row of the table counts, or `nil` for 1.
  init(
    _ table: Table, _ points: Batch<Float>, rows: [Int], weights: [Double]? = nil, schema: Schema,
    seed: UInt64,
    multiplyAdds: Int, method: DensitySettings.Method = .automatic, most: Int = mostRows,
    tracesExactly: Bool = false
  ) {
    let d = points.dimension
    let isExact = tracesExactly || d <= Self.exactDimension
    let evaluations =
      method == .elbo
      ? Double(Self.boundSteps) : Self.evaluations * Double((isExact ? d : 1) + 1)
    let cost = evaluations * Double(max(multiplyAdds, 1))
    let (least, budget) =
      tracesExactly ? (Self.leastExactRows, Self.exactBudget) : (50, Self.budget)
    let count = min(rows.count, max(least, min(most, Int(budget / cost))))
    let chosen = rows.prefix(count)
    self.weights = weights.map { weights in chosen.map { weights[$0] } }
    self.rows = schema.measure(
      Batch(chosen.flatMap { points.point($0) }, dimension: d), of: table.selecting(rows: chosen))
    settings = DensitySettings(
      method: method, trace: isExact ? .exact : .hutchinson(probes: 1), tolerance: Self.tolerance,
      steps: Self.boundSteps, seed: seed)
  }

  /// The log-densities of the rows.
  func logDensities(under model: TableModel, threads: Int) throws -> [LogDensity] {
    rows.points.count == 0 ? [] : try model.logDensities(of: rows, settings, threads: threads)
  }

  /// The mean, or `nil` without rows or where the density of one is not finite.
  func mean(under model: TableModel, threads: Int) -> MeanLogDensity? {
    guard let densities = try? logDensities(under: model, threads: threads), !densities.isEmpty
    else { return nil }
    return weights.map { MeanLogDensity(of: densities, weights: $0) }
      ?? MeanLogDensity(of: densities)
  }
}
