import RealModule

/// The variance-exploding process: the data plus noise of deviation
/// sigma(t) = sigma_min (sigma_max / sigma_min)^t, t in [0, 1].
///
/// At t = 0 the noise already has deviation sigma_min.
///
/// - Source: Song et al., arXiv 2011.13456, equation 30 and appendix C.
public struct VarianceExploding: ForwardProcess, Hashable {
  /// The deviation of the noise at t = 0.
  public let minimum: Double
  /// The deviation of the noise at t = 1.
  public let maximum: Double

  /// The process by its extreme deviations; 0.01 and 50 are usual.
  ///
  /// - Throws: ``ProcessError`` unless 0 < minimum < maximum, both finite.
  public init(minimum: Double = 0.01, maximum: Double = 50) throws(ProcessError) {
    guard minimum > 0, minimum.isFinite else {
      throw .invalidParameter("sigma-min", minimum, "must be positive")
    }
    guard maximum > minimum, maximum.isFinite else {
      throw .invalidParameter("sigma-max", maximum, "must be above sigma-min")
    }
    self.minimum = minimum
    self.maximum = maximum
  }

  private var logRatio: Double { .log(maximum / minimum) }

  /// 0 to 1.
  public var timeRange: ClosedRange<Double> { 0...1 }

  /// 1.
  public var horizon: Double { 1 }

  /// The scales 1 and sigma(t).
  public func level(at time: Double) -> NoiseLevel {
    NoiseLevel(time: time, alpha: 1, sigma: minimum * .exp(logRatio * time))
  }

  /// 0.
  public func drift(at time: Double) -> Double { 0 }

  /// 2 sigma(t)^2 log(sigma_max / sigma_min).
  public func squaredDiffusion(at time: Double) -> Double {
    let sigma = level(at: time).sigma
    return 2 * sigma * sigma * logRatio
  }

  /// log(e^{-lambda} / sigma_min) / log(sigma_max / sigma_min).
  public func time(ofLogSNR logSNR: Double) -> Double {
    (-logSNR - .log(minimum)) / logRatio
  }
}
