import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// The score entropy bounds the divergence of laws.
@Suite struct DiscretePathTests {
  @Test(arguments: DiscreteTargets.all, DiscreteProcess.Kind.allCases)
  func pathsBoundMarginalsOfModels(
    _ target: DiscreteTarget, _ kind: DiscreteProcess.Kind
  ) throws {
    let process = DiscreteTargets.process(kind, target)
    func path(_ model: any DiscreteModel, panels: Int) throws -> Double {
      try DiscretePathCost.divergence(
        of: model, on: target, process: process, from: 2, to: 0.05, panels: panels)
    }
    let exact = try path(target, panels: 4)
    #expect(exact == 0)
    let truth = try DiscreteLaw(of: target, under: process, at: 0.05)
    for share in [0.05, 0.3] {
      let model = BlurredModel(target: target, share: share)
      var law = try DiscreteLaw(of: target, under: process, at: 2)
      law.applyRates(of: model, from: 2, to: 0.05, steps: 400)
      let marginal = truth.divergence(from: law)
      let cost = try path(model, panels: 4)
      #expect(agrees(cost, try path(model, panels: 8), relative: 1e-8))
      #expect(marginal > 0 && marginal <= cost)
    }
  }

  @Test(arguments: [20, 80])
  func pathsBoundMarginalsOfFrozenSteps(_ steps: Int) throws {
    for (kind, method) in [
      (DiscreteProcess.Kind.absorbing, DiscreteMethod.ancestral), (.absorbing, .tauLeaping),
      (.absorbing, .euler), (.uniform, .ancestral),
    ] {
      for target in DiscreteTargets.all {
        let process = DiscreteTargets.process(kind, target)
        let plan = DiscretePlan(
          process: kind, grid: GridSpecification(.logSNR, steps: steps, horizon: 2, stop: 0.2),
          method: method, start: .exact)
        let law = try DiscreteLaw(of: plan.makeSampler(for: target))
        let truth = try DiscreteLaw(of: target, under: process, at: 0.2)
        let cost = try DiscretePathCost.divergence(
          of: method, on: target, process: process, along: try plan.times(), panels: 1)
        #expect(truth.divergence(from: law) <= cost, "\(kind) \(method)")
        #expect(cost > 0 && cost < 3 / Double(steps), "\(kind) \(method) \(cost)")
      }
    }
  }

  /// All coordinates unmasked at once, independently: the path divergence is the total correlation
  /// of the data, by the chain rule in the order in which the coordinates appear.
  @Test(arguments: DiscreteTargets.all)
  func unmaskingAtOnceCostsTheTotalCorrelation(_ target: DiscreteTarget) throws {
    let process = DiscreteTargets.process(.absorbing, target)
    let law = try DiscreteLaw(of: target, under: process, at: 0)
    var marginals = [Double](repeating: 0, count: target.dimension * target.states)
    for (index, probability) in law.probabilities.enumerated() where probability > 0 {
      for (i, state) in law.point(index).enumerated() {
        marginals[i * target.states + state] += probability
      }
    }
    var correlation = 0.0
    for (index, probability) in law.probabilities.enumerated() where probability > 0 {
      let product = law.point(index).enumerated().reduce(1) {
        $0 * marginals[$1.offset * target.states + $1.element]
      }
      correlation += probability * .log(probability / product)
    }
    let cost = try DiscretePathCost.divergence(
      of: .ancestral, on: target, process: process, along: [36, 0], panels: 24)
    #expect(agrees(cost, correlation, relative: 1e-9))
    let drawn = try DiscreteLaw(
      of: DiscretePlan(
        grid: GridSpecification(.uniform, steps: 1, horizon: 36, stop: 0), method: .ancestral
      ).makeSampler(for: target))
    #expect(agrees(law.divergence(from: drawn), correlation, relative: 1e-9))
  }

  @Test func frozenRatesOfTheUniformProcessHaveNoFiniteCost() throws {
    let target = DiscreteTargets.square
    let process = DiscreteTargets.process(.uniform, target)
    for method in [DiscreteMethod.euler, .tauLeaping] {
      #expect(
        try DiscretePathCost.divergence(
          of: method, on: target, process: process, along: [2, 1, 0.5]) == .infinity)
    }
  }
}
