import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Learning a mixture with full covariances by expectation-maximisation; `Benchmarks/peers/work.py`
/// says the same.
struct MixtureLearning {
  static let rows = 1_000_000
  static let iterations = 10

  /// The rows: row i comes from component i mod K, its noise from hashes of the element's number.
  let points: Batch<Double>
  /// Means half a unit off, and covariances 1.5 I.
  let start: GaussianMixture<Double>

  init(dimension d: Int, components: Int) throws {
    let means = try MixtureDrawing.mixture(dimension: d, components: components).description
      .components.map(\.mean)
    points = Batch(unsafeUninitializedCount: Self.rows, dimension: d) { x in
      for row in 0..<Self.rows {
        for column in 0..<d {
          let number = UInt64(row * d + column)
          let (u, v) = (Self.uniform(2 * number), Self.uniform(2 * number + 1))
          x[row * d + column] =
            means[row % components][column]
            + sqrt(-2 * log(u)) * cos(2 * .pi * v)
        }
      }
    }
    start = try GaussianMixture(
      weights: means.map { _ in 1 / Double(components) }, means: means.map { $0.map { $0 + 0.5 } },
      covariances: means.map { _ in .full((0..<d).map { i in (0..<d).map { $0 == i ? 1.5 : 0 } }) })
  }

  /// The number of (0, 1) that SplitMix64 makes of a state.
  private static func uniform(_ number: UInt64) -> Double {
    var z = (number &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (Double((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52
  }

  private func learner(iterations: Int) throws -> ExpectationMaximization {
    try ExpectationMaximization(
      ExpectationMaximizationSettings(
        components: start.description.components.count, start: .mixture(start.description),
        tolerance: 0, iterationLimit: iterations, reseedLimit: 0))
  }

  /// The mean log-likelihood of a row after some iterations.
  func logLikelihood(steps: Int) throws -> Double {
    try learner(iterations: steps).fit(points, key: NoiseKey(seed: 1), threads: 2).record
      .logLikelihood
  }

  func iterate(threads: Int) throws {
    _ = try learner(iterations: Self.iterations).fit(
      points, key: NoiseKey(seed: 1), threads: threads)
  }

  /// The exponents and the sums of a step, symmetric products once; `numbers` are the dimension and the
  /// components.
  static func flops(_ numbers: [Int]) -> Double {
    let features = Double((numbers[0] + 1) * (numbers[0] + 2) / 2)
    return 4 * Double(rows) * features * Double(numbers[1])
  }
}

/// Ten iterations, with the check of the data before and the evaluation of the result after them.
func learningIterations(dimension: Int, components: Int, threads: Int) throws -> Workload {
  let learning = try MixtureLearning(dimension: dimension, components: components)
  return Workload(units: MixtureLearning.iterations) { try learning.iterate(threads: threads) }
}
