import RealModule

/// The sub-variance-preserving process dX = -beta/2 X dt + sqrt(beta (1 - e^{-2 B})) dW, t in [0, 1].
///
/// alpha = e^{-B/2} and sigma = 1 - e^{-B} (a standard deviation), so alpha^2 + sigma^2 < 1 between
/// the ends.
///
/// - Source: Song et al., arXiv 2011.13456, section 3.4.
public struct SubVariancePreserving: ForwardProcess, Hashable {
  /// beta(t).
  public let rate: LinearRate

  /// The process with a linear rate; 0.1 and 20 are usual.
  public init(rate: LinearRate) { self.rate = rate }

  /// 0 to 1.
  public var timeRange: ClosedRange<Double> { 0...1 }

  /// 1.
  public var horizon: Double { 1 }

  /// The scales e^{-B/2} and 1 - e^{-B}.
  public func level(at time: Double) -> NoiseLevel {
    let integral = rate.integral(to: time)
    return NoiseLevel(time: time, alpha: .exp(-integral / 2), sigma: -.expMinusOne(-integral))
  }

  /// -beta / 2.
  public func drift(at time: Double) -> Double { -rate.value(at: time) / 2 }

  /// beta (1 - e^{-2 B}).
  public func squaredDiffusion(at time: Double) -> Double {
    -rate.value(at: time) * .expMinusOne(-2 * rate.integral(to: time))
  }

  /// The time at which B = 2 asinh(e^{-lambda} / 2), since sigma / alpha = 2 sinh(B / 2).
  public func time(ofLogSNR logSNR: Double) -> Double {
    rate.time(ofIntegral: 2 * .asinh(.exp(-logSNR) / 2))
  }
}
