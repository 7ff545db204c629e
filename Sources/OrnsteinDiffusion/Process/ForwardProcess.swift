import RealModule

/// A linear process that turns data into noise: x_t = alpha(t) x_0 + sigma(t) xi, xi ~ N(0, I).
///
/// As a stochastic differential equation, dX = f(t) X dt + g(t) dW with f = alpha' / alpha and
/// g^2 = (sigma^2)' - 2 f sigma^2. Time grows towards noise. Every such process is the canonical
/// Ornstein-Uhlenbeck process after a scale and a time change (``NoiseLevel/canonical``), so samplers
/// and scores exist once.
///
/// - Source: Song et al., arXiv 2011.13456, appendix B; Karras et al., arXiv 2206.00364, appendix B.
public protocol ForwardProcess: Sendable {
  /// The scales of signal and noise at a time of `timeRange`.
  func level(at time: Double) -> NoiseLevel

  /// f(t), the drift per unit of position.
  func drift(at time: Double) -> Double

  /// g(t)^2, the rate at which noise enters.
  func squaredDiffusion(at time: Double) -> Double

  /// The times at which the process may be used, from nearly clean to nearly pure noise.
  var timeRange: ClosedRange<Double> { get }

  /// The time from which one samples unless told otherwise.
  var horizon: Double { get }

  /// The time at which log(alpha / sigma) has a given value.
  func time(ofLogSNR logSNR: Double) -> Double

  /// The time at which the signal-to-noise ratio is that of the canonical process at a given time.
  func time(ofCanonicalTime canonicalTime: Double) -> Double
}

extension ForwardProcess {
  /// The time at which the signal-to-noise ratio is that of the canonical process at a given time.
  public func time(ofCanonicalTime canonicalTime: Double) -> Double {
    time(ofLogSNR: OrnsteinUhlenbeck.logSNR(atCanonicalTime: canonicalTime))
  }

  /// The time at which one stops unless told otherwise: canonical time 1e-4, where the noise is
  /// 1.4 % of a unit signal, or the lowest time of the process.
  public var defaultStop: Double {
    max(time(ofCanonicalTime: 1e-4), timeRange.lowerBound)
  }

  /// The variance of each coordinate of the prior at a time: alpha^2 + sigma^2.
  ///
  /// It is the law of noised standard normal data, N(0, I) of the canonical process after the change
  /// of scale, and what the process tends to from any data.
  public func priorVariance(at time: Double) -> Double {
    let scale = level(at: time).scale
    return scale * scale
  }

  /// The coefficients of the probability-flow velocity dx/dt = f x - g^2 / 2 score.
  ///
  /// For the rectified flow this is the velocity E[xi - x_0 | x_t].
  public func flowVelocity(at time: Double) -> (position: Double, score: Double) {
    (drift(at: time), -squaredDiffusion(at: time) / 2)
  }

  /// The law of X_t given X_s for times s <= t.
  public func transition(from s: Double, to t: Double) -> TransitionLaw {
    level(at: s).transition(to: level(at: t))
  }

  /// The law of X_s given X_t and X_0 for times s <= t.
  public func bridge(from t: Double, to s: Double) -> BridgeLaw {
    level(at: t).bridge(to: level(at: s))
  }
}
