import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Orders of the samplers that are more than one evaluation and one normal a step.
@Suite struct StochasticOrderTests {
  static let targets: [(mean: Double, variance: Double)] = [(1.5, 0.25), (-0.5, 2)]
  static let counts = [640, 1280, 2560, 5120, 10240]

  func distance(_ predictor: any Predictor, _ levels: [NoiseLevel]) throws -> Double {
    let program = try SamplingMethod(predictor: predictor, finish: .none).program(along: levels)
    return Self.targets.reduce(0.0) { sum, target in
      var law = GaussianProgramLaw(target: target)
      law.run(program, from: levels[0])
      let distance = law.distance(at: levels[levels.count - 1])
      return sum + distance * distance
    }.squareRoot()
  }

  func distance(
    _ predictor: any Predictor, _ kind: GridKind, _ steps: Int,
    _ process: any ForwardProcess = OrnsteinUhlenbeck.canonical
  ) throws -> Double {
    let canonical = try GridSpecification(kind, steps: steps, horizon: 2, stop: 0.05)
      .make(for: OrnsteinUhlenbeck.canonical)
    return try distance(
      predictor, canonical.times.map { process.level(at: process.time(ofCanonicalTime: $0)) })
  }

  static let cases: [(name: String, options: [String: Double], order: Double)] = [
    ("accelerated-sde", [:], 2), ("accelerated-ode", [:], 2),
    ("dpm++2m-sde", [:], 2), ("dpm++2m-sde", ["taylor": 1], 2), ("dpm++2m-sde", ["eta": 0], 2),
    ("dpm++2m-sde", ["eta": 0, "taylor": 1], 2), ("dpm++2m-sde", ["eta": 0.5], 2),
    ("dpm++3m-sde", [:], 2), ("dpm++3m-sde", ["eta": 0], 2),
    ("picard", ["block": 4, "rounds": 4], 1), ("picard", ["block": 4, "rounds": 2, "ode": 1], 1),
    ("ancestral", ["variance": 1], 1),
  ]

  @Test(arguments: cases, [GridKind.uniform, .logSNR])
  func orderInLaw(
    _ method: (name: String, options: [String: Double], order: Double), on kind: GridKind
  ) throws {
    let predictor = try PredictorSpecification(name: method.name, options: method.options).make()
    let errors = try Self.counts.map { (count: $0, error: try distance(predictor, kind, $0)) }
    let order = fittedOrder(errors)
    #expect(abs(order - method.order) < 0.1, "order \(order), errors \(errors.map(\.error))")
    // The limit is the right law, not merely some law.
    #expect(try distance(predictor, kind, 20_000) < (method.order > 1 ? 1e-7 : 1e-3))
  }

  /// On the part of the grid between fixed times, where its steps are of size log(T) / T.
  @Test func orderOnTheGridOfTheTheory() throws {
    for (predictor, expected) in [
      (LiDeterministic() as any Predictor, 1.0), (LiStochastic(), 1), (AcceleratedODE(), 2),
      (AcceleratedSDE(), 2),
    ] {
      let errors = try [400, 800, 1600, 3200, 6400].map { count in
        let times = try LiSchedule(count: count).canonicalTimes.filter { 0.05...2 ~= $0 }
        let levels = times.reversed().map { OrnsteinUhlenbeck.canonical.level(at: $0) }
        let size = Double.log(Double(count)) / Double(count)
        return (count: Int((1e6 / size).rounded()), error: try distance(predictor, levels))
      }
      let order = fittedOrder(errors)
      #expect(abs(order - expected) < 0.1, "\(predictor): order \(order)")
    }
  }

  /// The flow of the mixture from 0.7 at T = 3 to 0.01, known to 13 digits from an adaptive solver of
  /// order 8.
  @Test func trajectories() throws {
    let exact = 1.3545904195112
    for (predictor, expected) in [
      (AcceleratedODE() as any Predictor, 2.0), (LiDeterministic(), 1),
      (try SecondOrderMultistepSDE(eta: 0), 2), (try ThirdOrderMultistepSDE(eta: 0), 2),
    ] {
      let errors = try [640, 1280, 2560, 5120, 10240].map { count in
        let levels = try GridSpecification(.logSNR, steps: count, horizon: 3, stop: 0.01)
          .make(for: OrnsteinUhlenbeck.canonical).levels(of: OrnsteinUhlenbeck.canonical)
        let program = try SamplingMethod(predictor: predictor, finish: .none).program(along: levels)
        var replay = ProgramReplay(Targets.gm1(Double.self))
        return (count: count, error: abs(replay.run(program, from: [0.7])[0] - exact))
      }
      let order = fittedOrder(errors)
      #expect(abs(order - expected) < 0.15, "\(predictor): order \(order) \(errors)")
    }
  }

  /// Evaluations as they are spent.
  @Test func evaluations() throws {
    let levels = (0...25).map { OrnsteinUhlenbeck.canonical.level(at: 2 - 0.07 * Double($0)) }
    func count(_ name: String, _ options: [String: Double] = [:]) throws -> Int {
      let predictor = try PredictorSpecification(name: name, options: options).make()
      return try SamplingMethod(predictor: predictor).program(along: levels).evaluations
    }
    #expect(try count("accelerated-ode") == 49)
    #expect(try count("accelerated-sde") == 25)
    #expect(try count("dpm++2m-sde") == 25)
    #expect(try count("dpm++3m-sde") == 25)
    #expect(try count("randomized-midpoint") == 50)
    #expect(try count("picard") == 40 + 40 + 15)
    #expect(try count("picard", ["block": 1, "rounds": 1]) == 25)
    #expect(try count("picard", ["block": 25, "rounds": 25]) == 325)
  }
}
