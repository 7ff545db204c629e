import RealModule

/// The exact law of phase-space samplers on normal data, one coordinate (or axis of the covariance)
/// at a time: each step is affine in (position, velocity).
public struct PhaseSpaceOracle: Sendable, Hashable {
  /// The mean of the data.
  public let mean: Double
  /// The variance of the data.
  public let variance: Double
  /// The forward process.
  public let process: CriticallyDampedLangevin

  /// The oracle of a coordinate with a normal law.
  public init(mean: Double, variance: Double, process: CriticallyDampedLangevin) {
    self.mean = mean
    self.variance = variance
    self.process = process
  }

  /// The law of the noised data at a time.
  public func truth(at time: Double) -> PhaseLaw {
    process.law(mean: mean, variance: variance, at: time)
  }

  /// The prior N(0, 1) x N(0, M).
  public var prior: PhaseLaw {
    PhaseLaw(
      mean: PhaseVector(x: 0, v: 0), covariance: PhaseCovariance(xx: 1, xv: 0, vv: process.mass))
  }

  /// The velocity score at a time, s = position x + velocity v + constant.
  func score(at time: Double) -> (position: Double, velocity: Double, constant: Double) {
    let law = truth(at: time)
    let determinant = process.determinant(variance: variance, at: time)
    let position = law.covariance.xv / determinant
    let velocity = -law.covariance.xx / determinant
    return (position, velocity, -(position * law.mean.x + velocity * law.mean.v))
  }

  /// The law after some steps.
  public func law(after steps: [PhaseStep], from start: PhaseLaw) -> PhaseLaw {
    var law = start
    for step in steps {
      if let first = step.first { law = moved(law, first) }
      let score = score(at: step.time)
      let flow = step.second.flow
      law = moved(
        law,
        PhaseMove(
          flow: PhaseMatrix(
            xx: flow.xx + step.score.x * score.position,
            xv: flow.xv + step.score.x * score.velocity,
            vx: flow.vx + step.score.v * score.position,
            vv: flow.vv + step.score.v * score.velocity), noise: step.second.noise))
      law.mean.x += step.score.x * score.constant
      law.mean.v += step.score.v * score.constant
    }
    return law
  }

  private func moved(_ law: PhaseLaw, _ move: PhaseMove) -> PhaseLaw {
    PhaseLaw(
      mean: move.flow.applied(to: law.mean),
      covariance: move.flow.applied(to: law.covariance) + move.noise)
  }

  /// The path-space divergence of the reverse process with the velocity score frozen over each
  /// step, from the exact one.
  ///
  ///     Gamma beta sum over steps of the integral of E |s_b(U_b) - s_t(U_t)|^2 dt, b the step's start.
  ///
  /// Coordinates of a product are independent, so d of them cost d times as much.
  ///
  /// - Parameter times: Decreasing.
  /// - Source: Girsanov's theorem with noise on velocities only; S. Chen et al., arXiv 2209.11215,
  ///   section 5.
  public func frozenScorePathCost(along times: [Double]) -> Double {
    var sum = 0.0
    for (b, a) in zip(times, times.dropFirst()) {
      let late = score(at: b)
      let half = (b - a) / 2
      for (node, weight) in Self.gaussLegendre {
        for place in [-node, node] {
          let t = a + half * (1 + place)
          let flow = process.flow(over: b - t)
          // E s_b s_t = e_v^T C_b^{-1} F e_v, and score(at:) holds -e_v^T C^{-1}.
          let cross = -(late.position * flow.xv + late.velocity * flow.vv)
          sum += weight * half * (-late.velocity - score(at: t).velocity - 2 * cross)
        }
      }
    }
    return process.squaredDiffusion / 2 * sum
  }

  /// The positive nodes of the eight-point rule on [-1, 1], with weights.
  private static let gaussLegendre: [(Double, Double)] = [
    (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
  ]
}
