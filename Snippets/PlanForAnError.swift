//! The cheapest plan that keeps the total variation within 0.05, and points drawn by it.

import Ornstein

let target = try GaussianMixture<Double>(
  weights: [0.3, 0.7], means: [[-2, 0], [2, 1]], covariances: [.isotropic(0.25), .identity])
let planner = Planner(
  ExactSubject(target), standard: SamplingPlan(initialLaw: .momentMatched, seed: 7), threads: 2)
let answer = try planner.cheapest(error: 0.05, metric: .totalVariation)

for part in ErrorBudget.Part.allCases {
  print("\(part.rawValue): \(answer.budget[part].text)")
}
print("whole: \(answer.budget.total.text), by \(answer.evaluations) evaluations a point")

let points = try answer.plan.makeSampler(for: target).draw(rows: 0..<10_000, threads: 2)
print("\(points.count) points drawn by \(answer.plan.predictor.name)")
// snippet.hide
precondition(answer.budget.meets(0.05) && points.count == 10_000)
