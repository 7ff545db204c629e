import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct VariationalBoundTests {
  private static let process = OrnsteinUhlenbeck.canonical

  private static func levels(_ kind: GridKind, steps: Int) throws -> [NoiseLevel] {
    try GridSpecification(kind, steps: steps, horizon: 2, stop: 0.05).make(for: process)
      .levels(of: process)
  }

  /// h(p_stop), and KL(p_T | N(0, 1)), of the mixture in one dimension at 0.05 and 2.
  private static let entropy = 1.9326390721381
  private static let initialisation = 0.0011187590769802

  /// The mean over the data exceeds the entropy by the path KL.
  ///
  /// The costs of the steps of the grids are published ones. A z-test of 40000 data with a false-alarm rate of 1e-4.
  @Test(arguments: [
    (GridKind.logSNR, 10, 0.46140818652488), (.logSNR, 40, 0.10072940301644),
    (.uniform, 10, 1.4414892391908),
  ])
  func gapIsThePathDivergence(kind: GridKind, steps: Int, cost: Double) throws {
    let target = Targets.gm1(Double.self)
    let data = target.drawExactly(rows: 0..<40_000, key: NoiseKey(seed: 17))
    for base in [BaseLaw.process, .exact] {
      let bound = try VariationalBound(
        target, levels: try Self.levels(kind, steps: steps), base: base, key: NoiseKey(seed: 3))
      let found = try bound.logDensities(of: data, threads: 2)
      #expect(
        StatisticalGate.meanAgrees(
          found.map { -$0.value },
          expected: Self.entropy + cost + (base == .process ? Self.initialisation : 0),
          falseAlarmRate: 1e-4), "\(kind) \(base)")
      #expect(found.allSatisfy { $0.standardError == nil })
    }
  }

  /// The bound is one: below the exact log-density of the noised data in the mean over the data, on
  /// common random numbers, by more than four standard errors.
  @Test func boundsTheLogDensity() throws {
    let target = Targets.gm2(Double.self)
    let levels = try Self.levels(.logSNR, steps: 20)
    let rows = 4_000
    let data = target.drawExactly(rows: 0..<rows, key: NoiseKey(seed: 2))
    let bound = try VariationalBound(target, levels: levels, base: .moments(target.moments))
    let lower = MeanLogDensity(of: try bound.logDensities(of: data, threads: 2))
    let noised = ExactExample.noised(target, at: levels[20], count: rows, seed: 9)
    let exact = MeanLogDensity(
      of: target.logDensity(of: noised, at: levels[20]).map { LogDensity(value: $0) })
    let error =
      (lower.standardError * lower.standardError
      + exact.standardError * exact.standardError).squareRoot()
    #expect(lower.mean + 4 * error < exact.mean, "\(lower) \(exact)")
  }

  /// KL(N(alpha x, sigma^2 I) | N(mean, C)) by sampling, against the closed forms inside.
  @Test func normalStartsAgreeWithTheirDensities() throws {
    let target = Targets.gaussian(Double.self)
    let levels = try Self.levels(.logSNR, steps: 5)
    let data = target.drawExactly(rows: 0..<3, key: NoiseKey(seed: 1))
    // The law of normal data is the moment-matched one: a draw of the divergence has the same mean.
    let closed = try VariationalBound(
      target, levels: levels, base: .moments(target.moments), draws: 8_000, key: NoiseKey(seed: 1)
    ).logDensities(of: data)
    let sampled = try VariationalBound(
      target, levels: levels, base: .exact, draws: 8_000, key: NoiseKey(seed: 1)
    ).logDensities(of: data)
    let limit = StatisticalGate.threshold(falseAlarmRate: 1e-4 / 3)
    for (a, b) in zip(closed, sampled) {
      let (first, second) = (a.standardError ?? .nan, b.standardError ?? .nan)
      #expect(abs(a.value - b.value) < limit * (first * first + second * second).squareRoot())
    }
  }

  @Test func rowsAreTheirOwn() throws {
    let target = Targets.gm2(Float.self)
    let data = target.drawExactly(rows: 0..<300, key: NoiseKey(seed: 2))
    let bound = try VariationalBound(
      target, levels: try Self.levels(.karras, steps: 7), draws: 3, key: NoiseKey(seed: 1))
    let all = try bound.logDensities(of: data)
    #expect(try bound.logDensities(of: data, threads: 3) == all)
    #expect(try bound.logDensities(of: data[200..<230], firstRow: 200) == Array(all[200..<230]))
    let shift = 2 * Double.log(bound.levels[7].alpha)
    for (a, b) in zip(try bound.logDensities(ofData: data), all) {
      #expect(abs(a.value - b.value - shift) < 1e-12)
    }
  }

  @Test func mistakesAreNamed() throws {
    let target = Targets.gm2(Double.self)
    let levels = try Self.levels(.logSNR, steps: 3)
    #expect(throws: LikelihoodError.self) { try VariationalBound(target, levels: [levels[0]]) }
    #expect(throws: LikelihoodError.self) {
      try VariationalBound(target, levels: levels.reversed())
    }
    #expect(throws: LikelihoodError.self) {
      try VariationalBound(target, levels: levels, draws: 0)
    }
    #expect(throws: LikelihoodError.pointNotFinite(row: 0)) {
      try VariationalBound(target, levels: levels)
        .logDensities(of: Batch<Double>(rows: [[.nan, 1]]))
    }
  }
}
