import OrnsteinDiffusion
import OrnsteinNumerics

/// The law of an affine sampler on a Gaussian target, without drawing: in the coordinates of the
/// target's axes the score is -(x - alpha m) / (alpha^2 c + sigma^2), so each step maps means and
/// variances coordinate by coordinate.
struct GaussianPushForward {
  /// Mean and variance of each coordinate along the target's axes.
  var law: [(mean: Double, variance: Double)]
  /// Mean and variance of the target itself.
  let target: [(mean: Double, variance: Double)]

  /// Starts from the law of the target noised to a level.
  init(target: [(mean: Double, variance: Double)], noisedTo level: NoiseLevel) {
    self.target = target
    law = target.map {
      (
        level.alpha * $0.mean, level.alpha * level.alpha * $0.variance + level.sigma * level.sigma
      )
    }
  }

  /// Starts from the prior of a level.
  init(target: [(mean: Double, variance: Double)], priorAt level: NoiseLevel) {
    self.target = target
    law = target.map { _ in (0, level.scale * level.scale) }
  }

  mutating func apply(_ step: AffineStep, at level: NoiseLevel) {
    for (index, coordinate) in target.enumerated() {
      let centre = level.alpha * coordinate.mean
      let variance = level.alpha * level.alpha * coordinate.variance + level.sigma * level.sigma
      let slope = step.position - step.score / variance
      law[index].mean = slope * law[index].mean + step.score / variance * centre
      law[index].variance = slope * slope * law[index].variance + step.noise * step.noise
    }
  }

  mutating func apply(_ steps: [AffineStep], at levels: [NoiseLevel]) {
    for (step, level) in zip(steps, levels) { apply(step, at: level) }
  }

  /// The Wasserstein-2 distance to the target noised to a level.
  func distance(toNoisedAt level: NoiseLevel) -> Double {
    let exact = GaussianPushForward(target: target, noisedTo: level).law
    return zip(law, exact).reduce(0) { sum, pair in
      let shift = pair.0.mean - pair.1.mean
      let spread = pair.0.variance.squareRoot() - pair.1.variance.squareRoot()
      return sum + shift * shift + spread * spread
    }.squareRoot()
  }
}
