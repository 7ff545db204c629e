import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// Orders of the deterministic samplers on a flow that is not affine, from the final points over
/// grids of 40 to 640 steps, equal in log-SNR.
@Suite struct MultistepOrderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let options: [String: Double]
    let order: Double
    /// The first levels at which the method is put on the exact flow.
    let exactStart: Int

    init(_ name: String, _ options: [String: Double], order: Double, exactStart: Int = 0) {
      self.name = name
      self.options = options
      self.order = order
      self.exactStart = exactStart
    }

    var testDescription: String { "\(name) \(options), \(exactStart) exact levels" }
  }

  static let processes: [ProcessSpecification] = [
    .ornsteinUhlenbeck, .varianceExploding(), .linearVariancePreserving(), .rectifiedFlow,
  ]

  /// From their own start, of raised order.
  static let whole: [Case] = [
    Case("heun", [:], order: 2), Case("edm", [:], order: 2),
    Case("dpm++2m", [:], order: 2), Case("dpm++2m", ["taylor": 1], order: 2),
    Case("dpm-2m", [:], order: 2), Case("dpm-2m", ["taylor": 1], order: 2),
    Case("dpm++3m", [:], order: 2), Case("unipc", ["order": 3, "corrector": 0], order: 2),
    Case("unipc", ["order": 1], order: 2), Case("unipc", ["order": 2], order: 3),
    Case("unipc", ["order": 2, "bh": 1], order: 3),
    Case("unipc", ["order": 3], order: 3.9), Case("lms", ["order": 1], order: 1),
    Case("lms", ["order": 2], order: 2),
  ]

  /// From an exact history, where the order is that of the rule itself.
  static let exact: [Case] = adamsBashforth + others

  static let adamsBashforth: [Case] =
    (2...6).map { Case("lms", ["order": Double($0)], order: Double($0), exactStart: $0) }
    + (2...4).flatMap { order -> [Case] in
      (0...2).map {
        Case(
          "exponential-adams-bashforth", ["order": Double(order), "quantity": Double($0)],
          order: Double(order), exactStart: order)
      }
    }

  static let others: [Case] = [
    Case("dpm++2m", [:], order: 2, exactStart: 2),
    Case("dpm++3m", [:], order: 2, exactStart: 3),
    Case("unipc", ["order": 3, "corrector": 0], order: 3, exactStart: 3),
    Case("unipc", ["order": 2], order: 3, exactStart: 2),
    Case("unipc", ["order": 3], order: 4, exactStart: 3),
    Case("unipc", ["order": 3, "bh": 1], order: 4, exactStart: 3),
  ]

  /// The final error, in canonical coordinates.
  func error(
    _ item: Case, _ steps: Int, _ process: ProcessSpecification, truth: [Double]
  ) throws -> Double {
    let levels = try ExactFlow.levels(steps, of: process)
    var replay = FlowReplay()
    for index in 0..<item.exactStart {
      replay.guide[levels[index].time] = truth[index] * levels[index].scale
    }
    let end = try replay.run(
      predictor(item.name, item.options), along: levels, from: 0.7 * levels[0].scale)
    return end / levels[steps].scale - truth[steps]
  }

  func slope(_ item: Case, _ process: ProcessSpecification, counts: [Int]) throws -> Double {
    let points = try counts.map { count in
      let truth = try #require(Self.truths[count])
      return (
        x: -Double.log(Double(count)),
        y: Double.log(abs(try error(item, count, process, truth: truth)))
      )
    }
    let meanX = points.reduce(0) { $0 + $1.x } / Double(points.count)
    let meanY = points.reduce(0) { $0 + $1.y } / Double(points.count)
    return points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
      / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
  }

  static let counts = [40, 80, 160, 320, 640]
  static let truths: [Int: [Double]] = {
    var truths: [Int: [Double]] = [:]
    for count in counts {
      let lambdas = (try? ExactFlow.levels(count).map(\.logSNR)) ?? []
      truths[count] = ExactFlow.points(from: 0.7, at: lambdas)
    }
    return truths
  }()

  @Test(arguments: whole + exact, processes)
  func order(of item: Case, on process: ProcessSpecification) throws {
    let slope = try slope(item, process, counts: Self.counts)
    if case .ornsteinUhlenbeck = process {
      print(
        "SLOPE", item.testDescription, slope,
        try Self.counts.map { try error(item, $0, process, truth: Self.truths[$0] ?? []) })
    }
    #expect(abs(slope - item.order) < 0.15, "slope \(slope)")
  }
}
