import OrnsteinNumerics
import RealModule

/// Steps of Langevin diffusions at a fixed level, which correctors and samplers share.
///
/// Lengths are in units of `unit`; a score of the process is a score of x / unit over the unit.
extension ProgramBuilder {
  /// x <- x + h unit^2 score(x) + sqrt(2 h) unit z.
  mutating func langevinStep(
    _ h: Double, unit: Double, at level: NoiseLevel, purpose: NoisePurpose
  ) {
    let score = evaluate(at: level, into: register("langevin score"))
    combine(
      [(1, .position), (h * unit * unit, score)], noise: .sqrt(2 * h) * unit, purpose: purpose)
  }

  /// A step of ``langevinStep(_:unit:at:purpose:)`` that is accepted or rejected so that p_t is kept
  /// exactly; the score of the point is that of the step before, if nothing came between.
  mutating func metropolisStep(
    _ h: Double, unit: Double, at level: NoiseLevel, purpose: NoisePurpose
  ) {
    let step = h * unit * unit
    let registers = MetropolisAcceptance.Registers(
      score: register("metropolis score"), proposal: register("metropolis proposal"),
      proposedScore: register("metropolis proposed score"))
    let before = lastOperation as? MetropolisAcceptance
    if before?.level != level || before?.registers != registers {
      evaluate(at: level, into: registers.score)
    }
    combine(
      into: registers.proposal, [(1, .position), (step, registers.score)], noise: .sqrt(2 * step),
      purpose: purpose)
    evaluate(registers.proposal, at: level, into: registers.proposedScore)
    apply(
      MetropolisAcceptance(
        level: level, step: step, registers: registers, stream: nextStream(.acceptance)))
  }

  /// An exact step of the underdamped diffusion with the score frozen.
  mutating func underdampedStep(
    _ step: UnderdampedStep, unit: Double, velocity: Register, at level: NoiseLevel,
    purpose: NoisePurpose
  ) {
    let score = evaluate(at: level, into: register("langevin score"))
    let normals = register("langevin normals")
    drawNormals(into: normals, purpose: purpose)
    combine([
      (1, .position), (unit * step.drift, velocity), (unit * unit * step.curve, score),
      (unit * step.positionNoise, normals),
    ])
    combine(
      into: velocity,
      [(step.decay, velocity), (unit * step.drift, score), (step.sharedNoise, normals)],
      noise: step.velocityNoise, purpose: purpose)
  }

  /// A step of the underdamped diffusion with the score taken at a random time of it.
  ///
  /// The noise of both parts of the step is drawn part by part, so that each is the exact 2-by-2
  /// normal of ``UnderdampedStep`` and none of the covariances cancels.
  mutating func underdampedMidpointStep(
    _ h: Double, friction: Double, unit: Double, velocity: Register, at level: NoiseLevel,
    purpose: NoisePurpose
  ) {
    let share = uniform()
    let whole = UnderdampedStep(step: h, friction: friction)
    let first = UnderdampedStep(step: share * h, friction: friction)
    let second = UnderdampedStep(step: (1 - share) * h, friction: friction)
    let score = register("langevin score")
    let normals = register("langevin normals")
    let (kick, middle) = (register("langevin kick"), register("langevin middle"))
    evaluate(at: level, into: score)
    drawNormals(into: normals, purpose: purpose)
    combine(
      into: middle,
      [
        (1, .position), (unit * first.drift, velocity), (unit * unit * first.curve, score),
        (unit * first.positionNoise, normals),
      ])
    combine(
      into: kick, [(first.sharedNoise, normals)], noise: first.velocityNoise, purpose: purpose)
    evaluate(middle, at: level, into: score)
    combine([
      (1, .position), (unit * whole.drift, velocity), (unit * unit * h * second.drift, score),
      (unit * first.positionNoise, normals), (unit * second.drift, kick),
    ])
    drawNormals(into: normals, purpose: purpose)
    combine([(1, .position), (unit * second.positionNoise, normals)])
    combine(
      into: velocity,
      [
        (whole.decay, velocity), (unit * h * second.decay, score), (second.decay, kick),
        (second.sharedNoise, normals),
      ], noise: second.velocityNoise, purpose: purpose)
  }
}
