import Foundation
import Ornstein
import Testing

/// The law that stopped samples should have.
@Suite struct StopLawTests {
  @Test func isTheLawOfTheProcess() throws {
    let plain = try StopLaw(process: .ornsteinUhlenbeck, time: 0.1, isRescaled: false)
    // alpha = e^{-t}, sigma^2 = 1 - e^{-2t}.
    #expect(abs(plain.level.alpha - 0.9048374180359595) < 1e-14)
    #expect(abs(plain.level.sigma * plain.level.sigma - 0.1812692469220182) < 1e-14)
    let scaled = try StopLaw(process: .ornsteinUhlenbeck, time: 0.1, isRescaled: true)
    #expect(scaled.level.alpha == 1)
    // sigma^2 / alpha^2 = e^{2t} - 1.
    #expect(abs(scaled.level.sigma * scaled.level.sigma - 0.2214027581601698) < 1e-13)
  }

  @Test func isThatOfThePlan() throws {
    var plan = SamplingPlan(grid: GridSpecification(.logSNR, steps: 5, horizon: 3, stop: 0.1))
    #expect(
      try StopLaw(of: plan) == StopLaw(process: .ornsteinUhlenbeck, time: 0.1, isRescaled: true))
    plan.finish = .none
    #expect(
      try StopLaw(of: plan) == StopLaw(process: .ornsteinUhlenbeck, time: 0.1, isRescaled: false))
    plan.finish = .denoise
    #expect(throws: StopLawError.self) { try StopLaw(of: plan) }
  }

  @Test func timesOutsideOfTheProcessAreRefused() {
    let error = #expect(throws: StopLawError.self) {
      try StopLaw(process: .rectifiedFlow, time: 2, isRescaled: true)
    }
    #expect(error?.description.contains("2.0") ?? false)
  }
}
