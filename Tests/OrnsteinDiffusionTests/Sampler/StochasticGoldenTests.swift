import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Steps from x = 0.7 at t = 0.5 to s = 0.4 with the exact score of a mixture, computed independently
/// in double precision.
@Suite struct StochasticGoldenTests {
  let levels = [0.6, 0.5, 0.4].map { OrnsteinUhlenbeck.canonical.level(at: $0) }

  /// The point after step 1 of the levels, and all registers.
  func step(
    _ predictor: any Predictor, from x: Double = 0.7, noise: [Double] = [],
    before: (inout ProgramBuilder) -> Void = { _ in }
  ) throws -> (point: Double, registers: [Double]) {
    var program = ProgramBuilder()
    before(&program)
    predictor.emit(step: 1, of: levels, into: &program)
    var replay = ProgramReplay(Targets.gm1(Double.self), noise: noise)
    let point = replay.run(try program.build(), from: [x])[0]
    return (point, replay.registers.map { $0[0] })
  }

  @Test(arguments: [
    (PredictorSpecification.eulerMaruyama, 0.8193512571032),
    (.frozenNoise, 0.82342443012002),
    (.probabilityFlowEuler, 0.73877392911411),
    (.songAncestral, 0.81750267765028),
    (.reverseDiffusion, 0.81644985956454),
    (.songProbabilityFlow, 0.73831217560573),
    (.liDeterministic, 0.74234150228766),
    (.liStochastic, 0.82869699820473),
  ])
  func oneStep(_ predictor: PredictorSpecification, _ expected: Double) throws {
    #expect(try agrees(step(predictor.make(), noise: [0.25]).point, expected))
    // The slow convention: the same levels at doubled times.
    let (slow, rule) = (OrnsteinUhlenbeck.slow, try affine(predictor))
    #expect(
      rule.step(from: slow.level(at: 1), to: slow.level(at: 0.8))
        == rule.step(from: levels[1], to: levels[2]))
  }

  @Test func acceleratedODE() throws {
    let (point, registers) = try step(AcceleratedODE())
    #expect(agrees(point, 0.74093252495738))
    #expect(registers.contains { agrees($0, 0.65899456804133) })
  }

  @Test func acceleratedSDE() throws {
    #expect(try agrees(step(AcceleratedSDE(), noise: [0.25, -0.1]).point, 0.75220964241087))
    // Without the second noise the point before the score shows.
    let half = Double.sqrt(-.expMinusOne(-0.2) / 2)
    #expect(agrees(0.7 + half * 0.25, 0.77526396193606))
  }

  @Test func randomizedMidpoint() throws {
    var program = ProgramBuilder()
    RandomizedMidpoint().emit(from: levels[1], to: levels[2], at: 0.3, into: &program)
    var replay = ProgramReplay(Targets.gm1(Double.self))
    #expect(try agrees(replay.run(program.build(), from: [0.7])[0], 0.74002348866991))
    #expect(replay.registers.contains { agrees($0[0], 0.71180841940717) })
  }

  /// With the denoiser 0.9 from the step before.
  @Test(arguments: [(1.0, 0.80269364707727), (0, 0.73552246750067)])
  func secondOrderMultistep(eta: Double, _ expected: Double) throws {
    let predictor = try SecondOrderMultistepSDE(eta: eta)
    let (point, _) = try step(predictor, from: 0.9, noise: [0.25]) { program in
      program.combine(into: program.register("denoiser 0"), [(1, .position)])
      program.combine([(0.7 / 0.9, .position)])
    }
    #expect(agrees(point, expected))
  }
}
