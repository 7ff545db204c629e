import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// What the programs of the deterministic samplers cost, and where they end.
@Suite struct MultistepProgramTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let options: [String: Double]
    /// Registers of a long run, the position included.
    let registers: Int
    /// Evaluations of N steps to a noisy level and to clean data.
    let noisy: @Sendable (Int) -> Int
    let clean: @Sendable (Int) -> Int

    init(
      _ name: String, _ options: [String: Double], registers: Int,
      noisy: @escaping @Sendable (Int) -> Int = { $0 },
      clean: @escaping @Sendable (Int) -> Int = { $0 }
    ) {
      self.name = name
      self.options = options
      self.registers = registers
      self.noisy = noisy
      self.clean = clean
    }

    var testDescription: String { "\(name) \(options)" }
  }

  static let cases: [Case] = multistep + unified + others

  static let multistep: [Case] =
    (1...6).map { Case("lms", ["order": Double($0)], registers: 1 + $0) }
    + (1...4).flatMap { order -> [Case] in
      (0...2).map {
        Case(
          "exponential-adams-bashforth", ["order": Double(order), "quantity": Double($0)],
          registers: 1 + order)
      }
    }

  static let unified: [Case] = (1...3).flatMap { order -> [Case] in
    let order = Double(order)
    let registers = Int(order) + 3
    return [
      Case("unipc", ["order": order], registers: registers),
      Case("unipc", ["order": order, "bh": 1], registers: registers),
      Case("unipc", ["order": order, "corrector": 0], registers: registers - 2),
      Case(
        "unipc", ["order": order, "last-correction": 1], registers: registers,
        noisy: { $0 + 1 }),
      Case("unipc", ["order": order, "lower-order-final": 1], registers: registers),
    ]
  }

  static let others: [Case] = [
    Case("heun", [:], registers: 4, noisy: { 2 * $0 }, clean: { 2 * $0 - 1 }),
    Case(
      "heun", ["last-correction": 0], registers: 4, noisy: { 2 * $0 - 1 },
      clean: { 2 * $0 - 1 }),
    Case("edm", [:], registers: 4, noisy: { 2 * $0 }, clean: { 2 * $0 - 1 }),
    Case("dpm++2m", [:], registers: 3), Case("dpm++2m", ["taylor": 1], registers: 3),
    Case("dpm++2m", ["lower-order-final": 1], registers: 3), Case("dpm++3m", [:], registers: 4),
    Case("dpm++3m", ["taylor": 1], registers: 4),
    Case("dpm++3m", ["lower-order-final": 1], registers: 4), Case("dpm-2m", [:], registers: 3),
    Case("dpm-2m", ["taylor": 1, "lower-order-final": 1], registers: 3),
  ]

  @Test(arguments: cases)
  func costs(_ item: Case) throws {
    let method = SamplingMethod(predictor: try predictor(item.name, item.options), finish: .none)
    for steps in [1, 2, 3, 12] {
      let levels = try ExactFlow.levels(steps)
      let program = try method.program(along: levels)
      #expect(program.evaluations == item.noisy(steps))
      if steps == 12 { #expect(program.registerCount == item.registers) }
      let clean = levels + [NoiseLevel(time: 0, alpha: 1, sigma: 0)]
      #expect(try method.program(along: clean).evaluations == item.clean(steps + 1))
    }
  }

  /// One, two, three and many steps, to noisy levels and to clean data, short and very long, end in
  /// the range of the data: no history is read before it is written, nothing is infinite.
  @Test(arguments: cases, ProcessSpecification.all)
  func runsStayInRange(_ item: Case, on process: ProcessSpecification) throws {
    let method = try predictor(item.name, item.options)
    for steps in [1, 2, 3, 4, 30] {
      let levels = try ExactFlow.levels(steps, of: process)
      // The clean end of the process: alpha of the last level serves where it does not matter.
      let clean = NoiseLevel(time: 0, alpha: levels[steps].alpha, sigma: 0)
      for levels in [levels, levels + [clean]] {
        let last = levels[levels.count - 1]
        let end = try FlowReplay().run(method, along: levels, from: 0.7 * levels[0].scale)
        let limit = steps < 30 ? 60.0 : 1.6
        #expect(abs(end / last.alpha) < limit, "\(steps) steps end at \(end / last.alpha)")
      }
    }
  }

  static let explicit: [(String, [String: Double])] = [
    ("dpm++2m", [:]), ("dpm++3m", [:]), ("dpm-2m", [:]), ("unipc", [:]),
    ("unipc", ["order": 3, "corrector": 0, "bh": 1]), ("exponential-adams-bashforth", [:]),
    ("exponential-adams-bashforth", ["quantity": 0]), ("heun", [:]), ("edm", [:]), ("lms", [:]),
  ]

  /// One step to clean data ends at the denoiser.
  @Test(arguments: explicit)
  func oneStepToCleanDataIsTheDenoiser(_ name: String, _ options: [String: Double]) throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    let end = try FlowReplay().run(
      predictor(name, options), along: [level, NoiseLevel(time: 0, alpha: 1, sigma: 0)], from: 0.7)
    #expect(agrees(end, 0.82866971053699))
  }

  /// Grids whose steps in log-SNR vary, slowly, lead to the end of the exact flow too.
  @Test(arguments: cases, [GridKind.uniform, .geometric, .karras, .quadratic])
  func unequalStepsAreRight(_ item: Case, _ kind: GridKind) throws {
    let process = OrnsteinUhlenbeck.canonical
    let levels = try GridSpecification(kind, steps: 200, horizon: 3, stop: 0.01)
      .make(for: process).levels(of: process)
    let end = try FlowReplay().run(
      predictor(item.name, item.options), along: levels, from: 0.7)
    #expect(abs(end - 1.3545904195112) < 0.03, "\(end)")
  }

  @Test func optionsAreChecked() {
    let wrong: [(String, String, [Double])] = [
      ("lms", "order", [0, 7, 2.5, Double.nan]), ("unipc", "order", [0, 4]),
      ("unipc", "bh", [0, 3]), ("unipc", "corrector", [2]), ("unipc", "last-correction", [-1]),
      ("exponential-adams-bashforth", "order", [0, 5]),
      ("exponential-adams-bashforth", "quantity", [3, 0.5]), ("dpm++2m", "taylor", [2]),
      ("dpm++3m", "lower-order-final", [.infinity]), ("heun", "last-correction", [0.1]),
    ]
    for (name, option, values) in wrong {
      for value in values {
        #expect(throws: SamplingError.self) {
          try PredictorSpecification(name: name, options: [option: value])
        }
      }
    }
  }

  /// The driver runs the same program as plain arithmetic.
  @Test(
    arguments: [
      "heun", "edm", "dpm++2m", "dpm++3m", "dpm-2m", "unipc", "lms", "exponential-adams-bashforth",
    ])
  func driverAgrees(_ name: String) throws {
    let levels = try ExactFlow.levels(15)
    let sampler = try Sampler(
      model: Targets.gm1(Double.self), levels: levels,
      method: SamplingMethod(predictor: try predictor(name), finish: .none),
      key: NoiseKey(seed: 5))
    let points = try sampler.drawTrajectories(rows: 0..<20, threads: 1)
    let count = points.count / 20
    for row in 0..<20 {
      var states: [Double] = []
      let start = points[row * count, 0]
      _ = FlowReplay().run(sampler.program, from: start, states: &states)
      #expect(
        agrees((0..<states.count).map { points[row * count + $0, 0] }, states, relative: 1e-9))
    }
  }
}
