import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// The critically damped Langevin process in closed form.
@Suite struct PhaseSpaceProcessTests {
  static func process(
    mass: Double = 0.25, rate: Double = 4, spread: Double = 0.04
  ) -> CriticallyDampedLangevin {
    do {
      return try CriticallyDampedLangevin(mass: mass, rate: rate, initialSpread: spread)
    } catch { fatalError("A test process is wrong: \(error)") }
  }
  static let processes = [process(), process(mass: 1, rate: 1.3, spread: 1), process(mass: 3)]

  func agree(_ left: PhaseCovariance, _ right: PhaseCovariance, relative: Double) -> Bool {
    agrees(
      [left.xx, left.xv, left.vv], [right.xx, right.xv, right.vv], relative: relative,
      absolute: 1e-15)
  }

  @Test func goldenValues() {
    let process = Self.process()
    #expect(process.friction == 1)
    let flow = process.flow(over: 0.25)
    #expect(
      agrees(
        [flow.xx, flow.xv, flow.vx, flow.vv],
        [0.406005849709838, 0.541341132946451, -0.135335283236613, -0.135335283236613]))
    let noise = process.noise(over: 0.25)
    #expect(
      agrees(
        [noise.xx, noise.xv, noise.vv],
        [0.761896694446456, 0.0732625555549367, 0.227105451389082]))
    let short = process.noise(over: 0.001)
    #expect(
      agrees(
        [short.xx, short.xv, short.vv],
        [6.7452686324646e-7, 6.29841484835382e-5, 0.00787318719215809]))
  }

  /// F(s + t) = F(s) F(t), S(s + t) = F(t) S(s) F(t)^T + S(t), and the reverse likewise.
  @Test(arguments: processes)
  func durationsAdd(_ process: CriticallyDampedLangevin) {
    for (s, t) in [(0.3, 0.4), (1e-3, 0.05), (1e-6, 2e-6), (0.1, 1.4)] {
      let (first, second, whole) = (
        process.flow(over: s), process.flow(over: t), process.flow(over: s + t)
      )
      let product = second.after(first)
      #expect(
        agrees(
          [product.xx, product.xv, product.vx, product.vv],
          [whole.xx, whole.xv, whole.vx, whole.vv], relative: 1e-12, absolute: 1e-15))
      #expect(
        agree(
          second.applied(to: process.noise(over: s)) + process.noise(over: t),
          process.noise(over: s + t), relative: 1e-11))
      let back = process.flow(over: -t)
      #expect(
        agree(
          back.applied(to: process.reverseNoise(over: s)) + process.reverseNoise(over: t),
          process.reverseNoise(over: s + t), relative: 1e-11))
      #expect(
        agree(
          back.applied(to: process.noise(over: t)), process.reverseNoise(over: t),
          relative: 1e-8))
    }
  }

  /// N(0, 1) x N(0, M) stays as it is, forward, and backward in the part that splitting solves.
  @Test(arguments: processes)
  func stationaryLawIsInvariant(_ process: CriticallyDampedLangevin) {
    let stationary = PhaseCovariance(xx: 1, xv: 0, vv: process.mass)
    for time in [1e-4, 0.1, 1.0] {
      #expect(
        agree(
          process.flow(over: time).applied(to: stationary) + process.noise(over: time),
          stationary, relative: 1e-12))
      let step = PhaseSpaceMethod.symmetricSplitting.step(from: 2 * time, to: 0, of: process)
      let half = step.first ?? step.second
      #expect(
        agree(half.flow.applied(to: stationary) + half.noise, stationary, relative: 1e-12))
    }
  }

  /// The response to a constant score is the integral of F(-u) (0, 2 Gamma beta).
  @Test(arguments: processes)
  func scoreResponseIsAnIntegral(_ process: CriticallyDampedLangevin) {
    for duration in [1e-3, 0.02, 0.2, 0.7] {
      let response = PhaseSpaceMethod.frozenScore.step(from: 1, to: 1 - duration, of: process).score
      var (x, v) = (0.0, 0.0)
      let count = 2000
      for index in 0...count {
        let weight = index == 0 || index == count ? 1.0 : index % 2 == 1 ? 4 : 2
        let flow = process.flow(over: -duration * Double(index) / Double(count))
        x += weight * flow.xv
        v += weight * flow.vv
      }
      let factor = process.squaredDiffusion * duration / Double(count) / 3
      #expect(agrees(response.x, factor * x, relative: 1e-9))
      #expect(agrees(response.v, factor * v, relative: 1e-9))
    }
  }

  @Test func lawsStartWithTheData() throws {
    let law = Self.process().law(mean: 1.5, variance: 0.3, at: 0)
    #expect(law.mean == PhaseVector(x: 1.5, v: 0))
    #expect(law.covariance == PhaseCovariance(xx: 0.3, xv: 0, vv: 0.01))
    #expect(throws: ProcessError.self) { try CriticallyDampedLangevin(mass: 0) }
    #expect(throws: ProcessError.self) { try CriticallyDampedLangevin(rate: -1) }
    #expect(throws: ProcessError.self) { try CriticallyDampedLangevin(initialSpread: .nan) }
  }
}
