import RealModule

/// X_t given X_s = x: N(`alphaRatio` x, `variance` I), for a level s that is cleaner than t.
public struct TransitionLaw: Sendable, Hashable {
  /// alpha_t / alpha_s.
  public var alphaRatio: Double
  /// sigma_t^2 - (alpha_t / alpha_s)^2 sigma_s^2, computed without cancellation.
  public var variance: Double
}

/// X_s given X_t = x and X_0 = x_0: N(`position` x + `origin` x_0, `variance` I), for a level s that
/// is cleaner than t.
public struct BridgeLaw: Sendable, Hashable {
  /// The coefficient of x.
  public var position: Double
  /// The coefficient of x_0.
  public var origin: Double
  /// The variance of each coordinate.
  public var variance: Double
}

extension NoiseLevel {
  /// The level of the canonical process with the same signal-to-noise ratio.
  ///
  /// x / ``scale`` at this level is distributed as the canonical process at that one, and the score
  /// there is ``scale`` times the score here.
  public var canonical: NoiseLevel {
    NoiseLevel(time: canonicalTime, alpha: alpha / scale, sigma: sigma / scale)
  }

  /// The law of a noisier level given this one.
  ///
  /// With H = lambda_s - lambda_t > 0 the variance is -sigma_t^2 expm1(-2 H).
  public func transition(to noisier: NoiseLevel) -> TransitionLaw {
    let gap = logSNR - noisier.logSNR
    return TransitionLaw(
      alphaRatio: noisier.alpha / alpha,
      variance: -noisier.sigma * noisier.sigma * .expMinusOne(-2 * gap))
  }

  /// The law of a cleaner level given this one and the clean point.
  ///
  /// With H = lambda_s - lambda_t > 0: position (sigma_s / sigma_t) e^{-H}, origin
  /// -alpha_s expm1(-2 H), variance -sigma_s^2 expm1(-2 H). Right also for a cleaner level without
  /// noise, which is then alpha_s x_0.
  public func bridge(to cleaner: NoiseLevel) -> BridgeLaw {
    let gap = cleaner.logSNR - logSNR
    let gain = -Double.expMinusOne(-2 * gap)
    return BridgeLaw(
      position: cleaner.sigma / sigma * .exp(-gap), origin: cleaner.alpha * gain,
      variance: cleaner.sigma * cleaner.sigma * gain)
  }
}
