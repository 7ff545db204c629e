//! Draw from a Gaussian mixture by its exact score.

import Ornstein

let target = try GaussianMixture<Double>(
  weights: [0.3, 0.7], means: [[-2, 0], [2, 1]], covariances: [.isotropic(0.25), .identity])
let plan = SamplingPlan(
  grid: GridSpecification(.karras, steps: 40), predictor: .probabilityFlow,
  initialLaw: .momentMatched, seed: 7)
let points = try plan.makeSampler(for: target).draw(rows: 0..<100_000, threads: 2)

var right = 0
for row in 0..<points.count where points[row, 0] > 0 { right += 1 }
print("To the right of zero: \(Double(right) / 100_000); the target has about 0.684 there.")
// snippet.hide
precondition(abs(Double(right) / 100_000 - 0.684) < 0.01)
