import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

@Suite struct RandomizedMidpointTests {
  let mixture = Targets.gm1(Double.self)

  func point(
    _ share: Double, from t: NoiseLevel, to s: NoiseLevel, _ x: Double = 0.7
  ) throws -> Double {
    var program = ProgramBuilder()
    RandomizedMidpoint().emit(from: t, to: s, at: share, into: &program)
    var replay = ProgramReplay(mixture)
    return replay.run(try program.build(), from: [x])[0]
  }

  /// The flow dx/dt = -x - score by classical Runge-Kutta steps.
  func flow(from t: Double, to s: Double) -> Double {
    func velocity(_ x: Double, _ t: Double) -> Double {
      x + mixture.score(of: Batch(rows: [[x]]), at: OrnsteinUhlenbeck.canonical.level(at: t))[0, 0]
    }
    let steps = 20
    let h = (t - s) / Double(steps)
    return (0..<steps).reduce(0.7) { x, step in
      let now = t - h * Double(step)
      let k1 = velocity(x, now)
      let k2 = velocity(x + h / 2 * k1, now - h / 2)
      let k3 = velocity(x + h / 2 * k2, now - h / 2)
      let k4 = velocity(x + h * k3, now - h)
      return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    }
  }

  /// Over theta the step is right up to h^3, although that of one theta is up to h^2 only.
  @Test func meansAreOfSecondOrder() throws {
    let process = OrnsteinUhlenbeck.canonical
    var (means, single): ([(count: Int, error: Double)], [(count: Int, error: Double)]) = ([], [])
    for count in [64, 128, 256, 512] {
      let (t, s) = (0.5, 0.5 - 0.8 / Double(count) / 2)
      let exact = flow(from: t, to: s)
      func step(_ share: Double) throws -> Double {
        try point(share, from: process.level(at: t), to: process.level(at: s))
      }
      let nodes = 400
      let mean =
        try (0..<nodes).reduce(0) { try $0 + step((Double($1) + 0.5) / Double(nodes)) }
        / Double(nodes)
      means.append((count, abs(mean - exact)))
      single.append((count, abs(try step(0.1) - exact)))
    }
    #expect(abs(fittedOrder(means) - 3) < 0.15, "\(means)")
    #expect(abs(fittedOrder(single) - 2) < 0.15, "\(single)")
  }

  /// Whole runs: the error in root mean square over many choices of times falls like h^{3/2}.
  ///
  /// Each root mean square of 400 runs is known to some 5 %, so the slope over a factor of 8 to about 0.04.
  @Test func rootMeanSquareIsOfOrderThreeHalves() throws {
    let exact = 1.3545904195112
    let errors = try [40, 80, 160, 320].map { count in
      let levels = try GridSpecification(.logSNR, steps: count, horizon: 3, stop: 0.01)
        .make(for: OrnsteinUhlenbeck.canonical).levels(of: OrnsteinUhlenbeck.canonical)
      let method = SamplingMethod(predictor: RandomizedMidpoint(), finish: .none)
      let sum = try (0..<400).reduce(0.0) { sum, block in
        let program = try method.program(along: levels, key: NoiseKey(seed: 3), block: block)
        var replay = ProgramReplay(mixture)
        let error = replay.run(program, from: [0.7])[0] - exact
        return sum + error * error
      }
      return (count: count, error: (sum / 400).squareRoot())
    }
    let order = fittedOrder(errors)
    #expect(order > 1.35 && order < 2, "order \(order), \(errors)")
  }

  /// Times differ between blocks and steps, and lie within the step at a level of the process.
  @Test(arguments: [ProcessSpecification.ornsteinUhlenbeck, .varianceExploding()])
  func timesAreChosenWithinSteps(_ specification: ProcessSpecification) throws {
    let process = try specification.make()
    let levels = try GridSpecification(.karras, steps: 8).make(for: process).levels(of: process)
    let method = SamplingMethod(predictor: RandomizedMidpoint(), finish: .none)
    var seen: Set<Double> = []
    for block in 0..<3 {
      let program = try method.program(along: levels, key: NoiseKey(seed: 9), block: block)
      let evaluated = program.instructions.compactMap { instruction -> NoiseLevel? in
        if case .evaluate(_, let level, _) = instruction { level } else { nil }
      }
      for step in 0..<8 {
        let middle = evaluated[2 * step + 1]
        #expect(middle.logSNR > levels[step].logSNR && middle.logSNR < levels[step + 1].logSNR)
        let expected = process.level(at: process.time(ofLogSNR: middle.logSNR))
        #expect(agrees(middle.alpha, expected.alpha, relative: 1e-9))
        #expect(agrees(middle.sigma, expected.sigma, relative: 1e-9))
        seen.insert(
          (middle.canonicalTime - levels[step].canonicalTime)
            / (levels[step + 1].canonicalTime - levels[step].canonicalTime))
      }
    }
    #expect(seen.count == 24)
  }
}
