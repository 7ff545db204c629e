import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// Samplers that are the same by different words, to rounding, on every process.
@Suite struct MultistepIdentityTests {
  struct Pair: Sendable, CustomTestStringConvertible {
    let first: (String, [String: Double])
    let second: (String, [String: Double])

    init(
      _ first: String, _ firstOptions: [String: Double] = [:], _ second: String,
      _ secondOptions: [String: Double] = [:]
    ) {
      self.first = (first, firstOptions)
      self.second = (second, secondOptions)
    }

    var testDescription: String { "\(first) and \(second)" }
  }

  static let frozen: [Pair] = [
    Pair("lms", ["order": 1], "ddim"),
    Pair("exponential-adams-bashforth", ["order": 1, "quantity": 0], "ddim"),
    Pair("exponential-adams-bashforth", ["order": 1, "quantity": 1], "ddim"),
    Pair("unipc", ["order": 1, "corrector": 0], "ddim"),
    Pair("unipc", ["order": 1, "corrector": 0, "bh": 1], "ddim"),
  ]
  static let same: [Pair] =
    frozen + [
      Pair("unipc", ["order": 2, "corrector": 0], "dpm++2m"),
      Pair("exponential-adams-bashforth", ["order": 2], "dpm++2m", ["taylor": 1]),
      Pair(
        "exponential-adams-bashforth", ["order": 2, "quantity": 0], "dpm-2m", ["taylor": 1]),
      Pair("edm", [:], "heun"), Pair("edm", ["s-churn": 5, "s-tmin": 1e5], "heun"),
    ]

  func ends(_ pair: Pair, along levels: [NoiseLevel]) throws -> (Double, Double) {
    let start = 0.7 * levels[0].scale
    return (
      try FlowReplay().run(predictor(pair.first.0, pair.first.1), along: levels, from: start),
      try FlowReplay().run(predictor(pair.second.0, pair.second.1), along: levels, from: start)
    )
  }

  @Test(arguments: same, ProcessSpecification.all)
  func agree(_ pair: Pair, on process: ProcessSpecification) throws {
    for steps in [1, 2, 3, 7, 40] {
      let (first, second) = try ends(pair, along: ExactFlow.levels(steps, of: process))
      #expect(agrees(first, second, relative: 1e-12), "\(steps) steps: \(first), \(second)")
    }
  }

  @Test(arguments: same)
  func agreeOnTheWayToCleanData(_ pair: Pair) throws {
    for process in [ProcessSpecification.ornsteinUhlenbeck, .rectifiedFlow] {
      let levels =
        try ExactFlow.levels(9, of: process) + [NoiseLevel(time: 0, alpha: 1, sigma: 0)]
      let (first, second) = try ends(pair, along: levels)
      #expect(agrees(first, second, relative: 1e-12))
    }
  }

  /// With an exact history UniP-3 is the exponential Adams-Bashforth rule of order 3, for both
  /// functions B, and DPM-Solver++(3M) as published is not.
  @Test func thirdOrderRules() throws {
    let levels = try ExactFlow.levels(12).prefix(4).map { $0 }
    let truth = ExactFlow.points(from: 0.7, at: levels.map(\.logSNR))
    var replay = FlowReplay()
    for index in 0..<3 { replay.guide[levels[index].time] = truth[index] }
    let expected = try replay.run(
      predictor("exponential-adams-bashforth", ["order": 3]), along: levels, from: 0.7)
    for variant in [1.0, 2] {
      let method = try predictor("unipc", ["order": 3, "bh": variant, "corrector": 0])
      let end = try replay.run(method, along: levels, from: 0.7)
      #expect(agrees(end, expected, relative: 1e-13))
    }
    let published = try replay.run(predictor("dpm++3m"), along: levels, from: 0.7)
    #expect(abs(published - expected) > 1e-4)
  }

  static let adamsBashforth: [([Double], Double)] = [
    ([1], 1), ([3, -1], 2), ([23, -16, 5], 12), ([55, -59, 37, -9], 24),
    ([1901, -2774, 2616, -1274, 251], 720), ([4277, -7923, 9982, -7298, 2877, -475], 1440),
  ]

  /// On equal steps of sigma the weights are the classical ones of Adams and Bashforth.
  @Test(arguments: adamsBashforth)
  func classicalWeights(_ numerators: [Double], over denominator: Double) throws {
    let weights = numerators.map { $0 / denominator }
    let order = weights.count
    let levels = (0...order).map {
      NoiseLevel(time: Double($0), alpha: 1, sigma: 2 - 0.25 * Double($0))
    }
    let noises = (0..<order).map { Double.cos(3 * Double($0)) }
    // The point before the last step does not matter but for its sum: 0 throughout.
    var replay = FlowReplay()
    for level in levels.dropLast() { replay.guide[level.time] = 0 }
    replay.score = { _, level in -noises[Int(level.time)] / level.sigma }
    let end = try replay.run(LinearMultistep(order: order), along: levels, from: 0)
    let expected = zip(weights, noises.reversed()).reduce(0) { $0 - 0.25 * $1.0 * $1.1 }
    #expect(agrees(end, expected, relative: 1e-13))
  }

  /// Noises that are polynomials of sigma are integrated exactly, on unequal steps, to clean data.
  @Test(arguments: 1...6)
  func polynomialsAreExact(order: Int) throws {
    let sigmas = (0...order + 3).map { 3 * Double.pow(0.55, Double($0)) } + [0]
    let levels = sigmas.enumerated().map { NoiseLevel(time: Double($0), alpha: 1, sigma: $1) }
    func power(_ sigma: Double) -> Double { .pow(sigma, order - 1) * 2 }
    func flow(_ sigma: Double) -> Double { .pow(sigma, order) * 2 / Double(order) }
    var replay = FlowReplay()
    for level in levels.prefix(order) { replay.guide[level.time] = flow(level.sigma) }
    replay.score = { _, level in -power(level.sigma) / level.sigma }
    let end = try replay.run(LinearMultistep(order: order), along: levels, from: flow(3))
    #expect(abs(end) < 1e-12 * flow(3))
  }
}
