import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct TraceEstimateTests {
  private static let matrix = [[1.2, 0.5, -0.3], [0.5, 0.7, 0.1], [-0.3, 0.1, 0.9]]

  /// s = -A x at every level of the canonical process.
  private static func linear(_ matrix: [[Double]]) -> ClosureScore<Double> {
    let d = matrix.count
    return ClosureScore(dimension: d) { points, _, score in
      for row in 0..<points.count / d {
        for i in 0..<d {
          var sum = 0.0
          for j in 0..<d { sum += matrix[i][j] * points[row * d + j] }
          score[row * d + i] = -sum
        }
      }
    }
  }

  private static let point = Batch<Double>(
    Array(repeating: [0.3, -0.8, 0.5], count: 4_000).flatMap(\.self), dimension: 3)

  private func densities(
    _ matrix: [[Double]], _ trace: TraceEstimate, rows: Int = 4_000
  ) throws -> [LogDensity] {
    try FlowLikelihood(
      Self.linear(matrix), stop: 0.5, horizon: 2, trace: trace, tolerance: 1e-6,
      key: NoiseKey(seed: 11)
    ).logDensities(of: Self.point[0..<rows], threads: 2)
  }

  /// Without bias, and with the variance 2 sum_{i != j} A_ij^2 of a probe, times the square of the
  /// time it is carried, 1.5: z-tests of both with a false-alarm rate of 1e-4 each.
  @Test func estimatesHaveTheirMeanAndVariance() throws {
    let exact = try densities(Self.matrix, .exact, rows: 1)[0].value
    let sample = try densities(Self.matrix, .hutchinson(probes: 1)).map(\.value)
    #expect(StatisticalGate.meanAgrees(sample, expected: exact, falseAlarmRate: 1e-4))
    var variance = 0.0
    for i in 0..<3 {
      for j in 0..<3 where i != j { variance += 2 * Self.matrix[i][j] * Self.matrix[i][j] }
    }
    variance *= 1.5 * 1.5
    let squares = sample.map { ($0 - exact) * ($0 - exact) }
    #expect(StatisticalGate.meanAgrees(squares, expected: variance, falseAlarmRate: 1e-4))
  }

  /// More probes state their own standard error, the root of the variance over their number.
  @Test func standardErrorsAreStated() throws {
    let found = try densities(Self.matrix, .hutchinson(probes: 8), rows: 1_000)
    let exact = try densities(Self.matrix, .exact, rows: 1)[0].value
    let squares = found.map { ($0.value - exact) * ($0.value - exact) }
    let stated = found.compactMap { $0.standardError }.map { $0 * $0 }
    #expect(stated.count == found.count)
    let differences = zip(squares, stated).map { $0 - $1 }
    #expect(StatisticalGate.meanAgrees(differences, expected: 0, falseAlarmRate: 1e-4))
    #expect(try densities(Self.matrix, .hutchinson(probes: 1), rows: 1)[0].standardError == nil)
  }

  /// Signs squared are one: nothing is lost where the Jacobian is diagonal.
  @Test func diagonalJacobiansAreExact() throws {
    let diagonal = [[1.2, 0, 0], [0, 0.4, 0], [0, 0, 0.9]]
    let exact = try densities(diagonal, .exact, rows: 1)[0].value
    for density in try densities(diagonal, .hutchinson(probes: 2), rows: 20) {
      #expect(abs(density.value - exact) < 1e-5)
      #expect((density.standardError ?? .nan) < 1e-5)
    }
  }

  /// The estimates of a mixture have the exact log-density in the mean: a z-test at 1e-4.
  @Test func mixturesWithoutBias() throws {
    let target = Targets.gm2(Double.self)
    let rows = 2_000
    let points = Batch<Double>(
      Array(repeating: [0.3, -0.7], count: rows).flatMap(\.self), dimension: 2)
    let flow = try FlowLikelihood(
      target, stop: 0.1, base: .exact, trace: .hutchinson(probes: 1), tolerance: 1e-4,
      key: NoiseKey(seed: 6))
    let sample = try flow.logDensities(of: points, threads: 2).map(\.value)
    let truth = target.logDensity(of: points[0..<1], at: flow.stop)[0]
    #expect(StatisticalGate.meanAgrees(sample, expected: truth, falseAlarmRate: 1e-4))
  }

  @Test func choiceFollowsTheCost() {
    let closed = ScoreDerivative(Targets.gm2(Double.self))
    #expect(TraceEstimate.automatic(for: closed) == .exact)
    let few = ScoreDerivative(ClosureScore<Float>(dimension: 16) { _, _, _ in })
    #expect(TraceEstimate.automatic(for: few) == .exact)
    let many = ScoreDerivative(ClosureScore<Float>(dimension: 17) { _, _, _ in })
    #expect(TraceEstimate.automatic(for: many) == .hutchinson(probes: 1))
  }
}
