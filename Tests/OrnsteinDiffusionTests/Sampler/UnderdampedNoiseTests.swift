import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The noise of underdamped steps is that of the exact solution.
@Suite struct UnderdampedNoiseTests {
  /// Two steps of lengths p and q without a score are one step of length p + q.
  @Test(arguments: [1e-9, 1e-5, 0.01, 0.0999, 0.1, 0.299, 0.301, 1, 7, 60])
  func stepsCompose(_ a: Double) {
    let friction = 1.7
    let (p, q) = (0.3 * a / friction, 0.7 * a / friction)
    let (first, second) = (
      UnderdampedStep(step: p, friction: friction), UnderdampedStep(step: q, friction: friction)
    )
    let whole = UnderdampedStep(step: p + q, friction: friction)
    func moments(_ step: UnderdampedStep) -> (xx: Double, xv: Double, vv: Double) {
      (
        step.positionNoise * step.positionNoise, step.positionNoise * step.sharedNoise,
        step.sharedNoise * step.sharedNoise + step.velocityNoise * step.velocityNoise
      )
    }
    let (m, n, w) = (moments(first), moments(second), moments(whole))
    let (d, e) = (second.drift, second.decay)
    #expect(agrees(w.xx, m.xx + 2 * d * m.xv + d * d * m.vv + n.xx, relative: 1e-13))
    #expect(agrees(w.xv, e * m.xv + d * e * m.vv + n.xv, relative: 1e-13))
    #expect(agrees(w.vv, e * e * m.vv + n.vv, relative: 1e-13))
    #expect(agrees(whole.drift, first.drift + d * first.decay, relative: 1e-14))
    #expect(agrees(whole.decay, e * first.decay, relative: 1e-14))
    // The constant score acts through both parts.
    #expect(agrees(whole.curve, first.curve + d * first.drift + second.curve, relative: 1e-13))
  }

  @Test func frictionlessStepsAreBallistic() {
    let step = UnderdampedStep(step: 0.4, friction: 0)
    #expect(step.decay == 1 && step.drift == 0.4 && agrees(step.curve, 0.08, relative: 1e-15))
    #expect(step.positionNoise == 0 && step.sharedNoise == 0 && step.velocityNoise == 0)
    let slow = UnderdampedStep(step: 0.4, friction: 1e-30)
    #expect(slow.positionNoise.isFinite && slow.velocityNoise > 0 && slow.velocityNoise < 1e-14)
  }

  /// Whatever the random times, positions and velocities without a score follow the exact solution.
  @Test(arguments: [0, 1, 2, 3])
  func midpointsShareOneBrownianMotion(block: Int) throws {
    let level = VarianceLevel.exploding
    let corrector = try UnderdampedMidpointCorrector(step: 0.35, friction: 1.3, steps: 3)
    var builder = ProgramBuilder(key: NoiseKey(seed: 9), block: block)
    builder.begin(step: 0, at: level)
    corrector.emit(at: 0, of: [level], into: &builder)
    let velocity = builder.register("corrector velocity").index
    var law = RegisterLaw()
    let position = law.run(try builder.build(), from: (mean: 2, variance: 0.5))
    let exact = UnderdampedStep(step: 3 * 0.35, friction: 1.3)
    let unit = level.sigma
    let spread = exact.positionNoise * exact.positionNoise + exact.drift * exact.drift
    #expect(agrees(position.mean, 2, relative: 1e-14))
    #expect(agrees(position.variance, 0.5 + unit * unit * spread, relative: 1e-13))
    #expect(agrees(law.covariance[velocity][velocity], 1, relative: 1e-13))
    #expect(
      agrees(
        law.covariance[0][velocity],
        unit * (exact.positionNoise * exact.sharedNoise + exact.drift * exact.decay),
        relative: 1e-13))
  }
}

/// A level that is not of the canonical scale.
enum VarianceLevel {
  static let exploding = NoiseLevel(time: 0.4, alpha: 1, sigma: 0.6)
}
