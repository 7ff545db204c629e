import OrnsteinDiffusion
import OrnsteinNumerics

/// Drawing from a mixture of isotropic Gaussians by its exact score; `Benchmarks/peers/work.py` says
/// the same.
enum MixtureDrawing {
  static let points = 32768
  static let steps = 100

  /// Means on [-4, 4] by the golden section, variances from 0.5 to 1.5.
  static func mixture(dimension: Int, components: Int) throws -> GaussianMixture<Float> {
    let golden = 0.6180339887498949
    return try GaussianMixture(
      weights: [Double](repeating: 1 / Double(components), count: components),
      means: (0..<components).map { k in
        (0..<dimension).map { j in
          let turn = Double(k * dimension + j + 1) * golden
          return 8 * (turn - turn.rounded(.down) - 0.5)
        }
      },
      covariances: (0..<components).map { .isotropic(0.5 + Double($0) / Double(components)) })
  }

  /// Two matrix products of points, components and coordinates a step, whatever is left out of them;
  /// `numbers` are the dimension and the components.
  static func flops(_ numbers: [Int]) -> Double {
    Double(points * steps) * 4 * numbers.reduce(1) { $0 * Double($1) }
  }
}

/// 32,768 points through 100 steps, with noise or with four stored scores.
func mixtureDrawing(
  dimension: Int, components: Int, isDeterministic: Bool, threads: Int
) throws -> Workload {
  let plan = SamplingPlan(
    grid: GridSpecification(
      .geometric, steps: MixtureDrawing.steps, horizon: 5, stop: 1e-3),
    predictor: isDeterministic ? try PredictorSpecification(name: "lms") : .frozenDenoiser,
    finish: .none)
  let mixture = try MixtureDrawing.mixture(dimension: dimension, components: components)
  let sampler: Sampler<Float> = try plan.makeSampler(for: mixture)
  return Workload {
    _ = try sampler.draw(rows: 0..<MixtureDrawing.points, threads: threads)
  }
}
