import Foundation
import Ornstein

/// The optimal grid against every named one, on exact laws.
struct GridComparison {
  var targets: [(name: String, target: any ExactTarget<Double>)]
  var horizon = 5.0
  var stop = 1e-4
  var steps = [10, 20, 50, 100]

  static let kinds = GridKind.named.filter { $0 != .li }

  /// Four files and six laws of other kinds.
  static func usualTargets(
    in folder: String
  ) throws -> [(name: String, target: any ExactTarget<Double>)] {
    var targets: [(name: String, target: any ExactTarget<Double>)] = []
    for name in ["tri1", "ring8", "mix16", "gauss64"] {
      targets.append(
        (name, try TargetFile(contentsOf: "\(folder)/\(name).json").makeTarget(Double.self)))
    }
    targets.append(
      (
        "three modes",
        try GaussianMixture<Double>(
          weights: [0.3, 0.5, 0.2], means: [[-2], [0.5], [3]],
          covariances: [.isotropic(0.25), .isotropic(0.5), .identity])
      ))
    targets.append(
      (
        "two modes",
        try GaussianMixture<Double>(
          weights: [0.5, 0.5], means: [[-2], [2]],
          covariances: [.isotropic(0.1), .isotropic(0.1)])
      ))
    targets.append(("cube vertices 8", try CubeVertices<Double>(halfWidth: 1, dimension: 8)))
    targets.append(("solid cube 4", try SolidCube<Double>(halfWidth: 1.5, dimension: 4)))
    targets.append(("sphere 8", try SphereUniform<Double>(radius: 2.5, dimension: 8)))
    var axes = [[Double]](repeating: [Double](repeating: 0, count: 16), count: 2)
    axes[0][0] = 1
    axes[1][1] = 1
    targets.append(
      (
        "circle in 16",
        try LinearManifold(try SphereUniform<Double>(radius: 1.5, dimension: 2), axes: axes)
      ))
    return targets
  }

  /// One target and freezing at one number of steps.
  struct Row {
    var target: String
    var freezing: Freezing
    var steps: Int
    var best: GridKind
    var named: Double
    var optimal: Double
    var needed: Int
    var neededWithHorizon: Int
    var horizon: Double
  }

  func print() throws {
    var rows: [Row] = []
    var times: [String] = []
    for (name, target) in targets {
      let start = ContinuousClock.now
      let statistics = try PathStatistics(
        of: target, times: CandidateTimes.evenInLogSNR(193, from: stop, to: horizon), threads: 2)
      let candidates = try statistics.resampled(
        at: CandidateTimes.evenInLogSNR(513, from: stop, to: horizon))
      let measured = ContinuousClock.now
      for freezing in Freezing.allCases {
        rows += try self.rows(name, freezing, candidates)
      }
      let planned = ContinuousClock.now
      times.append(
        "\(name): \(text((measured - start) / .seconds(1), 2)) s to measure, "
          + "\(text((planned - measured) / .seconds(1) / 8, 2)) s a table of all grids up to 100 steps"
      )
    }
    report(rows, times)
  }

  private func rows(
    _ name: String, _ freezing: Freezing, _ statistics: PathStatistics
  ) throws -> [Row] {
    let cost = PathCost(statistics, freezing: freezing)
    let most = steps.max() ?? 1
    let starts = try statistics.times.indices.map { try statistics.normality(at: $0).value }
    let start = starts[starts.count - 1]
    let fixed = OptimalGrid(cost, maximumSteps: most)
    let free = OptimalGrid(cost, maximumSteps: most, startCosts: starts)
    return try steps.map { count in
      let named = try Self.kinds.map { kind in
        let times = try GridSpecification(kind, steps: count, horizon: horizon, stop: stop)
          .make(for: OrnsteinUhlenbeck.canonical).times
        return (
          kind,
          PathCost(try statistics.resampled(at: times.reversed()), freezing: freezing).total.value
        )
      }
      guard let best = named.min(by: { $0.1 < $1.1 }) else { fatalError("There is no grid.") }
      let needed = fixed.cheapestSteps(cost: best.1 * (1 + 1e-9)) ?? count
      let neededFree = free.cheapestSteps(cost: (best.1 + start) * (1 + 1e-9)) ?? count
      return Row(
        target: name, freezing: freezing, steps: count, best: best.0, named: best.1,
        optimal: fixed.totalCost(steps: count), needed: needed, neededWithHorizon: neededFree,
        horizon: free.canonicalTimes(steps: neededFree)[0])
    }
  }

  private func report(_ rows: [Row], _ times: [String]) {
    Swift.print(
      """
      | target | frozen | N | best named grid | its path KL | optimal, N steps | steps for the same KL \
      | ratio | with its own horizon | ratio |
      |---|---|---:|---|---:|---:|---:|---:|---:|---:|
      """)
    for row in rows {
      Swift.print(
        "| \(row.target) | \(row.freezing.rawValue) | \(row.steps) | \(row.best.rawValue) "
          + "| \(text(row.named, 4)) | \(text(row.optimal, 4)) | \(row.needed) "
          + "| \(text(Double(row.needed) / Double(row.steps), 2)) "
          + "| \(row.neededWithHorizon) (T = \(text(row.horizon, 2))) "
          + "| \(text(Double(row.neededWithHorizon) / Double(row.steps), 2)) |")
    }
    Swift.print(
      "\nGeometric means of the ratios:\n\n| | same ends | own horizon |\n|---|---:|---:|")
    func line(_ name: String, _ rows: [Row]) {
      func mean(_ value: (Row) -> Int) -> Double {
        exp(
          rows.reduce(0) { $0 + log(Double(value($1)) / Double($1.steps)) } / Double(rows.count))
      }
      Swift.print(
        "| \(name) | \(text(mean(\.needed), 3)) | \(text(mean(\.neededWithHorizon), 3)) |")
    }
    for freezing in Freezing.allCases {
      line(freezing.rawValue, rows.filter { $0.freezing == freezing })
    }
    for count in steps { line("N = \(count)", rows.filter { $0.steps == count }) }
    line("all", rows)
    Swift.print("\nPlanning, two threads:\n")
    for time in times { Swift.print("- \(time)") }
  }

  private func text(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)g", value)
  }
}
