import RealModule

/// A linear move of all coordinates with noise: u -> F u + L z.
public struct PhaseMove: Sendable, Hashable {
  /// F.
  public var flow: PhaseMatrix
  /// The covariance L L^T of the noise.
  public var noise: PhaseCovariance

  /// A move by its parts.
  public init(flow: PhaseMatrix, noise: PhaseCovariance) {
    self.flow = flow
    self.noise = noise
  }
}

/// A step in phase space: a move or none, a score at the time `time`, and
/// u -> F u + score * s + L z.
public struct PhaseStep: Sendable, Hashable {
  /// The move before the score is evaluated.
  public var first: PhaseMove?
  /// The time at which the score is evaluated.
  public var time: Double
  /// What the velocity score adds to position and velocity.
  public var score: PhaseVector
  /// The move of the point at which the score was evaluated.
  public var second: PhaseMove

  /// A step by its parts.
  public init(first: PhaseMove?, time: Double, score: PhaseVector, second: PhaseMove) {
    self.first = first
    self.time = time
    self.score = score
    self.second = second
  }
}

/// How the reverse process of phase space is discretised; one score evaluation a step each.
public enum PhaseSpaceMethod: String, Sendable, Codable, CaseIterable {
  /// The velocity score frozen over the step, all else solved exactly: linear flow and 2-by-2 noise.
  case frozenScore = "frozen-score"
  /// Symmetric splitting (SSCS): half a step of the process that leaves N(0, I) x N(0, M I)
  /// invariant, solved exactly; a full step of the rest of the score at the middle of the time; the
  /// other half.
  case symmetricSplitting = "symmetric-splitting"

  /// A method by its name; "critically-damped" and "sscs" are known too.
  ///
  /// - Throws: ``SamplingError/unknownPredictor(_:)``.
  public init(name: String) throws(SamplingError) {
    let known = ["critically-damped": "frozen-score", "sscs": "symmetric-splitting"]
    guard let method = PhaseSpaceMethod(rawValue: known[name] ?? name) else {
      throw .unknownPredictor(name)
    }
    self = method
  }

  /// What the method does, in one line.
  public var summary: String {
    switch self {
    case .frozenScore: "exponential integrator with the velocity score frozen"
    case .symmetricSplitting: "exact halves of the stationary part around the rest of the score"
    }
  }

  /// The order of the error in law.
  public var order: Int { 1 }

  /// Where the method comes from.
  public var source: String {
    switch self {
    case .frozenScore: "arXiv 2209.11215, section 2.2; process of 2112.07068"
    case .symmetricSplitting: "arXiv 2112.07068, section 3.3 and algorithm 1"
    }
  }

  /// The step from time t to s < t.
  public func step(
    from t: Double, to s: Double, of process: CriticallyDampedLangevin
  ) -> PhaseStep {
    let h = t - s
    switch self {
    case .frozenScore:
      return PhaseStep(
        first: nil, time: t, score: process.reverseScoreResponse(over: h),
        second: PhaseMove(flow: process.flow(over: -h), noise: process.reverseNoise(over: h)))
    case .symmetricSplitting:
      let half = process.stationaryReverse(over: h / 2)
      let kick = process.squaredDiffusion * h
      let flow = half.flow
      return PhaseStep(
        first: half, time: t - h / 2,
        score: PhaseVector(x: flow.xv * kick, v: flow.vv * kick),
        second: PhaseMove(
          flow: flow.after(PhaseMatrix(xx: 1, xv: 0, vx: 0, vv: 1 + kick / process.mass)),
          noise: half.noise))
    }
  }
}

extension CriticallyDampedLangevin {
  /// What a constant velocity score adds to position and velocity of the reverse process over a
  /// duration: -2 Gamma (1 - e^z + z e^z) and 4 M z e^z.
  func reverseScoreResponse(over duration: Double) -> PhaseVector {
    let z = phase(of: duration)
    return PhaseVector(x: -2 * friction * Self.excess(z), v: 4 * mass * z * .exp(z))
  }

  /// 1 - e^z + z e^z, by its series near 0.
  private static func excess(_ z: Double) -> Double {
    guard abs(z) < 0.5 else { return z * .exp(z) - .expMinusOne(z) }
    // sum over n >= 2 of z^n (n - 1) / n!
    var (power, sum, n) = (z * z / 2, 0.0, 2.0)
    while abs(power) * (n - 1) > abs(sum) * 1e-18 {
      sum += power * (n - 1)
      n += 1
      power *= z / n
    }
    return sum
  }

  /// The reverse process of the stationary law N(0, I) x N(0, M I): the forward one with the sign of
  /// positions changed.
  func stationaryReverse(over duration: Double) -> PhaseMove {
    let (flow, noise) = (flow(over: duration), noise(over: duration))
    return PhaseMove(
      flow: PhaseMatrix(xx: flow.xx, xv: -flow.xv, vx: -flow.vx, vv: flow.vv),
      noise: PhaseCovariance(xx: noise.xx, xv: -noise.xv, vv: noise.vv))
  }
}
