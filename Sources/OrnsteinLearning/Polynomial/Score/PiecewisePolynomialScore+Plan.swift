import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

extension PiecewisePolynomialScore {
  /// The score with mu, the data less their own noise, in the place of the data.
  ///
  /// The score of X = mu + s_0 xi with noise of variance t added is that of mu with s_0^2 + t. It is known down
  /// to s_0^2 (and t_min above).
  ///
  /// - Throws: ``PolynomialError``.
  public func ofMeans() throws(PolynomialError) -> PiecewisePolynomialScore {
    var moments = moments
    for j in 0..<dimension { moments.covariance[j * dimension + j] -= baseVariance }
    return try PiecewisePolynomialScore(
      moments: moments, baseVariance: 0, levels: levels.map { ($0.variance, $0.cells) })
  }

  /// The sampler that suits the score: that of ``plan(steps:denoises:seed:)``.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - key: The randomness.
  /// - Throws: ``/OrnsteinDiffusion/SamplingError`` and the like.
  public func sampler(steps: Int = 100, key: NoiseKey) throws -> Sampler<Scalar> {
    try plan(steps: steps, seed: key.seed).makeSampler(for: self)
  }

  /// The plan that suits the score: ancestral steps from the highest learned level to the lowest, evenly
  /// in log tau, f frozen over each.
  ///
  /// Where a point is normal around its posterior mean, as it is in all directions that mu does not fill,
  /// steps are exact whatever their size. The start is normal with the mean and covariance of the data noised
  /// to the highest level. With t_min = 0 the steps end at the data themselves; with t_min > 0 the points
  /// have the law of the data noised by t_min.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - denoises: Whether to end at the posterior mean where t_min > 0.
  ///   - seed: The seed of the noise.
  public func plan(steps: Int = 100, denoises: Bool = false, seed: UInt64 = 0) -> SamplingPlan {
    let last = levels[levels.count - 1].addedVariance
    // Samplers that cannot end at clean data stop close by.
    let stop = last > 0 ? last : 1e-3 * baseVariance
    let horizon = max(levels[0].addedVariance, 2 * stop)
    return SamplingPlan(
      process: .ornsteinUhlenbeck,
      grid: GridSpecification(
        .logSNR, steps: steps, horizon: .log(onePlus: horizon) / 2, stop: .log(onePlus: stop) / 2,
        endsClean: last == 0),
      predictor: (try? .frozenDenoiser(baseVariance: baseVariance)) ?? .frozenDenoiser,
      initialLaw: .momentMatched, finish: last > 0 && denoises ? .denoise : .rescale, seed: seed)
  }
}
