import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

@Suite struct PicardTests {
  static let count = 20
  let levels = (0...count).map { OrnsteinUhlenbeck.canonical.level(at: 2.05 - 0.1 * Double($0)) }
  let noise = (0..<count).map { Double.sin(1 + 7.3 * Double($0)) }

  func replay(
    _ predictor: any Predictor, _ mixture: GaussianMixture<Double> = Targets.gm1(Double.self),
    finish: Finish = .none
  ) throws -> Double {
    let method = SamplingMethod(predictor: predictor, finish: finish)
    var replay = ProgramReplay(mixture, noise: noise)
    return replay.run(try method.program(along: levels), from: [0.7])[0]
  }

  /// As many rounds as steps find the points of the sequential sampler, with the same noise.
  @Test(arguments: [1, 2, 7, 20, 64], [Finish.none, .mean])
  func fullRoundsAreSequential(block: Int, finish: Finish) throws {
    let picard = try PicardIteration(block: block, rounds: block)
    #expect(
      try agrees(
        replay(picard, finish: finish), replay(FrozenScore(), finish: finish),
        relative: 1e-13))
    let flow = try PicardIteration(block: block, rounds: block, equation: .probabilityFlow)
    #expect(
      try agrees(
        replay(flow, finish: finish), replay(ProbabilityFlow(), finish: finish),
        relative: 1e-13))
  }

  /// In the driver too, trajectories included, for a process that changes scale.
  @Test func fullRoundsAreSequentialInTheDriver() throws {
    let process = RectifiedFlow()
    let levels = try GridSpecification(.logSNR, steps: 17).make(for: process).levels(of: process)
    func draw(_ predictor: any Predictor) throws -> Batch<Double> {
      try Sampler(
        model: Targets.gm2(Double.self), levels: levels,
        method: SamplingMethod(predictor: predictor), key: NoiseKey(seed: 5)
      ).drawTrajectories(rows: 0..<300, threads: 2)
    }
    let sequential = try draw(FrozenScore())
    let parallel = try draw(PicardIteration(block: 6, rounds: 6))
    #expect(agrees(parallel.elements, sequential.elements, relative: 1e-10, absolute: 1e-10))
  }

  /// For standard normal data the score is 1-Lipschitz, and after K rounds of a block of length t an
  /// error of the first guess of size e is at most e^t (2 t)^K / K! e.
  @Test(arguments: 1...12)
  func errorsFallLikeTheExponentialSeries(rounds: Int) throws {
    let normal = Targets.make([1], [[0]], [.identity], Double.self)
    let method = SamplingMethod(
      predictor: try PicardIteration(block: Self.count, rounds: rounds), finish: .none)
    var parallel = ProgramReplay(normal, noise: noise)
    let point = parallel.run(try method.program(along: levels), from: [0.7])[0]
    // The sequential points, and the farthest that the first guess is from them.
    var (x, length, guess) = (0.7, 0.0, 0.0)
    for step in 0..<Self.count {
      let rule = FrozenScore().step(from: levels[step], to: levels[step + 1])
      guess = max(guess, abs(x - 0.7) * .exp(-length))
      x = (rule.position - rule.score) * x + rule.noise * noise[step]
      length += levels[step].canonicalTime - levels[step + 1].canonicalTime
    }
    var bound = guess * Double.exp(length)
    for round in 1...rounds { bound *= 2 * length / Double(round) }
    #expect(abs(point - x) <= bound + 1e-13)
    #expect(rounds > 3 || abs(point - x) > 1e-6)
  }

  /// A corrector moves the point within a block too.
  @Test func correctorsActWithinBlocks() throws {
    struct Shift: Corrector {
      static let summary = MethodSummary(
        name: "shift", title: "a test", order: 0, stochastic: "no", source: "none")
      let isStochastic = false
      func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
        program.combine([(1.001, .position)])
      }
    }
    let method = SamplingMethod(
      predictor: try PicardIteration(block: 20, rounds: 1, equation: .probabilityFlow),
      corrector: Shift(), finish: .none)
    var replay = ProgramReplay(Targets.gm1(Double.self))
    let corrected = replay.run(try method.program(along: levels), from: [0.7])[0]
    var plain = method
    plain.corrector = nil
    #expect(try abs(corrected - replay.run(plain.program(along: levels), from: [0.7])[0]) > 0.01)
  }
}
