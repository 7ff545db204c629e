import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The ways of positions and velocities, and the noise of positions on them.
@Suite struct PhaseSpaceTrajectoryTests {
  static let times = [1.2, 0.7, 0.4, 0.1, 0]

  func sampler<Scalar: BatchScalar>(
    _ method: PhaseSpaceMethod, _ times: [Double], _ target: GaussianMixture<Scalar>
  ) throws -> PhaseSpaceSampler<Scalar> {
    try PhaseSpacePlan(times: times, method: method, initialLaw: .momentMatched, seed: 17)
      .makeSampler(for: target)
  }

  func checkEnds<Scalar: BatchScalar>(
    _ method: PhaseSpaceMethod, _ target: GaussianMixture<Scalar>
  ) throws {
    let (rows, states, d) = (600, Self.times.count + 1, target.dimension)
    let whole = try sampler(method, Self.times, target)
    let ways = try whole.drawTrajectories(rows: 0..<rows, threads: 2)
    #expect(ways.count == rows * states && ways.dimension == 2 * d)
    func expect(_ state: Int, is ends: (positions: Batch<Scalar>, velocities: Batch<Scalar>)) {
      let same = (0..<rows).allSatisfy {
        ways.point($0 * states + state) == ends.positions.point($0) + ends.velocities.point($0)
      }
      #expect(same, "state \(state)")
    }
    for index in 1..<Self.times.count {
      let short = try sampler(method, Array(Self.times[...index]), target)
      expect(index, is: try short.drawPhase(rows: 0..<rows, threads: 1))
    }
    expect(states - 1, is: try whole.drawPhase(rows: 0..<rows, threads: 1))
    #expect(try whole.drawTrajectories(rows: 0..<rows, threads: 3) == ways)
    for part in [0..<1, 255..<257, 100..<513, 5..<5] {
      let drawn = try whole.drawTrajectories(rows: part, threads: 2)
      #expect(drawn == ways[part.lowerBound * states..<part.upperBound * states], "rows \(part)")
    }
  }

  /// A state at a time of the grid is the one that a run with this stop ends in, to the last bit.
  @Test(arguments: PhaseSpaceMethod.allCases)
  func statesAreTheEndsOfShorterRuns(_ method: PhaseSpaceMethod) throws {
    try checkEnds(method, Targets.gm2(Double.self))
    try checkEnds(method, Targets.gm2(Float.self))
    try checkEnds(method, Targets.gm1(Double.self))
  }

  /// The level of positions solves the equations of the moments, which Runge-Kutta steps follow here.
  @Test func levelsOfPositionsSolveTheMomentEquations() throws {
    let process = try CriticallyDampedLangevin(mass: 0.4, rate: 2.5, initialSpread: 0.1)
    let (beta, mass) = (process.rate, process.mass)
    // The means of x and v from (1, 0), and the covariance from diag(0, gamma M).
    func slope(_ s: [Double]) -> [Double] {
      let (toX, toV, decay) = (beta / mass, -beta, -process.friction * beta / mass)
      return [
        toX * s[1], toV * s[0] + decay * s[1], 2 * toX * s[3],
        toX * s[4] + toV * s[2] + decay * s[3],
        2 * (toV * s[3] + decay * s[4]) + process.squaredDiffusion,
      ]
    }
    func moved(_ s: [Double], _ k: [Double], _ h: Double) -> [Double] {
      zip(s, k).map { $0 + h * $1 }
    }
    var state = [1, 0, 0, 0, process.initialSpread * mass]
    let (steps, end) = (4000, 1.3)
    let h = end / Double(steps)
    for step in 0..<steps {
      let k1 = slope(state)
      let k2 = slope(moved(state, k1, h / 2))
      let k3 = slope(moved(state, k2, h / 2))
      let k4 = slope(moved(state, k3, h))
      for index in state.indices {
        state[index] += h / 6 * (k1[index] + 2 * k2[index] + 2 * k3[index] + k4[index])
      }
      guard (step + 1).isMultiple(of: 800) else { continue }
      let level = process.positionLevel(at: h * Double(step + 1))
      #expect(agrees(level.alpha, state[0], relative: 1e-9, absolute: 1e-12))
      #expect(agrees(level.sigma * level.sigma, state[2], relative: 1e-9))
    }
    #expect(process.positionLevel(at: 0) == NoiseLevel(time: 0, alpha: 1, sigma: 0))
  }
}
