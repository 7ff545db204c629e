import RealModule

/// Stochastic localization Y_u = u X_0 + W_u, read backwards so that time grows towards noise.
///
/// Localization runs in the signal-to-noise ratio u upwards from 0, where nothing is known. Here time
/// is the canonical time t at which u = 1 / (e^{2 t} - 1); then alpha = u, sigma = sqrt(u), and Y_u is
/// the canonical X_t times alpha_t / sigma_t^2 = 1 / (2 sinh t), equal in law as a process.
///
/// - Source: Montanari, arXiv 2305.10690, section 2; El Alaoui, Montanari, arXiv 2204.13399 (the
///   process goes back to Eldan).
public struct StochasticLocalization: ForwardProcess, Hashable {
  /// The process.
  public init() {}

  /// Canonical times 1e-12 to 300: at 0 the ratio u is infinite.
  public var timeRange: ClosedRange<Double> { 1e-12...300 }

  /// Canonical time 5, u = 4.5e-5.
  public var horizon: Double { 5 }

  /// u = 1 / (e^{2 t} - 1).
  public func signalToNoiseRatio(at time: Double) -> Double { 1 / .expMinusOne(2 * time) }

  /// The scales u and sqrt(u).
  public func level(at time: Double) -> NoiseLevel {
    let ratio = signalToNoiseRatio(at: time)
    return NoiseLevel(time: time, alpha: ratio, sigma: .sqrt(ratio))
  }

  /// u' / u = -2 / (1 - e^{-2 t}).
  public func drift(at time: Double) -> Double { 2 / .expMinusOne(-2 * time) }

  /// -u' = 2 u / (1 - e^{-2 t}).
  public func squaredDiffusion(at time: Double) -> Double {
    -2 * signalToNoiseRatio(at: time) / .expMinusOne(-2 * time)
  }

  /// log1p(e^{-2 lambda}) / 2.
  public func time(ofLogSNR logSNR: Double) -> Double {
    OrnsteinUhlenbeck.canonicalTime(ofLogSNR: logSNR)
  }

  /// t_c.
  public func time(ofCanonicalTime canonicalTime: Double) -> Double { canonicalTime }
}
