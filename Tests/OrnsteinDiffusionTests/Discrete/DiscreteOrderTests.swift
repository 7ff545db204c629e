import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// Errors of laws in total variation, by enumeration.
@Suite struct DiscreteOrderTests {
  static let methods = DiscreteMethod.allCases.filter { !$0.isExact }

  func error(
    _ method: DiscreteMethod, _ target: DiscreteTarget, _ kind: DiscreteProcess.Kind, steps: Int
  ) throws -> Double {
    let plan = DiscretePlan(
      process: kind, grid: GridSpecification(.uniform, steps: steps, horizon: 2, stop: 0.2),
      method: method, start: .exact)
    let law = try DiscreteLaw(of: plan.makeSampler(for: target))
    let process = DiscreteTargets.process(kind, target)
    return law.totalVariation(to: try DiscreteLaw(of: target, under: process, at: 0.2))
  }

  @Test(arguments: methods, DiscreteProcess.Kind.allCases)
  func orderIsOne(_ method: DiscreteMethod, _ kind: DiscreteProcess.Kind) throws {
    for target in DiscreteTargets.all {
      let order = observedOrder(
        try [20, 40, 80, 160, 320].map {
          (1 / Double($0), try error(method, target, kind, steps: $0))
        })
      #expect(abs(order - 1) < 0.1, "order \(order)")
    }
  }

  /// The limit, extrapolated from two step sizes whose errors are of first order, is the law of the
  /// noised data: what is left is of second order.
  @Test(arguments: methods, DiscreteProcess.Kind.allCases)
  func limitIsTheRightLaw(_ method: DiscreteMethod, _ kind: DiscreteProcess.Kind) throws {
    for target in DiscreteTargets.all {
      let laws = try [1000, 2000].map { steps in
        try DiscreteLaw(
          of: DiscretePlan(
            process: kind,
            grid: GridSpecification(.uniform, steps: steps, horizon: 2, stop: 0.2),
            method: method, start: .exact
          ).makeSampler(for: target)
        ).probabilities
      }
      let truth = try DiscreteLaw(
        of: target, under: DiscreteTargets.process(kind, target), at: 0.2)
      let distance = truth.probabilities.indices.reduce(0) {
        $0 + abs(2 * laws[1][$1] - laws[0][$1] - truth.probabilities[$1])
      }
      #expect(distance < 1e-5, "distance \(distance)")
    }
  }

  /// With one coordinate nothing is lost by moving coordinates independently.
  @Test(arguments: DiscreteProcess.Kind.allCases)
  func oneCoordinateIsExactForTheAncestralStep(_ kind: DiscreteProcess.Kind) throws {
    let target = DiscreteTargets.make(4, 1, [0.1, 0.2, 0.3, 0.4])
    #expect(try error(.ancestral, target, kind, steps: 3) < 1e-14)
  }

  /// The law of the chain with exact rates is that of the noised data.
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func exactRatesReverseTheProcess(
    _ target: DiscreteTarget, _ kind: DiscreteProcess.Kind
  ) throws {
    let process = DiscreteTargets.process(kind, target)
    let truth = try DiscreteLaw(of: target, under: process, at: 0.05)
    var law = try DiscreteLaw(of: target, under: process, at: 2)
    law.applyRates(of: target, from: 2, to: 0.05, steps: 400)
    #expect(law.totalVariation(to: truth) < 1e-8)
    law = try DiscreteLaw(of: target, under: process, at: 2)
    try law.applyReverse(of: target, from: 2, to: 0.05)
    #expect(law.totalVariation(to: truth) < 1e-13)
    // Started from the prior, both ways of reversing agree as well.
    law = try DiscreteLaw(priorOf: process, dimension: target.dimension)
    var other = law
    law.applyRates(of: target, from: 2, to: 0.05, steps: 400)
    try other.applyReverse(of: target, from: 2, to: 0.05)
    #expect(law.totalVariation(to: other) < 1e-8)
  }

  /// Thinning needs a bound on the rates at any point; the largest over all points and coordinates
  /// comes near it for data concentrated on one point.
  @Test(arguments: DiscreteProcess.Kind.allCases)
  func reverseRatesStayBelowTheirBound(_ kind: DiscreteProcess.Kind) throws {
    let point = DiscreteTargets.make(3, 1, [1, 0, 0])
    for target in DiscreteTargets.all + [point] {
      let process = DiscreteTargets.process(kind, target)
      for time in [0.01, 0.3, 2] {
        let law = try DiscreteLaw(of: target, under: process, at: time)
        var largest = 0.0
        for index in law.probabilities.indices where law.probabilities[index] > 0 {
          let x = law.point(index)
          for i in x.indices {
            var total = 0.0
            for y in 0..<process.symbols where process.rate(from: y, to: x[i]) > 0 {
              var other = x
              other[i] = y
              let place = other.reduce(0) { $0 * process.symbols + $1 }
              total +=
                process.rate(from: y, to: x[i]) * law.probabilities[place]
                / law.probabilities[index]
            }
            largest = max(largest, total)
          }
        }
        let bound = process.largestReverseRate(at: time)
        #expect(largest <= bound * (1 + 1e-12))
        if target == point { #expect(agrees(largest, bound, relative: 1e-10)) }
      }
    }
  }
}
