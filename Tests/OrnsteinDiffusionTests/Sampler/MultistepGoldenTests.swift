import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Values of the deterministic high-order samplers, computed independently in double precision.
@Suite struct MultistepGoldenTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let options: [String: Double]
    let values: [(steps: Int, point: Double)]

    init(_ name: String, _ options: [String: Double], _ ten: Double, _ twenty: Double) {
      self.name = name
      self.options = options
      values = [(10, ten), (20, twenty)]
    }

    var testDescription: String { "\(name) \(options)" }
  }

  /// The flow of the mixture from x = 0.7 at T = 3 to 0.01 over a grid uniform in log-SNR.
  @Test(arguments: [
    Case("heun", [:], 1.3911821386642, 1.3629939032664),
    Case("edm", [:], 1.3911821386642, 1.3629939032664),
    Case("dpm++2m", [:], 1.3677096682463, 1.3583431388545),
    Case("lms", [:], 1.326319703073158, 1.3508467327217493),
    Case("lms", ["order": 6], 1.3283039713837999, 1.3522610804870467),
    Case(
      "exponential-adams-bashforth", ["quantity": 0], 1.3511693293302731, 1.3541612174431714),
    Case("exponential-adams-bashforth", [:], 1.355254317214459, 1.3544918605264504),
    Case(
      "exponential-adams-bashforth", ["order": 4], 1.363104296076906, 1.3536834694899311),
    Case(
      "exponential-adams-bashforth", ["quantity": 2], 1.359420195958359, 1.3542497137245944),
    Case("dpm++3m", ["taylor": 1], 1.3606910629995, 1.3558448987212),
    Case("dpm++3m", [:], 1.3603666611904668, 1.355820426183164),
    Case("unipc", ["order": 3, "corrector": 0], 1.3549325951785, 1.3544674473048),
    Case("unipc", ["order": 2, "last-correction": 1], 1.3630905647725, 1.3557534463643),
    Case("unipc", ["order": 3, "last-correction": 1], 1.35315774806, 1.3544970603999),
  ])
  func trajectory(_ item: Case) throws {
    for (steps, expected) in item.values {
      let end = try FlowReplay().run(
        predictor(item.name, item.options), along: ExactFlow.levels(steps), from: 0.7)
      #expect(agrees(end, expected), "\(end), not \(expected)")
    }
  }

  /// One step from x = 0.7 at t = 0.5 to 0.4, the denoiser before, at t = 0.6, being 0.9.
  @Test func oneStepOf2M() throws {
    let process = OrnsteinUhlenbeck.canonical
    let levels = [0.6, 0.5, 0.4].map { process.level(at: $0) }
    let before = levels[0]
    var replay = FlowReplay()
    replay.guide = [0.6: 0.1, 0.5: 0.7]
    replay.score = { x, level in
      level.time == 0.6
        ? (before.alpha * 0.9 - x) / (before.sigma * before.sigma) : -0.31226070885895
    }
    for method in [
      try predictor("dpm++2m"), try predictor("unipc", ["order": 2, "corrector": 0]),
    ] {
      let end = try replay.run(method, along: levels, from: 0.1)
      #expect(agrees(end, 0.73552246750067))
    }
  }

  /// The reference that orders are measured against has converged to 1e-13, and agrees with an
  /// integration by DOP853 of relative tolerance 1e-13 a step, itself good to some 1e-12 at the end.
  @Test func exactFlow() throws {
    let lambdas = try ExactFlow.levels(1).map(\.logSNR)
    let end = ExactFlow.points(from: 0.7, at: lambdas)[1]
    let coarse = ExactFlow.points(from: 0.7, at: lambdas, step: 1e-3)[1]
    #expect(agrees(end, coarse, relative: 1e-13))
    #expect(agrees(end, 1.3545904195112, relative: 1e-12))
    let (level, mixture) = (OrnsteinUhlenbeck.canonical.level(at: 0.5), Targets.gm1(Double.self))
    let score = mixture.score(of: .init(rows: [[0.7]]), at: level)[0, 0]
    #expect(
      agrees(
        ExactFlow.score(0.7, alpha: level.alpha, sigma: level.sigma), score, relative: 1e-13))
  }
}
