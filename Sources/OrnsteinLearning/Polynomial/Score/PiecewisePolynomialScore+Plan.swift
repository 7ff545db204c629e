import OrnsteinDiffusion
import RealModule

extension PiecewisePolynomialScore {
  /// The plan that suits the score: ancestral steps, the denoiser frozen over each, even in log-SNR from the
  /// highest learned level to the lowest.
  ///
  /// The start is normal with the mean and covariance of the data noised to the highest level. With a
  /// lowest level of t_min > 0 the points have the law of the data noised by t_min; with t_min = 0 the last
  /// step leads from t = 1e-3 s_0^2 to the posterior mean, at no loss that shows.
  ///
  /// - Parameters:
  ///   - steps: The number of steps, each one evaluation of the score.
  ///   - denoises: Whether to end at the posterior mean also where t_min > 0.
  ///   - seed: The seed of the noise.
  public func plan(steps: Int = 200, denoises: Bool = false, seed: UInt64 = 0) -> SamplingPlan {
    func time(_ addedVariance: Double) -> Double { .log(onePlus: addedVariance) / 2 }
    let last = levels[levels.count - 1].addedVariance
    let stop = last > 0 ? last : 1e-3 * baseVariance
    return SamplingPlan(
      process: .ornsteinUhlenbeck,
      grid: GridSpecification(
        .logSNR, steps: steps, horizon: time(max(levels[0].addedVariance, 2 * stop)),
        stop: time(stop)),
      predictor: .frozenDenoiser, initialLaw: .momentMatched,
      finish: last > 0 && !denoises ? .rescale : .denoise, seed: seed)
  }
}
