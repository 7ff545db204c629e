import OrnsteinNumerics

/// One restart of expectation-maximisation.
struct MixtureRun: Sendable {
  let points: MixturePoints
  let settings: ExpectationMaximizationSettings
  let restart: Int
  let threads: Int
  private(set) var parameters: MixtureParameters
  /// Of the start and after each iteration.
  private(set) var logLikelihoods: [Double] = []
  private(set) var iterations = 0
  private(set) var finish = MixtureFit.Finish.iterationLimit
  private(set) var collapses: [MixtureCollapse] = []
  /// Collapsed components that were left as they are, which are named once.
  private var abandoned: Set<Int> = []

  init(
    points: MixturePoints, settings: ExpectationMaximizationSettings, restart: Int,
    start: MixtureParameters, threads: Int
  ) {
    self.points = points
    self.settings = settings
    self.restart = restart
    self.threads = threads
    parameters = start
  }

  var logLikelihood: Double { logLikelihoods.last ?? -.infinity }

  private func pass(moments: Bool) throws(ExpectationMaximizationError) -> ExpectationPass.Result {
    try ExpectationPass(points: points, parameters: parameters, threads: threads)
      .run(moments: moments)
  }

  /// Iterates until the log-likelihood stands still, the iterations are done or `events` says `false`.
  mutating func iterate(
    _ events: (MixtureEvent) -> Bool
  ) throws(ExpectationMaximizationError) {
    var repair = CollapseRepair(points, ridge: settings.ridge, limit: settings.reseedLimit)
    var previous: Double?
    while iterations < settings.iterationLimit {
      let result = try pass(moments: true)
      guard let moments = result.moments else { return }
      let current = result.logLikelihood / points.totalWeight
      guard current.isFinite else { throw .notANumber(iteration: iterations + 1) }
      logLikelihoods.append(current)
      iterations += 1
      var next = parameters.maximized(moments, ridge: settings.ridge)
      let found = try mend(&next, moments, result.logDensities, &repair)
      collapses += found
      parameters = next
      let change = previous.map { current - $0 }
      let goesOn = events(
        MixtureEvent(
          components: parameters.count, covariance: parameters.kind, restart: restart,
          iteration: iterations, logLikelihood: current, change: change, collapses: found))
      if !goesOn {
        finish = .stopped
        break
      }
      previous = current
      if found.contains(where: { $0.newRow != nil }) {
        previous = nil
      } else if let change, abs(change) < settings.tolerance {
        finish = .converged
        break
      }
    }
    let last = try pass(moments: false).logLikelihood / points.totalWeight
    guard last.isFinite else { throw .notANumber(iteration: iterations) }
    logLikelihoods.append(last)
  }

  /// Begins collapsed components anew, as many as are allowed.
  private mutating func mend(
    _ next: inout MixtureParameters, _ moments: MixtureMoments, _ logDensities: [Double],
    _ repair: inout CollapseRepair
  ) throws(ExpectationMaximizationError) -> [MixtureCollapse] {
    let collapsed = repair.collapsed(next, moments)
    let healthy = (0..<next.count).filter { k in !collapsed.contains { $0.component == k } }
    var found: [MixtureCollapse] = []
    for (component, cause, rows) in collapsed {
      if cause != .singular, abandoned.contains(component) { continue }
      let row = repair.repair(
        component, in: &next, logDensities: logDensities, healthy: healthy)
      if row == nil, cause == .singular { throw .notPositiveDefinite(component: component) }
      if row == nil { abandoned.insert(component) }
      found.append(
        MixtureCollapse(
          restart: restart, iteration: iterations, component: component, cause: cause, rows: rows,
          newRow: row))
    }
    return found
  }
}
