import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Corrections at t = 0.5 from x = 0.7 with z = 0.25 and the exact score of a mixture, computed
/// independently in double precision.
@Suite struct LangevinGoldenTests {
  static let score = -0.31226070885895
  let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
  let mixture = Targets.gm1(Double.self)

  @Test func langevinStep() throws {
    let corrector = try LangevinCorrector(step: 0.05, unit: .scale)
    var replay = ProgramReplay(mixture, correctorNoise: [0.25])
    #expect(
      agrees(replay.run(try program(of: corrector, at: level), from: [0.7])[0], 0.76344390606126))
    // The same step in units of the noise.
    let other = try LangevinCorrector(step: 0.05 / (level.sigma * level.sigma))
    #expect(agrees(replay.run(try program(of: other, at: level), from: [0.7])[0], 0.76344390606126))
  }

  @Test func metropolisRatio() throws {
    let program = try program(of: MetropolisCorrector(step: 0.05, unit: .scale), at: level)
    let rule = try #require(operation(MetropolisAcceptance.self, of: program))
    let (x, y) = (0.7, 0.76344390606126)
    let points = Batch<Double>(rows: [[x], [y]])
    let densities = mixture.logDensity(of: points, at: level)
    let scores = mixture.score(of: points, at: level)
    let forward = y - x - rule.step * scores[0, 0]
    let backward = x - y - rule.step * scores[1, 0]
    let ratio = rule.logRatio(
      gain: densities[1] - densities[0], forward: forward * forward, backward: backward * backward)
    #expect(agrees(ratio, -0.00030906859401412, relative: 1e-9))
    #expect(program.evaluations == 2 && program.requiresLogDensity && !program.couplesRows)
  }

  @Test func signalToNoiseStep() throws {
    let program = try program(of: SignalToNoiseCorrector(followsDecay: false), at: level)
    let rule = try #require(operation(NormRatioStep.self, of: program))
    let step = rule.step(scoreNorm: abs(Self.score), noiseNorm: 0.25)
    #expect(agrees(step, 0.032818240688465))
    #expect(agrees(0.7 + step * Self.score + .sqrt(2 * step) * 0.25, 0.75380119727964))
  }

  @Test func underdampedStep() throws {
    let step = UnderdampedStep(step: 0.3, friction: 2)
    #expect(agrees(step.positionNoise * step.positionNoise, 0.023513083115976))
    #expect(agrees(step.positionNoise * step.sharedNoise, 0.10178546986207))
    #expect(
      agrees(
        step.sharedNoise * step.sharedNoise + step.velocityNoise * step.velocityNoise,
        0.6988057880878))
    #expect(agrees(step.positionNoise, 0.15333976364915))
    #expect(agrees(step.sharedNoise, 0.66379044443402))
    #expect(agrees(step.velocityNoise, 0.50812206600962))

    let corrector = try UnderdampedCorrector(step: 0.3, friction: 2, steps: 1, unit: .scale)
    var builder = ProgramBuilder()
    builder.begin(step: 0, at: level)
    corrector.emit(at: 0, of: [level], into: &builder)
    let velocity = builder.register("corrector velocity")
    var replay = ProgramReplay(mixture, correctorNoise: [-0.2, 0.25, -0.4])
    #expect(agrees(replay.run(try builder.build(), from: [0.7])[0], 0.6815990977784))
    #expect(agrees(replay.registers[velocity.index][0], -0.21750774168524))
  }

  @Test(arguments: [
    (1e-4, 6.6661666899992e-13), (0.01, 6.6168991691207e-7), (0.1, 6.1891906585643e-4),
    (1, 0.33618248144916),
  ])
  func displacementVariance(_ a: Double, _ expected: Double) {
    #expect(agrees(UnderdampedStep.displacementVariance(a), expected))
  }

  @Test func midpointStepOfTheFlow() throws {
    // theta = 0.3 is the share of the way; the method draws its own, so its formula is replayed.
    let process = OrnsteinUhlenbeck.canonical
    let levels = [process.level(at: 0.5), process.level(at: 0.4)]
    let predictor = try OverdampedStages(lipschitz: 1, usesMidpoint: true)
    var builder = ProgramBuilder(key: NoiseKey(seed: 3))
    builder.isNoiseFree = true
    builder.begin(step: 0, at: levels[0])
    predictor.emit(step: 0, of: levels, into: &builder)
    var other = ProgramBuilder(key: NoiseKey(seed: 3))
    let share = other.uniform()
    func flow(_ share: Double) -> (middle: Double, end: Double) {
      let h = 0.1
      let score = mixture.score(of: Batch(rows: [[0.7]]), at: levels[0])[0, 0]
      let middle = .exp(share * h) * 0.7 + .expMinusOne(share * h) * score
      let between = process.level(at: 0.5 - share * h)
      let next = mixture.score(of: Batch(rows: [[middle]]), at: between)[0, 0]
      return (middle, .exp(h) * 0.7 + h * .exp((1 - share) * h) * next)
    }
    #expect(agrees(flow(0.3).middle, 0.71180841940717))
    #expect(agrees(flow(0.3).end, 0.74002348866991))
    var replay = ProgramReplay(mixture)
    #expect(
      agrees(replay.run(try builder.build(), from: [0.7])[0], flow(share).end, relative: 1e-13))
  }

  private func operation<Operation: PointOperation>(
    _: Operation.Type, of program: SamplerProgram
  ) -> Operation? {
    for case .apply(let operation) in program.instructions {
      if let found = operation as? Operation { return found }
    }
    return nil
  }
}
