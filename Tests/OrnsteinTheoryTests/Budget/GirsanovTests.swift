import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// The predicted divergence of the paths is that of a simulation of its definition.
@Suite struct GirsanovTests {
  /// Two-sided gates of 4.5 joint standard errors: with the scatter of 64 groups a correct pair fails
  /// one in 30,000 times, one of the 52 pairs one in 600 times.
  @Test(arguments: BudgetTarget.allCases, Freezing.allCases)
  func predictedIsSimulated(_ name: BudgetTarget, _ freezing: Freezing) throws {
    let target = try name.make()
    let times = try canonicalTimes(.logSNR, steps: 12)
    let fine = CandidateTimes.evenInLogSNR(121, from: times[0], to: times[12])
    let statistics = try PathStatistics(of: target, times: fine, key: NoiseKey(seed: 7), threads: 2)
      .resampled(at: times)
    let predicted = PathCost(statistics, freezing: freezing).total
    let simulated = GirsanovSimulation(
      target: target, freezing: freezing, times: times, key: NoiseKey(seed: 11)
    ).run(blocks: 64, rows: 320)
    let error = Double.hypot(predicted.standardError, simulated.standardError)
    let z = (predicted.value - simulated.value) / error
    #expect(
      abs(z) < 4.5,
      "\(predicted.value) ± \(predicted.standardError), simulated \(simulated): z = \(z)")
  }
}
