import RealModule

/// The Ornstein-Uhlenbeck process dX = -r X dt + sqrt(2 r) dW.
///
/// alpha = e^{-r t}, sigma^2 = 1 - e^{-2 r t}. With r = 1 this is the canonical process of the whole
/// library; with r = 1/2 the "slow" convention dX = -X/2 dt + dW of much of the theory, the same
/// process with times doubled.
///
/// - Source: S. Chen, Chewi, Li, Li, Salim, Zhang, arXiv 2209.11215, section 2 (canonical); H. Chen,
///   Lee, Lu, arXiv 2211.01916, section 2.
public struct OrnsteinUhlenbeck: ForwardProcess, Hashable {
  /// r, the rate at which the signal decays.
  public let rate: Double

  /// The canonical process, r = 1.
  public init() { rate = 1 }

  private init(rate: Double) { self.rate = rate }

  /// dX = -X dt + sqrt(2) dW.
  public static let canonical = OrnsteinUhlenbeck()
  /// dX = -X/2 dt + dW; its time is twice the canonical time.
  public static let slow = OrnsteinUhlenbeck(rate: 0.5)

  /// All times from 0 to canonical time 300, where the signal still is a normal number.
  public var timeRange: ClosedRange<Double> { 0...300 / rate }

  /// Canonical time 5.
  public var horizon: Double { 5 / rate }

  /// The scales e^{-r t} and sqrt(1 - e^{-2 r t}).
  public func level(at time: Double) -> NoiseLevel {
    NoiseLevel(
      time: time, alpha: .exp(-rate * time), sigma: .sqrt(-.expMinusOne(-2 * rate * time)))
  }

  /// -r.
  public func drift(at time: Double) -> Double { -rate }

  /// 2 r.
  public func squaredDiffusion(at time: Double) -> Double { 2 * rate }

  /// log1p(e^{-2 lambda}) / (2 r).
  public func time(ofLogSNR logSNR: Double) -> Double {
    Self.canonicalTime(ofLogSNR: logSNR) / rate
  }

  /// t_c / r.
  public func time(ofCanonicalTime canonicalTime: Double) -> Double { canonicalTime / rate }

  /// log(alpha / sigma) of the canonical process: -t - log(1 - e^{-2 t}) / 2.
  static func logSNR(atCanonicalTime time: Double) -> Double {
    -time - .log(-.expMinusOne(-2 * time)) / 2
  }

  /// The canonical time of a log signal-to-noise ratio, stable at both ends.
  static func canonicalTime(ofLogSNR logSNR: Double) -> Double {
    logSNR < 0
      ? .log(onePlus: .exp(2 * logSNR)) / 2 - logSNR : .log(onePlus: .exp(-2 * logSNR)) / 2
  }
}
