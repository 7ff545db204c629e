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

  /// The sampler that suits the score: ancestral steps from the highest learned level to the lowest, f
  /// frozen over each step.
  ///
  /// Steps of the score ``ofMeans()``: where a point is normal around its posterior mean, as it is in all
  /// directions that mu does not fill, they are exact whatever their size, and with t_min = 0 they end at the data
  /// themselves. With t_min > 0 the points have the law of the data noised by t_min.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - key: The randomness.
  /// - Throws: ``PolynomialError``, or ``/OrnsteinDiffusion/SamplingError`` and the like.
  public func sampler(steps: Int = 100, key: NoiseKey) throws -> Sampler<Scalar> {
    try plan(from: levels[0].variance, to: levels[levels.count - 1].variance, steps, key.seed)
      .makeSampler(for: try ofMeans())
  }

  /// The plan that suits the score of the data in general purpose samplers: ancestral steps, the denoiser of the
  /// data frozen over each, even in log-SNR from the highest learned level to the lowest.
  ///
  /// The start is normal with the mean and covariance of the data noised to the highest level. With a
  /// lowest level of t_min > 0 the points have the law of the data noised by t_min; with t_min = 0 the last
  /// step leads from t = 1e-3 s_0^2 to the posterior mean. ``sampler(steps:key:)`` needs fewer steps.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - denoises: Whether to end at the posterior mean also where t_min > 0.
  ///   - seed: The seed of the noise.
  public func plan(steps: Int = 200, denoises: Bool = false, seed: UInt64 = 0) -> SamplingPlan {
    let last = levels[levels.count - 1].addedVariance
    let stop = last > 0 ? last : 1e-3 * baseVariance
    var plan = plan(from: max(levels[0].addedVariance, 2 * stop), to: stop, steps, seed)
    if last == 0 || denoises { plan.finish = .denoise }
    return plan
  }

  private func plan(from first: Double, to last: Double, _ steps: Int, _ seed: UInt64)
    -> SamplingPlan
  {
    SamplingPlan(
      process: .ornsteinUhlenbeck,
      grid: GridSpecification(
        .logSNR, steps: steps, horizon: .log(onePlus: first) / 2, stop: .log(onePlus: last) / 2),
      predictor: .frozenDenoiser, initialLaw: .momentMatched, finish: .rescale, seed: seed)
  }
}
