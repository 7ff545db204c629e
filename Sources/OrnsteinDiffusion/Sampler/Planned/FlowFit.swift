import RealModule

/// Fits the coefficients of ``PlannedFlow`` to the paths of a pilot run.
struct FlowFit {
  let paths: PilotPaths
  let nodes: [Int]

  /// A way to fit: whether along the points that the sampler itself reaches, with which ridge and
  /// around Adams coefficients of which order (0 for none).
  private struct Candidate {
    var isClosed: Bool
    var ridge: Double
    var order: Int
  }

  private static let candidates = [
    Candidate(isClosed: true, ridge: 1e-3, order: 6),
    Candidate(isClosed: true, ridge: 1e-3, order: 4),
    Candidate(isClosed: true, ridge: 1e-3, order: 0),
    Candidate(isClosed: true, ridge: 1e-2, order: 6),
    Candidate(isClosed: true, ridge: 1e-5, order: 0),
    Candidate(isClosed: true, ridge: 1e-7, order: 0),
    Candidate(isClosed: false, ridge: 1e-7, order: 0),
  ]

  private var steps: Int { nodes.count - 1 }
  private var dimension: Int { paths.score.dimension }

  /// The coefficients of the candidate that serves the points to check best.
  func best() -> [[Double]] {
    let nothing = [[Double]](repeating: [], count: steps)
    var (best, least) = (nothing, error(of: nothing))
    // Normal data: the state does not move, and slopes are rounding.
    let negligible = max(1e-6, 10 * paths.score.rounding) * paths.normal.meanVariance.squareRoot()
    guard least > negligible else { return nothing }
    least = .infinity
    for candidate in Self.candidates {
      let coefficients = fit(candidate)
      let error = error(of: coefficients)
      // Small ridges follow the points of the fit too closely.
      if error < least * (candidate.ridge >= 1e-3 ? 1 : 0.4) {
        (best, least) = (coefficients, error)
      }
    }
    return best
  }

  /// The error of some coefficients at the end, on the points to check.
  private func error(of coefficients: [[Double]]) -> Double {
    var states = paths.checked(0)
    var slopes: [[Double]] = []
    for (index, factors) in coefficients.enumerated() where !factors.isEmpty {
      slopes.insert(paths.slope(states, at: nodes[index]), at: 0)
      slopes = Array(slopes.prefix(StepCosts.history))
      for (factor, slope) in zip(factors, slopes) { states = states.adding(slope, times: factor) }
    }
    let last = paths.intervals
    let errors = paths.normal.scaled(
      states.adding(paths.checked(last), times: -1), at: paths.deviations[last]
    ).meanSquares(dimension: dimension).map { $0.squareRoot() }
    let typical = Array(errors[..<paths.counts.typicalChecks])
    let edges = Array(errors[paths.counts.typicalChecks...])
    let (a, b) = (
      typical.clippedRootMeanSquare(quantile: 0.95), edges.clippedRootMeanSquare(quantile: 0.9)
    )
    return (a * a + 0.01 * b * b).squareRoot()
  }

  /// The coefficients of each step, the newest slope first.
  private func fit(_ candidate: Candidate) -> [[Double]] {
    var states = paths.fitted(0)
    var slopes: [[Double]] = []
    var coefficients: [[Double]] = []
    for index in 0..<steps {
      let node = nodes[index]
      if candidate.isClosed {
        slopes.insert(paths.slope(states, at: node), at: 0)
      } else {
        states = paths.fitted(node)
        slopes.insert(Array(paths.slopes[node].prefix(states.count)), at: 0)
      }
      slopes = Array(slopes.prefix(StepCosts.history))
      let prior = prior(ofStep: index, slopes: slopes.count, order: candidate.order)
      let factors = fit(
        states, slopes, from: node, to: nodes[index + 1], prior: prior, ridge: candidate.ridge)
      coefficients.append(factors)
      guard candidate.isClosed else { continue }
      for (factor, slope) in zip(factors, slopes) { states = states.adding(slope, times: factor) }
    }
    return coefficients
  }

  /// Adams coefficients of the newest slopes, 0 for the others.
  private func prior(ofStep index: Int, slopes: Int, order: Int) -> [Double] {
    var prior = [Double](repeating: 0, count: slopes)
    let used = min(slopes, order)
    guard used > 0 else { return prior }
    let weights = AdamsWeights.weights(
      nodes: (0..<used).map { paths.deviations[nodes[index - $0]] },
      to: paths.deviations[nodes[index + 1]], variance: paths.normal.meanVariance)
    prior.replaceSubrange(..<used, with: weights)
    return prior
  }

  /// The coefficients of one step: a ridge fit around the prior, once with the weights of the points
  /// and once more with less weight for points that are far off.
  private func fit(
    _ states: [Double], _ slopes: [[Double]], from node: Int, to next: Int, prior: [Double],
    ridge: Double
  ) -> [Double] {
    let sigma = paths.deviations[next]
    let normal = paths.normal
    let columns = slopes.map { normal.scaled($0, at: sigma) }
    var target = normal.scaled(paths.fitted(next).adding(states, times: -1), at: sigma)
    for (factor, column) in zip(prior, columns) { target = target.adding(column, times: -factor) }
    var weights = (0..<paths.counts.fit).map {
      $0 < paths.counts.typical ? 1 : StepCosts.edgeWeight
    }
    let rounding = paths.score.rounding
    let growth = squareMean(paths.scales(next)) / squareMean(paths.scales(node))
    let noise = Double(target.count) * rounding * rounding * growth
    func solve() -> [Double] {
      let weighted = columns.map { times(weights, $0) }
      let size = weighted.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
      return RidgeFit.solve(
        weighted, target: times(weights, target),
        ridge: size / Double(columns.count) * ridge * ridge + noise)
    }
    let first = solve()
    var residual = target
    for (factor, column) in zip(first, columns) {
      residual = residual.adding(column, times: -factor)
    }
    let errors = residual.meanSquares(dimension: dimension).map { $0.squareRoot() }
    let cut = 20 * errors.trimmedRootMeanSquare(share: 0.95) + 1e-300
    for point in weights.indices { weights[point] /= max(1, errors[point] / cut).squareRoot() }
    return zip(prior, solve()).map { $0 + $1 }
  }

  private func times(_ weights: [Double], _ values: [Double]) -> [Double] {
    values.indices.map { weights[$0 / dimension] * values[$0] }
  }

  private func squareMean(_ scales: [Double]) -> Double {
    scales.reduce(0) { $0 + $1 * $1 } / Double(scales.count)
  }
}
