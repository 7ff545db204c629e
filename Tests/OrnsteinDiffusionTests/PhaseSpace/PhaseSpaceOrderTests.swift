import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// Errors of the phase-space samplers on normal data, in closed form.
@Suite struct PhaseSpaceOrderTests {
  static let process = PhaseSpaceProcessTests.process()
  static let coordinates = [(1.5, 0.25), (-0.5, 2.0)].map {
    PhaseSpaceOracle(mean: $0.0, variance: $0.1, process: process)
  }

  /// The distance of the moments of all coordinates from those of the noised data at the stop.
  func distance(_ method: PhaseSpaceMethod, _ plan: PhaseSpacePlan) throws -> Double {
    let times = try plan.grid().times
    let steps = zip(times, times.dropFirst()).map {
      method.step(from: $0, to: $1, of: Self.process)
    }
    return Self.coordinates.reduce(0) { sum, oracle in
      let law = oracle.law(after: steps, from: oracle.truth(at: times[0]))
      let truth = oracle.truth(at: times[times.count - 1])
      let parts = [
        law.mean.x - truth.mean.x, law.mean.v - truth.mean.v,
        law.covariance.xx - truth.covariance.xx, law.covariance.xv - truth.covariance.xv,
        law.covariance.vv - truth.covariance.vv,
      ]
      return sum + parts.reduce(0) { $0 + $1 * $1 }
    }.squareRoot()
  }

  @Test(arguments: PhaseSpaceMethod.allCases, [1.0, 2])
  func orderInLaw(_ method: PhaseSpaceMethod, _ exponent: Double) throws {
    let order = observedOrder(
      try [160, 320, 640, 1280, 2560].map {
        (
          1 / Double($0),
          try distance(method, PhaseSpacePlan(steps: $0, stop: 0.02, exponent: exponent))
        )
      })
    #expect(abs(order - Double(method.order)) < 0.1, "order \(order)")
  }

  /// The limit is the law of the target at the stop, not merely some law.
  @Test(arguments: PhaseSpaceMethod.allCases)
  func limitIsTheRightLaw(_ method: PhaseSpaceMethod) throws {
    for stop in [0, 0.02] {
      #expect(try distance(method, PhaseSpacePlan(steps: 200_000, stop: stop)) < 1e-4)
    }
  }
}
