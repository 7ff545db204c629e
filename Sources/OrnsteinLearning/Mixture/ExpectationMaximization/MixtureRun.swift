import OrnsteinNumerics

/// One restart of expectation-maximisation.
struct MixtureRun: Sendable {
  /// Where a restart stands after an iteration, but for its parameters.
  struct Position: Sendable, Hashable, Codable {
    var restart: Int
    /// Of the start and after each iteration.
    var logLikelihoods: [Double] = []
    var iterations = 0
    var finish = MixtureFit.Finish.iterationLimit
    var collapses: [MixtureCollapse] = []
    /// The log-likelihood that the next one is compared with; `nil` where components began anew.
    var previous: Double?
    /// Collapsed components that were left as they are, which are named once.
    var abandoned: Set<Int> = []
    /// Rows at which a component has begun anew.
    var reseeded: Set<Int> = []
  }

  /// Where a restart stands after an iteration.
  struct State: Sendable {
    var parameters: MixtureParameters
    var position: Position

    var logLikelihood: Double { position.logLikelihoods.last ?? -.infinity }
  }

  let points: MixturePoints
  let settings: ExpectationMaximizationSettings
  let threads: Int
  private(set) var state: State

  private func pass(moments: Bool) throws(ExpectationMaximizationError) -> ExpectationPass.Result {
    try ExpectationPass(points: points, parameters: state.parameters, threads: threads)
      .run(moments: moments)
  }

  init(
    points: MixturePoints, settings: ExpectationMaximizationSettings, threads: Int, state: State
  ) {
    self.points = points
    self.settings = settings
    self.threads = threads
    self.state = state
  }

  /// Iterates until the log-likelihood stands still, the iterations are done or `events` says `false`.
  ///
  /// - Parameter events: Told of each iteration and where it has led.
  mutating func iterate(
    _ events: (MixtureEvent, State) -> Bool
  ) throws(ExpectationMaximizationError) {
    while state.position.iterations < settings.iterationLimit,
      state.position.finish != .converged
    {
      let result = try pass(moments: true)
      guard let moments = result.moments else { return }
      let current = result.logLikelihood / points.totalWeight
      guard current.isFinite else {
        throw .notANumber(iteration: state.position.iterations + 1)
      }
      state.position.logLikelihoods.append(current)
      state.position.iterations += 1
      var next = state.parameters.maximized(moments, ridge: settings.ridge)
      let found = try mend(&next, moments, result.logDensities)
      state.position.collapses += found
      state.parameters = next
      let change = state.position.previous.map { current - $0 }
      state.position.previous = current
      if found.contains(where: { $0.newRow != nil }) {
        state.position.previous = nil
      } else if let change, abs(change) < settings.tolerance {
        state.position.finish = .converged
      }
      let event = MixtureEvent(
        components: next.count, covariance: next.kind, restart: state.position.restart,
        iteration: state.position.iterations, logLikelihood: current, change: change,
        collapses: found)
      if !events(event, state) {
        state.position.finish = .stopped
        break
      }
    }
    let last = try pass(moments: false).logLikelihood / points.totalWeight
    guard last.isFinite else { throw .notANumber(iteration: state.position.iterations) }
    state.position.logLikelihoods.append(last)
  }

  /// Begins collapsed components anew, as many as are allowed.
  private mutating func mend(
    _ next: inout MixtureParameters, _ moments: MixtureMoments, _ logDensities: [Double]
  ) throws(ExpectationMaximizationError) -> [MixtureCollapse] {
    var repair = CollapseRepair(
      points, ridge: settings.ridge, limit: settings.reseedLimit, used: state.position.reseeded)
    let collapsed = repair.collapsed(next, moments)
    let healthy = (0..<next.count).filter { k in !collapsed.contains { $0.component == k } }
    var found: [MixtureCollapse] = []
    for (component, cause, rows) in collapsed {
      if cause != .singular, state.position.abandoned.contains(component) { continue }
      let row = repair.repair(
        component, in: &next, logDensities: logDensities, healthy: healthy)
      if row == nil, cause == .singular { throw .notPositiveDefinite(component: component) }
      if row == nil { state.position.abandoned.insert(component) }
      found.append(
        MixtureCollapse(
          restart: state.position.restart, iteration: state.position.iterations,
          component: component, cause: cause, rows: rows, newRow: row))
    }
    state.position.reseeded = repair.used
    return found
  }
}
