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

  /// The final error from a start, in canonical coordinates.
  func error(
    _ item: Case, _ steps: Int, _ process: ProcessSpecification, from start: Double
  ) throws -> Double {
    let levels = try ExactFlow.levels(steps, of: process)
    let truth = try #require(Self.truths[steps]?[start])
    var replay = FlowReplay()
    for index in 0..<item.exactStart {
      replay.guide[levels[index].time] = truth[index] * levels[index].scale
    }
    let end = try replay.run(
      predictor(item.name, item.options), along: levels, from: start * levels[0].scale)
    return end / levels[steps].scale - truth[steps]
  }

  /// The slope of the logarithm of the root mean square error over some starts.
  func slope(
    _ item: Case, _ process: ProcessSpecification, counts: [Int], starts: [Double]
  ) throws -> Double {
    let points = try counts.map { count in
      let squares = try starts.map { start in
        let error = try error(item, count, process, from: start)
        return error * error
      }
      return (x: -Double.log(Double(count)), y: Double.log(squares.reduce(0, +)) / 2)
    }
    let meanX = points.reduce(0) { $0 + $1.x } / Double(points.count)
    let meanY = points.reduce(0) { $0 + $1.y } / Double(points.count)
    return points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
      / points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
  }

  static let counts = [40, 80, 160, 320, 640]
  /// Finer grids, for rules of order 3 and more, whose errors are not yet in proportion on coarse ones.
  static let fineCounts = [160, 240, 320, 480, 640, 800, 960]
  /// Several starts, since the leading error of a single one may happen to be small.
  static let starts = [0.7, -1.2, -0.3, 1.6]

  static let truths: [Int: [Double: [Double]]] = {
    var truths: [Int: [Double: [Double]]] = [:]
    for count in Set(counts + fineCounts) {
      let lambdas = (try? ExactFlow.levels(count).map(\.logSNR)) ?? []
      for start in starts {
        truths[count, default: [:]][start] = ExactFlow.points(from: start, at: lambdas)
      }
    }
    return truths
  }()

  @Test(arguments: whole, processes)
  func orderOfAWholeRun(of item: Case, on process: ProcessSpecification) throws {
    let slope = try slope(item, process, counts: Self.counts, starts: [0.7])
    #expect(abs(slope - item.order) < 0.15, "slope \(slope)")
  }

  @Test(arguments: exact, processes)
  func orderOfTheRule(of item: Case, on process: ProcessSpecification) throws {
    let counts = item.order > 2 ? Self.fineCounts : Self.counts
    let slope = try slope(item, process, counts: counts, starts: Self.starts)
    #expect(abs(slope - item.order) < 0.15, "slope \(slope)")
  }

  /// The first steps, of low order, leave an error of order 2 on a whole run.
  @Test(arguments: [
    Case("lms", ["order": 4], order: 2), Case("lms", ["order": 6], order: 2),
    Case("exponential-adams-bashforth", ["order": 3], order: 2),
    Case("exponential-adams-bashforth", ["order": 4], order: 2),
  ])
  func raisedStartsAreOfOrderTwo(of item: Case) throws {
    let slope = try slope(
      item, .ornsteinUhlenbeck, counts: Self.fineCounts.filter { $0 >= 320 }, starts: [0.7])
    #expect(abs(slope - item.order) < 0.15, "slope \(slope)")
  }
}
