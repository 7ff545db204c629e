import OrnsteinDiffusion
import OrnsteinNumerics

/// A trial with its mixture and the log-densities of the rows that judge.
struct JudgedMixture {
  let fit: MixtureFit
  let trial: MixtureSearch.Trial
  /// Of each row that judges, under the mixture that predicts best; empty without such rows.
  let logDensities: [Double]
  let weights: [Double]

  init(_ fit: MixtureFit, _ rows: JudgingRows, threads: Int) throws {
    let record = fit.record
    self.fit = fit
    logDensities =
      try rows.heldOut.map {
        try ExpectationMaximization.logDensities(
          of: $0, under: PredictiveCovariance.mixture(of: fit), threads: threads)
      } ?? []
    weights = rows.heldOutWeights ?? logDensities.map { _ in 1 }
    var mean = 0.0
    let total = weights.reduce(0, +)
    for row in weights.indices { mean += weights[row] * logDensities[row] / total }
    trial = MixtureSearch.Trial(
      components: record.settings.components, covariance: record.settings.covariance,
      goal: logDensities.isEmpty
        ? -record.bayesianInformation / (2 * Double(max(record.rows, 1))) : mean,
      collapses: record.collapses.count)
  }

  /// How many standard errors of a difference chance may explain.
  private static let tolerance = 1.5

  /// Whether the goal is as high, on rows that judge up to what chance explains.
  func isNoWorse(than other: JudgedMixture) -> Bool {
    guard logDensities.count > 1, weights.contains(where: { $0 > 0 }) else {
      return trial.goal >= other.trial.goal
    }
    let loss = LogDensityGain(of: other.logDensities, over: logDensities, weights: weights)
    return loss.mean <= Self.tolerance * loss.standardError
  }
}
