/// Where expectation-maximisation stands: the restarts that are done, and the one that goes on.
struct MixtureProgress: Sendable {
  /// The best of the restarts that are done.
  private(set) var best: MixtureRun.State?
  /// The mean log-likelihood at the end of each of them.
  private(set) var logLikelihoods: [Double] = []
  /// What collapsed in them.
  private(set) var collapses: [MixtureCollapse] = []
  /// The restart that goes on.
  private(set) var current: MixtureRun.State?

  init() {}

  init(
    best: MixtureRun.State?, logLikelihoods: [Double], collapses: [MixtureCollapse],
    current: MixtureRun.State
  ) {
    self.best = best
    self.logLikelihoods = logLikelihoods
    self.collapses = collapses
    self.current = current
  }

  /// The same with a restart that goes on.
  func with(_ current: MixtureRun.State) -> MixtureProgress {
    var progress = self
    progress.current = current
    return progress
  }

  /// Adds a restart that is done.
  mutating func finish(_ run: MixtureRun.State) {
    current = nil
    logLikelihoods.append(run.logLikelihood)
    collapses += run.position.collapses
    if best.map({ run.logLikelihood > $0.logLikelihood }) ?? true { best = run }
  }
}
