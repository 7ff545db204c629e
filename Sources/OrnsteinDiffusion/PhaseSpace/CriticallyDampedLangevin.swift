import RealModule

/// The critically damped Langevin process: noise enters velocities and reaches positions through
/// them, so that positions are smooth in time.
///
///     dX = beta V / M dt,   dV = -beta X dt - Gamma beta V / M dt + sqrt(2 Gamma beta) dW
///
/// with Gamma = 2 sqrt(M), and V_0 ~ N(0, gamma M I). It tends to N(0, I) x N(0, M I). With
/// z = beta t / sqrt(M) one coordinate goes by the matrix
/// F = e^{-z} [[1 + z, beta t / M], [-beta t, 1 - z]] and gains the noise of ``noise(over:)``.
///
/// - Source: Dockhorn, Vahdat, Kreis, arXiv 2112.07068, section 3.1 and appendix B.
public struct CriticallyDampedLangevin: Sendable, Hashable {
  /// M, the mass.
  public let mass: Double
  /// beta, the rate of time.
  public let rate: Double
  /// gamma, the variance of velocities at time 0 against that at the end.
  public let initialSpread: Double

  /// The process by its numbers; the usual ones are those of its authors.
  ///
  /// - Throws: ``ProcessError`` unless mass and rate are positive and the spread is 0 or more.
  public init(
    mass: Double = 0.25, rate: Double = 4, initialSpread: Double = 0.04
  ) throws(ProcessError) {
    guard mass > 0, mass.isFinite else {
      throw .invalidParameter("mass", mass, "must be positive")
    }
    guard rate > 0, rate.isFinite else {
      throw .invalidParameter("rate", rate, "must be positive")
    }
    guard initialSpread >= 0, initialSpread.isFinite else {
      throw .invalidParameter("initial-spread", initialSpread, "must be 0 or more")
    }
    self.mass = mass
    self.rate = rate
    self.initialSpread = initialSpread
  }

  /// Gamma = 2 sqrt(M).
  public var friction: Double { 2 * .sqrt(mass) }

  /// 2 Gamma beta, the rate at which noise enters velocities, and the coefficient of the score.
  public var squaredDiffusion: Double { 2 * friction * rate }

  /// beta t / sqrt(M).
  func phase(of duration: Double) -> Double { rate * duration / .sqrt(mass) }

  /// The map F of a coordinate over a duration; negative durations go back in time.
  public func flow(over duration: Double) -> PhaseMatrix {
    let z = phase(of: duration)
    let decay = Double.exp(-z)
    return PhaseMatrix(
      xx: decay * (1 + z), xv: decay * rate * duration / mass, vx: -decay * rate * duration,
      vv: decay * (1 - z))
  }

  /// The noise that a coordinate gains over a duration of 0 or more.
  ///
  /// xx = P(3, 2 z), the regularised incomplete gamma function, xv = 2 sqrt(M) z^2 e^{-2 z},
  /// vv = M (1 - e^{-2 z} + 2 z e^{-2 z} (1 - z)).
  public func noise(over duration: Double) -> PhaseCovariance { signedNoise(phase(of: duration)) }

  /// The noise that the reverse linear flow, without score, gains over a duration: the integral of
  /// F(-u) G G^T F(-u)^T, which is ``noise(over:)`` of the negative duration with its sign changed.
  public func reverseNoise(over duration: Double) -> PhaseCovariance {
    let noise = signedNoise(-phase(of: duration))
    return PhaseCovariance(xx: -noise.xx, xv: -noise.xv, vv: -noise.vv)
  }

  private func signedNoise(_ z: Double) -> PhaseCovariance {
    let decay = Double.exp(-2 * z)
    return PhaseCovariance(
      xx: Self.incompleteGamma(2 * z), xv: 2 * .sqrt(mass) * z * z * decay,
      vv: mass * (-.expMinusOne(-2 * z) + 2 * z * decay * (1 - z)))
  }

  /// P(3, y) = 1 - e^{-y} (1 + y + y^2 / 2), by its series near 0.
  private static func incompleteGamma(_ y: Double) -> Double {
    guard abs(y) < 2 else { return 1 - .exp(-y) * (1 + y + y * y / 2) }
    var (term, sum, n) = (y * y * y / 6, 0.0, 3.0)
    while abs(term) > abs(sum) * 1e-18 {
      sum += term
      n += 1
      term *= y / n
    }
    return .exp(-y) * sum
  }

  /// The law of (X_t, V_t) of a coordinate whose X_0 is normal.
  public func law(mean: Double, variance: Double, at time: Double) -> PhaseLaw {
    let flow = flow(over: time)
    let start = PhaseCovariance(xx: variance, xv: 0, vv: initialSpread * mass)
    return PhaseLaw(
      mean: PhaseVector(x: flow.xx * mean, v: flow.vx * mean),
      covariance: flow.applied(to: start) + noise(over: time))
  }

  /// The level of noise of positions alone: X_t = alpha X_0 + sigma xi with alpha = F_xx and
  /// sigma^2 = F_xv^2 gamma M + S_xx, S the noise over the time.
  public func positionLevel(at time: Double) -> NoiseLevel {
    let law = law(mean: 1, variance: 0, at: time)
    return NoiseLevel(
      time: time, alpha: law.mean.x, sigma: .sqrt(max(law.covariance.xx, 0)))
  }

  /// The determinant of the covariance at a time from a variance c at time 0, without cancellation:
  /// e^{-4 z} (c (gamma M + R_vv) + R_xx gamma M + det R) with R the reverse noise, for small z.
  func determinant(variance: Double, at time: Double) -> Double {
    let z = phase(of: time)
    guard z < 1 else { return law(mean: 0, variance: variance, at: time).covariance.determinant }
    let reverse = reverseNoise(over: time)
    let spread = initialSpread * mass
    return .exp(-4 * z)
      * (variance * (spread + reverse.vv) + reverse.xx * spread + reverse.determinant)
  }
}

/// The normal law of position and velocity of one coordinate.
public struct PhaseLaw: Sendable, Hashable {
  /// The mean.
  public var mean: PhaseVector
  /// The covariance.
  public var covariance: PhaseCovariance

  /// A law by its moments.
  public init(mean: PhaseVector, covariance: PhaseCovariance) {
    self.mean = mean
    self.covariance = covariance
  }
}
