import RealModule

/// How much of a point is signal and how much is noise: x_t = alpha x_0 + sigma xi.
///
/// A score sees a level, never a process, so the process can change after learning. Any level maps to
/// the canonical Ornstein-Uhlenbeck process by a scale and a time change: with
/// kappa = sqrt(alpha^2 + sigma^2), x / kappa is distributed as the canonical process at
/// t_c = log1p(sigma^2 / alpha^2) / 2.
public struct NoiseLevel: Sendable, Hashable, Codable {
  /// The time of the process this level was taken from; for display and for time-dependent models.
  public var time: Double
  /// The signal scale, 0 or more.
  public var alpha: Double
  /// The standard deviation of the noise, 0 or more.
  public var sigma: Double

  /// A level by its scales.
  public init(time: Double, alpha: Double, sigma: Double) {
    self.time = time
    self.alpha = alpha
    self.sigma = sigma
  }

  /// lambda = log(alpha / sigma), half the log of the signal-to-noise ratio; decreases with time.
  public var logSNR: Double { .log(alpha) - .log(sigma) }

  /// The time at which the canonical process has the same signal-to-noise ratio.
  public var canonicalTime: Double {
    let ratio = sigma / alpha
    return ratio > 1e8 ? .log(ratio) : .log(onePlus: ratio * ratio) / 2
  }

  /// kappa = sqrt(alpha^2 + sigma^2), the scale against the canonical process.
  public var scale: Double { .hypot(alpha, sigma) }
}
