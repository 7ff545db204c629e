import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The phase-space driver: its law, its bits, its errors.
@Suite struct PhaseSpaceSamplerTests {
  /// The law of (positions, velocities) that the oracle says, along the axes of the target.
  func law<Scalar>(
    of sampler: PhaseSpaceSampler<Scalar>, start: InitialLaw
  ) throws -> (mean: [Double], covariance: [Double]) {
    let moments = Targets.gaussian(Double.self).moments
    let eigen = try SymmetricEigendecomposition(of: moments.covariance, dimension: 2)
    var (mean, covariance) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 16))
    for axis in 0..<2 {
      let direction = (0..<2).map { eigen.vectors[axis * 2 + $0] }
      let oracle = PhaseSpaceOracle(
        mean: direction[0] * moments.mean[0] + direction[1] * moments.mean[1],
        variance: eigen.values[axis], process: sampler.process)
      let law = oracle.law(
        after: sampler.steps,
        from: start == .process ? oracle.prior : oracle.truth(at: sampler.grid.horizon))
      for i in 0..<2 {
        mean[i] += direction[i] * law.mean.x
        mean[2 + i] += direction[i] * law.mean.v
        for j in 0..<2 {
          let share = direction[i] * direction[j]
          covariance[i * 4 + j] += share * law.covariance.xx
          covariance[(2 + i) * 4 + j] += share * law.covariance.xv
          covariance[i * 4 + 2 + j] += share * law.covariance.xv
          covariance[(2 + i) * 4 + 2 + j] += share * law.covariance.vv
        }
      }
    }
    return (mean, covariance)
  }

  func check<Scalar: BatchScalar>(_ plan: PhaseSpacePlan, _: Scalar.Type) throws {
    let sampler = try plan.makeSampler(for: Targets.gaussian(Scalar.self))
    let law = try law(of: sampler, start: plan.initialLaw)
    let drawn = try sampler.drawPhase(rows: 0..<200_000, threads: 2)
    let joined = Batch(
      (0..<200_000).flatMap { drawn.positions.point($0) + drawn.velocities.point($0) },
      dimension: 4)
    let findings = StatisticalGate.deviations(
      of: joined, fromGaussianWithMean: law.mean, covariance: law.covariance,
      falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// False-alarm rate 1e-6 for each of 8 combinations.
  @Test(arguments: PhaseSpaceMethod.allCases, InitialLaw.allCases)
  func driverDrawsTheClosedFormLaw(_ method: PhaseSpaceMethod, _ start: InitialLaw) throws {
    let plan = PhaseSpacePlan(
      steps: 15, horizon: 0.8, stop: 0.01, exponent: 2, method: method, initialLaw: start,
      seed: 41)
    try check(plan, Double.self)
    try check(plan, Float.self)
  }

  /// False-alarm rate 1e-6 for each method, up to a bias far below the noise of 30,000 points.
  @Test(arguments: PhaseSpaceMethod.allCases)
  func mixturesComeOutRight(_ method: PhaseSpaceMethod) throws {
    let plan = PhaseSpacePlan(
      steps: 2000, horizon: 2, method: method, initialLaw: .momentMatched, seed: 42)
    let drawn = try plan.makeSampler(for: Targets.gm1(Double.self))
      .draw(rows: 0..<30_000, threads: 2)
    let parts = [(0.3, -2.0, 0.25), (0.5, 0.5, 0.5), (0.2, 3.0, 1.0)]
    let p = StatisticalGate.kolmogorovSmirnov(drawn.elements) { x in
      parts.reduce(0) {
        $0 + $1.0 * StatisticalGate.normalDistribution((x - $1.1) / .sqrt($1.2))
      }
    }
    #expect(p > 1e-6)
  }

  func checkBits<Scalar: BatchScalar>(
    _ method: PhaseSpaceMethod, _ target: GaussianMixture<Scalar>
  ) throws {
    for start in InitialLaw.allCases {
      let sampler = try PhaseSpacePlan(steps: 7, method: method, initialLaw: start, seed: 43)
        .makeSampler(for: target)
      let whole = try sampler.draw(rows: 0..<700, threads: 1)
      for threads in [2, 3] {
        #expect(try sampler.draw(rows: 0..<700, threads: threads) == whole)
      }
      for rows in [0..<1, 255..<257, 256..<512, 100..<613, 699..<700, 5..<5] {
        #expect(try sampler.draw(rows: rows, threads: 2) == whole[rows], "rows \(rows)")
      }
      let late = try sampler.draw(rows: 4_000_000_000..<4_000_000_003, threads: 1)
      #expect(try sampler.draw(rows: 4_000_000_001..<4_000_000_002, threads: 1) == late[1..<2])
    }
  }

  @Test(arguments: PhaseSpaceMethod.allCases)
  func bitsDependOnNothingElse(_ method: PhaseSpaceMethod) throws {
    try checkBits(method, Targets.gm2(Float.self))
    try checkBits(method, Targets.gm2(Double.self))
    try checkBits(method, Targets.gm1(Double.self))
  }

  @Test func plansSurviveAFile() throws {
    for plan in [
      PhaseSpacePlan(),
      PhaseSpacePlan(mass: 1, steps: 3, times: [1, 0.2, 0], method: .frozenScore),
    ] {
      let data = try JSONEncoder().encode(plan)
      #expect(try JSONDecoder().decode(PhaseSpacePlan.self, from: data) == plan)
    }
    let quadratic = try PhaseSpacePlan(steps: 4, horizon: 16, exponent: 2).grid()
    #expect(quadratic.times == [16, 9, 4, 1, 0])
    #expect(try PhaseSpacePlan(times: [1, 0.2, 0]).grid().times == [1, 0.2, 0])
    #expect(try PhaseSpaceMethod(name: "sscs") == .symmetricSplitting)
  }

  @Test func mistakesAreNamed() throws {
    let target = Targets.gm2(Double.self)
    for plan in [
      PhaseSpacePlan(steps: 0), PhaseSpacePlan(horizon: -1), PhaseSpacePlan(stop: 2),
      PhaseSpacePlan(exponent: 0.5), PhaseSpacePlan(times: [0.1, 0.2]),
      PhaseSpacePlan(steps: 1, horizon: 1000), PhaseSpacePlan(mass: -1),
      PhaseSpacePlan(horizon: .nan),
    ] {
      #expect(throws: (any Error).self, "\(plan)") { try plan.makeSampler(for: target) }
    }
    #expect(throws: SamplingError.self) { try PhaseSpaceMethod(name: "leapfrog") }
    let moments = DataMoments(mean: [0, 0], covariance: [1, 0, 0, -1])
    #expect(throws: SamplingError.self) {
      try PhaseSpacePlan(initialLaw: .momentMatched).makeSampler(for: target, moments: moments)
    }
    do {
      _ = try PhaseSpacePlan(steps: 4).makeSampler(for: BrokenPhaseModel())
        .draw(rows: 0..<600, threads: 2)
      Issue.record("A broken model went unnoticed.")
    } catch let error as SamplingError {
      #expect(error == .notFinite(step: 2, row: 0, time: 0.5, cause: .score))
    }
  }
}

/// A model that fails at half of the time.
struct BrokenPhaseModel: PhaseSpaceModel {
  let dimension = 2

  func velocityScore(
    of positions: Span<Double>, _ velocities: Span<Double>, at time: Double,
    of process: CriticallyDampedLangevin, into score: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    for index in 0..<score.count { score[index] = time > 0.6 ? -velocities[index] : .nan }
  }
}
