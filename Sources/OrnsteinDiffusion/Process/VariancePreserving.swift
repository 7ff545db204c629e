import RealModule

/// The variance-preserving process dX = -beta(t)/2 X dt + sqrt(beta(t)) dW, t in [0, 1].
///
/// alpha^2 + sigma^2 = 1: the canonical process under the clock t_c = B(t) / 2, B the integral of
/// beta.
///
/// - Source: linear, Song et al., arXiv 2011.13456, equation 32 (Ho et al., arXiv 2006.11239, in
///   continuous time); cosine, Nichol, Dhariwal, arXiv 2102.09672, equation 17.
public struct VariancePreserving: ForwardProcess, Hashable {
  /// How fast the signal is lost.
  public enum Schedule: Sendable, Hashable {
    /// beta grows linearly.
    case linear(LinearRate)
    /// alpha = cos(pi/2 (t + s) / (1 + s)) / cos(pi/2 s / (1 + s)), with offset s.
    case cosine(offset: Double)
  }

  /// How fast the signal is lost.
  public let schedule: Schedule

  /// The process with a linear rate; 0.1 and 20 are usual.
  public init(rate: LinearRate) { schedule = .linear(rate) }

  /// The process with the cosine schedule.
  ///
  /// - Parameter offset: s in (0, 1], usually 0.008.
  /// - Throws: ``ProcessError`` for another offset.
  public init(cosineOffset offset: Double) throws(ProcessError) {
    guard offset > 0, offset <= 1 else {
      throw .invalidParameter("offset", offset, "must lie in (0, 1]")
    }
    schedule = .cosine(offset: offset)
  }

  /// 0 to 1; to 0.9999 for the cosine, whose signal vanishes at 1.
  public var timeRange: ClosedRange<Double> {
    switch schedule {
    case .linear: 0...1
    case .cosine: 0...0.9999
    }
  }

  /// 1; 0.995 for the cosine.
  public var horizon: Double {
    switch schedule {
    case .linear: 1
    case .cosine: 0.995
    }
  }

  /// The scales of the canonical process at t_c.
  public func level(at time: Double) -> NoiseLevel {
    let canonicalTime = canonicalTime(at: time)
    return NoiseLevel(
      time: time, alpha: .exp(-canonicalTime), sigma: .sqrt(-.expMinusOne(-2 * canonicalTime)))
  }

  /// -beta(t) / 2.
  public func drift(at time: Double) -> Double { -rate(at: time) / 2 }

  /// beta(t).
  public func squaredDiffusion(at time: Double) -> Double { rate(at: time) }

  /// The time of a log signal-to-noise ratio, through the canonical time.
  public func time(ofLogSNR logSNR: Double) -> Double {
    time(ofCanonicalTime: OrnsteinUhlenbeck.canonicalTime(ofLogSNR: logSNR))
  }

  /// The time at which B(t) / 2 has a value, without cancellation.
  public func time(ofCanonicalTime canonicalTime: Double) -> Double {
    switch schedule {
    case .linear(let rate): return rate.time(ofIntegral: 2 * canonicalTime)
    case .cosine(let offset):
      // cos D - tan(start) sin D = 1 - loss, solved for tan(D / 2).
      let loss = -Double.expMinusOne(-canonicalTime)
      let slope = Double.tan(Self.angle(offset, at: 0))
      let halfTangent = loss / (slope + .sqrt(slope * slope + loss * (2 - loss)))
      return 2 * .atan(halfTangent) * (1 + offset) * 2 / .pi
    }
  }

  private func rate(at time: Double) -> Double {
    switch schedule {
    case .linear(let rate): rate.value(at: time)
    case .cosine(let offset): .pi / (1 + offset) * .tan(Self.angle(offset, at: time))
    }
  }

  private func canonicalTime(at time: Double) -> Double {
    switch schedule {
    case .linear(let rate): return rate.integral(to: time) / 2
    case .cosine(let offset):
      let start = Self.angle(offset, at: 0)
      let turned = Double.pi / 2 * time / (1 + offset)
      let half = Double.sin(turned / 2)
      let loss = 2 * half * half + .tan(start) * .sin(turned)
      guard loss > 0.5 else { return -.log(onePlus: -loss) }
      return -.log(.sin(.pi / 2 * (1 - time) / (1 + offset)) / .cos(start))
    }
  }

  private static func angle(_ offset: Double, at time: Double) -> Double {
    .pi / 2 * (time + offset) / (1 + offset)
  }
}
