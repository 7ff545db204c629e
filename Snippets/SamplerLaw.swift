//! The exact law of a sampler on normal data, without drawing a point.

import Ornstein

let data = GaussianLaw(mean: [1.5, 0], covariance: [0.25, 0.1, 0.1, 2])
let oracle = try GaussianOracle(data)
for steps in [10, 20, 40, 80] {
  let plan = SamplingPlan(
    grid: GridSpecification(.logSNR, steps: steps, horizon: 3, stop: 0.01),
    predictor: .dpmSolverPlusPlus2M, initialLaw: .process)
  let law = try oracle.law(of: plan, from: .process)
  print("\(steps) steps: KL(data | drawn) = \(try data.klDivergence(to: law)) nats")
}
