import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// The density of a learned flow is one: it integrates to 1.
@Suite struct NetworkDensityTests {
  private func learned(_ law: LearningTests.Law) throws -> ScoreNetwork<Float> {
    let settings = TrainingSettings(
      objective: TrainingObjective(levels: .uniform, logSNRRange: -4...3.5),
      optimizer: OptimizerSettings(schedule: LearningRateSchedule(peak: 3e-3)),
      shape: NetworkShape(dimension: law.dimension, width: 32, hiddenLayers: 2), batchSize: 256,
      limit: .steps(300), patience: nil)
    return try TrainingSession(data: law.draw(2_000, seed: 1), settings: settings, seed: 2)
      .run(threads: 2).network
  }

  /// The trapezoid rule on a grid from -6 to 6, right to far below the tolerance for a density that
  /// varies over distances of 0.3 and has no mass beyond.
  private func integral(_ flow: FlowLikelihood<Float>, points: Int) throws -> Double {
    let d = flow.dimension
    let step = 12 / Double(points - 1)
    let axis = (0..<points).map { -6 + step * Double($0) }
    let grid =
      d == 1
      ? Batch<Double>(axis, dimension: 1)
      : Batch<Double>(axis.flatMap { x in axis.flatMap { y in [x, y] } }, dimension: 2)
    let densities = try flow.logDensities(of: grid, threads: 2)
    return densities.reduce(0) { $0 + .exp($1.value) } * .pow(step, Double(d))
  }

  @Test func integratesToOneOnTheLine() throws {
    let network = try learned(LearningTests.Law(dimension: 1, mean: 0.9, covariance: 0))
    let flow = try FlowLikelihood(network, stop: 0.05, horizon: 3)
    #expect(abs(try integral(flow, points: 401) - 1) < 1e-3)
  }

  @Test func integratesToOneOnThePlane() throws {
    let network = try learned(LearningTests.Law(dimension: 2, mean: 0.7, covariance: 0.1))
    let flow = try FlowLikelihood(network, stop: 0.1, horizon: 3, tolerance: 1e-3)
    #expect(abs(try integral(flow, points: 121) - 1) < 1e-3)
  }

  /// Traces of networks in Hutchinson's manner have the exact one as their mean: a z-test with a
  /// false-alarm rate of 1e-4.
  @Test func estimatedTracesAgree() throws {
    let network: ScoreNetwork<Float> = try ScoreNetworkTests.network(
      NetworkShape(dimension: 6, width: 32, hiddenLayers: 2))
    let rows = 1_500
    let one: Batch<Float> = ScoreNetworkTests.points(1, 6)
    let points = Batch<Float>(
      Array(repeating: one.elements, count: rows).flatMap(\.self), dimension: 6)
    let exact = try FlowLikelihood(network, stop: 0.05, tolerance: 1e-3).logDensities(of: one)
    let sample = try FlowLikelihood(
      network, stop: 0.05, trace: .hutchinson(probes: 1), tolerance: 1e-3, key: NoiseKey(seed: 5)
    ).logDensities(of: points, threads: 2).map(\.value)
    #expect(
      StatisticalGate.meanAgrees(sample, expected: exact[0].value, falseAlarmRate: 1e-4))
  }
}
