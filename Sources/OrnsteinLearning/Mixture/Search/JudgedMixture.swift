import OrnsteinDiffusion
import OrnsteinNumerics

/// A trial with its mixture and the log-densities of the rows that judge.
struct JudgedMixture {
  let fit: MixtureFit
  let trial: MixtureSearch.Trial
  let logDensities: [Double]
  let weights: [Double]

  init(_ fit: MixtureFit, _ goal: MixtureSearch.Goal, _ rows: JudgingRows, threads: Int) throws {
    self.fit = fit
    trial = MixtureSearch.Trial(fit, goal: goal)
    logDensities =
      try rows.heldOut.map {
        try ExpectationMaximization.logDensities(of: $0, under: fit.mixture, threads: threads)
      } ?? []
    weights = rows.heldOutWeights ?? logDensities.map { _ in 1 }
  }

  /// Whether the goal is as high, on held-out rows up to the standard error of the difference.
  func isNoWorse(than other: JudgedMixture) -> Bool {
    guard logDensities.count > 1, weights.contains(where: { $0 > 0 }) else {
      return trial.goal >= other.trial.goal
    }
    let loss = LogDensityGain(of: other.logDensities, over: logDensities, weights: weights)
    return loss.mean <= loss.standardError
  }
}
