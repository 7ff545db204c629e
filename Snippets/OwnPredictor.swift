//! A sampler of one's own: emit the instructions of a step, and everything else follows.

import Ornstein

/// Euler steps of the probability flow in sigma / alpha.
struct EulerInSigma: Predictor {
  static let summary = MethodSummary(
    name: "euler-in-sigma", title: "Euler steps in sigma / alpha", order: 1, stochastic: "no",
    source: "Karras et al., arXiv 2206.00364, algorithm 1 without the correction")

  var isStochastic: Bool { false }

  func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let score = program.evaluate(at: t)
    // y = x / alpha moves by (sigma_s / alpha_s - sigma_t / alpha_t) times the noise -sigma score.
    let step = s.sigma / s.alpha - t.sigma / t.alpha
    program.combine([(s.alpha / t.alpha, .position), (-s.alpha * step * t.sigma, score)])
  }
}

let process = OrnsteinUhlenbeck.canonical
let levels = try GridSpecification(.karras, steps: 40, horizon: 4, stop: 1e-3)
  .levels(for: process)
let method = SamplingMethod(predictor: EulerInSigma())

let target = try GaussianMixture<Float>(
  weights: [0.3, 0.7], means: [[-2, 0], [2, 1]], covariances: [.isotropic(0.25), .identity])
let points = try Sampler(
  model: target, levels: levels, method: method, start: .moments(target.moments),
  key: NoiseKey(seed: 1)
).draw(rows: 0..<10_000, threads: 2)

// The same program, run on a normal law.
let oracle = try GaussianOracle(GaussianLaw(mean: [1, -1], covariance: [0.5, 0, 0, 2]))
let law = try oracle.law(
  after: method.program(along: levels), from: oracle.exactLaw(at: levels[0]))
print("\(points.count) points drawn; on normal data their mean is \(law.mean)")
// snippet.hide
precondition(abs(law.mean[0] - 1) < 0.05)
