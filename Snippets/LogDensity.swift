//! Log-densities of points along the probability flow, beside the closed form.

import Ornstein

let target = try GaussianMixture<Double>(
  weights: [0.3, 0.7], means: [[-2, 0], [2, 1]], covariances: [.isotropic(0.25), .identity])
let points = target.drawExactly(rows: 0..<200, key: NoiseKey(seed: 7))

let flow = try FlowLikelihood(target, stop: 0.001, base: .exact)
let found = try flow.logDensities(ofData: points, threads: 2)
let mean = MeanLogDensity(of: found)
print("Mean \(mean.mean) ± \(mean.standardError) nats over \(mean.rows) points")

// The flow knows the data with the noise that is left at the stop.
let noise = flow.stop.sigma / flow.stop.alpha
let exact = target.logDensity(of: points, at: NoiseLevel(time: 0, alpha: 1, sigma: noise))
let largest = zip(found, exact).map { abs($0.value - $1) }.max() ?? 0
print("Largest difference from the closed form: \(largest) nats")
// snippet.hide
precondition(largest < 1e-3)
