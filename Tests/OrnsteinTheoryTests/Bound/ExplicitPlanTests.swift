import OrnsteinTheory
import RealModule
import TestSupport
import Testing

/// Steps for a wanted error: they suffice, fewer do not, and they grow as proved.
@Suite struct ExplicitPlanTests {
  static let inputs: [BoundInput: Double] = [
    .dimension: 4, .secondMoment: 6, .lipschitz: 5, .stop: 0.01, .fisherInformation: 20,
    .supportRadius: 4,
  ]

  @Test(arguments: ExplicitBound.allCases, ConvergenceResult.Measure.allCases)
  func stepsSufficeAndFewerDoNot(
    _ bound: ExplicitBound, _ measure: ConvergenceResult.Measure
  ) throws {
    let error = measure == .wasserstein ? 1.5 : 0.1
    let inputs = try BoundInputs(Self.inputs)
    let plan = try bound.plan(for: error, in: measure, inputs)
    #expect(plan.evaluation.error(in: measure).value <= error)
    let settled = try inputs.setting(.horizon, to: plan.horizon).setting(.stop, to: plan.stop)
    let again = try #require(bound.evaluate(settled.setting(.steps, to: plan.steps)))
    #expect(again.divergence == plan.evaluation.divergence)
    let fewer = (plan.steps * 0.98 - 2).rounded(.down)
    if measure != .wasserstein, fewer >= 1 {
      let evaluation = try #require(bound.evaluate(settled.setting(.steps, to: fewer)))
      #expect(evaluation.error(in: measure).value > error)
    }
  }

  /// Halving the wanted divergence doubles the steps, twice the dimension doubles them too.
  @Test(arguments: ExplicitBound.allCases) func stepsScaleAsProved(_ bound: ExplicitBound) throws {
    var values = Self.inputs
    values[.horizon] = 6
    func steps(_ divergence: Double, _ inputs: [BoundInput: Double]) throws -> Double {
      try bound.plan(for: divergence, in: .kullbackLeibler, BoundInputs(inputs)).steps
    }
    let once = try steps(0.02, values)
    let ratio = try steps(0.01, values) / once
    #expect(ratio > 1.8 && ratio < 2.2, "\(ratio)")
    values[.dimension] = 8
    values[.secondMoment] = 12
    values[.fisherInformation] = 40
    let wider = try steps(0.02, values) / once
    #expect(wider > 1.9 && wider < 2.1, "\(wider)")
  }

  @Test func lowDimensionSavesSteps() throws {
    var values = Self.inputs
    values[.dimension] = 64
    values[.secondMoment] = 2
    let whole = try ExplicitBound.denoiserAny.plan(
      for: 0.05, in: .kullbackLeibler, BoundInputs(values))
    values[.intrinsicDimension] = 2
    let adapted = try ExplicitBound.denoiserAny.plan(
      for: 0.05, in: .kullbackLeibler, BoundInputs(values))
    #expect(adapted.steps < whole.steps / 2)
  }

  @Test func failuresAreNamed() throws {
    let inputs = try BoundInputs([.dimension: 2, .secondMoment: 2])
    #expect(throws: ExplicitPlan.Failure.missing([.lipschitz])) {
      try ExplicitBound.smooth.plan(for: 0.1, in: .kullbackLeibler, inputs)
    }
    #expect(throws: ExplicitPlan.Failure.missing([.stop])) {
      try ExplicitBound.denoiserAny.plan(for: 0.1, in: .kullbackLeibler, inputs)
    }
    #expect(throws: ExplicitPlan.Failure.unbounded([.supportRadius])) {
      try ExplicitBound.denoiserAny.plan(for: 0.1, in: .wasserstein, inputs)
    }
    let wrong = try BoundInputs([
      .dimension: 2, .secondMoment: 2, .stop: 0.01, .scoreError: 3,
    ])
    #expect(throws: ExplicitPlan.Failure.score) {
      try ExplicitBound.denoiserAny.plan(for: 0.1, in: .kullbackLeibler, wrong)
    }
    #expect(throws: BoundError.self) { try BoundInputs([.dimension: 1.5]) }
    #expect(throws: BoundError.self) { try BoundInputs([.stop: 2, .horizon: 1]) }
    #expect(throws: BoundError.self) { try BoundInputs([.secondMoment: -.infinity]) }
    #expect(throws: BoundError.self) { try BoundInputs([.steps: 0]) }
  }

  /// Beyond the steps that are summed one by one, the closed form continues from above.
  @Test func closedFormsContinueTheSums() throws {
    for bound in [ExplicitBound.smooth, .relativeFisher, .denoiserAny] {
      var values = Self.inputs
      values[.horizon] = 5
      func cost(_ steps: Double) throws -> Double {
        values[.steps] = steps
        return try #require(bound.evaluate(BoundInputs(values))).discretization.value
      }
      let (summed, closed) = (try cost(65_536), try cost(65_537))
      #expect(closed >= summed * (1 - 1e-4) && closed <= 1.01 * summed, "\(bound)")
    }
  }
}
