import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Learns a Gaussian mixture by expectation-maximisation (Dempster, Laird and Rubin 1977).
///
/// With responsibilities rho_k(x) = w_k N(x; mu_k, C_k) / p(x): w_k <- E rho_k, mu_k <- E rho_k x / E rho_k,
/// C_k <- E rho_k (x - mu_k)(x - mu_k)^T / E rho_k + ridge I. The log-likelihood never falls, but for what
/// the ridge costs and where a collapsed component begins anew.
///
/// A coordinate that is NaN is missing: rows count by the exact marginal law of what they have. Weights
/// count as repeated rows. The bits of a result do not depend on the number of threads.
public struct ExpectationMaximization: Sendable {
  /// The settings.
  public let settings: ExpectationMaximizationSettings

  /// A learner with given settings.
  ///
  /// - Throws: ``ExpectationMaximizationError`` if a setting is out of range.
  public init(
    _ settings: ExpectationMaximizationSettings
  ) throws(ExpectationMaximizationError) {
    try settings.validate()
    self.settings = settings
  }

  /// Learns a mixture.
  ///
  /// Costs, for an iteration, 2 F multiply-adds a row and component with F = (d + 1)(d + 2) / 2 for
  /// full and tied covariances and 2 d + 1 for the others, and 2 d^2 where coordinates are missing.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - heldOut: Rows on which the mixture is judged at the end.
  ///   - heldOutWeights: One number of 0 or more for each of them, or `nil` for 1.
  ///   - key: The seed of the starts.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - events: Called after each iteration; `false` ends the work with what has been learned.
  /// - Throws: ``ExpectationMaximizationError``.
  public func fit(
    _ points: Batch<Double>, weights: [Double]? = nil, heldOut: Batch<Double>? = nil,
    heldOutWeights: [Double]? = nil, key: NoiseKey, threads: Int,
    events: (MixtureEvent) -> Bool = { _ in true }
  ) throws(ExpectationMaximizationError) -> MixtureFit {
    var fit = try fit(points, weights: weights, key: key, threads: threads, from: nil) {
      event, _ in events(event)
    }
    if let heldOut, heldOut.count > 0 {
      fit.record.heldOut = try Self.meanLogDensity(
        of: heldOut, weights: heldOutWeights,
        MixtureParameters(exactly: fit.mixture.description, kind: settings.covariance),
        threads: threads)
    }
    return fit
  }

  /// Learns a mixture, or goes on where that was interrupted.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - key: The seed of the starts.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - progress: Where it was interrupted, or `nil` to begin.
  ///   - events: Called after each iteration, with where it has led; `false` ends the work.
  func fit(
    _ points: Batch<Double>, weights: [Double]?, key: NoiseKey, threads: Int,
    from progress: MixtureProgress?, events: (MixtureEvent, MixtureProgress) -> Bool
  ) throws(ExpectationMaximizationError) -> MixtureFit {
    let prepared = try MixturePoints(points, weights: weights)
    guard prepared.weightedRows >= settings.components else {
      throw .tooFewRows(count: prepared.weightedRows, components: settings.components)
    }
    var progress = progress ?? MixtureProgress()
    let first = progress.logLikelihoods.count
    var isStopped = false
    for restart in first..<max(first, settings.start.isGiven ? 1 : settings.restarts) {
      var state = progress.current
      if state == nil {
        let start = try settings.start.parameters(
          of: prepared, settings: settings, key: key, restart: restart, threads: threads)
        state = MixtureRun.State(parameters: start, position: .init(restart: restart))
      }
      guard let state else { break }
      var run = MixtureRun(points: prepared, settings: settings, threads: threads, state: state)
      let done = progress
      try run.iterate { events($0, done.with($1)) }
      progress.finish(run.state)
      isStopped = run.state.position.finish == .stopped
      if isStopped { break }
    }
    guard let best = progress.best else { throw .start(reason: "no restart was made.") }
    var fit = try result(best, prepared, progress, key: key)
    // The best restart may be one that was done before.
    if isStopped { fit.record.finish = .stopped }
    return fit
  }

  private func result(
    _ run: MixtureRun.State, _ points: MixturePoints, _ progress: MixtureProgress, key: NoiseKey
  ) throws(ExpectationMaximizationError) -> MixtureFit {
    let (parameters, position) = (run.parameters, run.position)
    let count = settings.covariance.parameterCount(
      components: parameters.count, dimension: points.dimension)
    let record = MixtureRecord(
      settings: settings, seed: key.seed, rows: points.weightedRows,
      totalWeight: points.totalWeight, logLikelihoods: position.logLikelihoods,
      iterations: position.iterations, finish: position.finish, restart: position.restart,
      restartLogLikelihoods: progress.logLikelihoods, collapses: progress.collapses,
      parameterCount: count,
      bayesianInformation: -2 * run.logLikelihood * points.totalWeight
        + Double(count) * .log(points.totalWeight),
      heldOut: nil)
    return MixtureFit(
      mixture: try parameters.mixture(name: "expectation-maximisation"), record: record)
  }

  private static func meanLogDensity(
    of points: Batch<Double>, weights: [Double]?, _ parameters: MixtureParameters, threads: Int
  ) throws(ExpectationMaximizationError) -> MeanLogDensity {
    let prepared = try MixturePoints(points, weights: weights, learns: false)
    let values = try ExpectationPass(points: prepared, parameters: parameters, threads: threads)
      .run(moments: false).logDensities
    var result = MeanLogDensity(of: values.map { LogDensity(value: $0) })
    guard let weights else { return result }
    let total = prepared.totalWeight
    result.mean = values.indices.reduce(0) { $0 + weights[$1] * values[$1] } / total
    result.standardError =
      values.indices.reduce(0) {
        let deviation = weights[$1] * (values[$1] - result.mean)
        return $0 + deviation * deviation
      }.squareRoot() / total
    return result
  }

  /// One expectation and one maximisation step.
  ///
  /// - Parameters:
  ///   - mixture: The mixture before the step.
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - weights: One number of 0 or more for each row, or `nil` for 1.
  ///   - covariance: The form of the covariances; the mixture is taken to it before the step.
  ///   - ridge: What is added to every variance.
  ///   - threads: How many threads work at once, 1 or more.
  /// - Returns: The mixture after the step, and the mean log-likelihood of a row before it.
  /// - Throws: ``ExpectationMaximizationError``.
  public static func step(
    _ mixture: GaussianMixture<Double>, on points: Batch<Double>, weights: [Double]? = nil,
    covariance: CovarianceKind, ridge: Double = 1e-6, threads: Int
  ) throws(ExpectationMaximizationError) -> (
    mixture: GaussianMixture<Double>, logLikelihood: Double
  ) {
    let prepared = try MixturePoints(points, weights: weights)
    try MixtureStart.check(mixture.description, dimension: points.dimension)
    let parameters = MixtureParameters(mixture.description, kind: covariance)
    let result = try ExpectationPass(points: prepared, parameters: parameters, threads: threads)
      .run(moments: true)
    let next = result.moments.map { parameters.maximized($0, ridge: ridge) } ?? parameters
    return (
      try next.mixture(name: mixture.description.name),
      result.logLikelihood / prepared.totalWeight
    )
  }

  /// The log-density of each row, of rows with missing coordinates that of what they have.
  ///
  /// - Parameters:
  ///   - points: The rows; NaN where a coordinate is missing.
  ///   - mixture: A mixture whose covariances are positive definite.
  ///   - threads: How many threads work at once, 1 or more.
  /// - Throws: ``ExpectationMaximizationError``.
  public static func logDensities(
    of points: Batch<Double>, under mixture: GaussianMixture<Double>, threads: Int
  ) throws(ExpectationMaximizationError) -> [Double] {
    try MixtureStart.check(mixture.description, dimension: points.dimension)
    let isAxisAligned = mixture.description.components.allSatisfy {
      if case .full = $0.covariance { false } else { true }
    }
    let pass = ExpectationPass(
      points: try MixturePoints(points, weights: nil, learns: false),
      parameters: MixtureParameters(
        mixture.description, kind: isAxisAligned ? .diagonal : .full), threads: threads)
    return try pass.run(moments: false).logDensities
  }
}
