import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

/// Ancestral steps that know the data's own noise.
@Suite struct BaseVarianceTests {
  private static let variance = 0.37

  private static func predictor() throws -> FrozenDenoiser {
    try FrozenDenoiser(baseVariance: variance)
  }

  /// Normal data of the base variance: the law of a step of any size is that of its level.
  @Test(arguments: ProcessSpecification.all)
  func stepsAreExactForNormalData(of specification: ProcessSpecification) throws {
    let process = try specification.make()
    let times = [2, 1, 0.5, 0.01, 1e-4]
    var levels = times.map { process.level(at: process.time(ofCanonicalTime: $0)) }
    let lowest = levels[levels.count - 1]
    levels.append(NoiseLevel(time: lowest.time, alpha: lowest.alpha, sigma: 0))
    func law(_ level: NoiseLevel) -> (mean: Double, variance: Double) {
      (1.3 * level.alpha, level.alpha * level.alpha * Self.variance + level.sigma * level.sigma)
    }
    for (first, t) in levels.dropLast().enumerated() {
      for s in levels[(first + 1)...] {
        let step = try Self.predictor().step(from: t, to: s)
        let (before, after) = (law(t), law(s))
        // The score is -(x - mean) / variance.
        let slope = step.position - step.score / before.variance
        let mean = slope * before.mean + step.score * before.mean / before.variance
        let variance = slope * slope * before.variance + step.noise * step.noise
        #expect(agrees(mean, after.mean, relative: 1e-9), "\(t) \(s)")
        #expect(agrees(variance, after.variance, relative: 1e-9), "\(t) \(s)")
      }
    }
  }

  @Test func withoutNoiseOfTheirOwnItIsTheSmallVariance() throws {
    let process = OrnsteinUhlenbeck.canonical
    let (t, s) = (process.level(at: 0.7), process.level(at: 0.2))
    let small = FrozenDenoiser().step(from: t, to: s)
    #expect(try FrozenDenoiser(baseVariance: 0).step(from: t, to: s) == small)
    let nearly = try FrozenDenoiser(baseVariance: 1e-14).step(from: t, to: s)
    #expect(nearly.position == small.position && nearly.score == small.score)
    #expect(agrees(nearly.noise, small.noise, relative: 1e-12))
  }

  @Test(arguments: [false, true]) func levelsAreInEqualRatios(endsClean: Bool) throws {
    let plan = SamplingPlan(
      grid: GridSpecification(
        .logSNR, steps: 9, horizon: 2, stop: 1e-3, endsClean: endsClean),
      predictor: try .frozenDenoiser(baseVariance: Self.variance))
    let levels = try plan.levels()
    #expect(levels.count == 10)
    #expect(agrees(levels[0].canonicalTime, 2, relative: 1e-12))
    let last = endsClean ? 0 : Double.expMinusOne(2e-3)
    let totals = levels.map { Self.variance + $0.sigma * $0.sigma / ($0.alpha * $0.alpha) }
    #expect(agrees(totals[9], Self.variance + last, relative: 1e-12))
    for k in 1..<9 {
      #expect(agrees(totals[k] / totals[k - 1], totals[k + 1] / totals[k], relative: 1e-9))
    }
    let other = SamplingPlan(
      grid: GridSpecification(.karras, steps: 9, horizon: 2, stop: 1e-3),
      predictor: plan.predictor)
    #expect(try other.levels() == other.grid.levels(for: OrnsteinUhlenbeck.canonical))
  }

  @Test func thePlanKeepsTheOption() throws {
    let specification = try PredictorSpecification.frozenDenoiser(baseVariance: 0.25)
    let data = try JSONEncoder().encode(specification)
    #expect(try JSONDecoder().decode(PredictorSpecification.self, from: data) == specification)
    #expect(specification.parameters == ["variance": 0, "base-variance": 0.25])
    for options in [
      ["base-variance": -1], ["base-variance": .nan], ["variance": 1, "base-variance": 2],
    ] {
      #expect(throws: SamplingError.self) {
        try PredictorSpecification(name: "ancestral", options: options)
      }
    }
  }

  /// For normal data of the base variance the sampler is exact, so the bound is the log-density itself,
  /// for any number of steps and down to the data without noise: a z-test with a false-alarm rate of 1e-4.
  @Test(arguments: [1, 2, 12], [false, true])
  func theBoundOfNormalDataIsTheirLogDensity(steps: Int, endsClean: Bool) throws {
    let mean = [0.4, -1.0]
    let target = try GaussianMixture<Double>(
      weights: [1], means: [mean], covariances: [.isotropic(Self.variance)])
    let grid = GridSpecification(
      .logSNR, steps: steps, horizon: 1.5, stop: 0.02, endsClean: endsClean)
    let levels =
      try Self.predictor().levels(of: OrnsteinUhlenbeck.canonical, grid: grid) ?? []
    let last = levels[steps]
    let data = target.drawExactly(rows: 0..<4, key: NoiseKey(seed: 8))
    let found = try VariationalBound(
      target, levels: levels, base: .moments(target.moments), baseVariance: Self.variance,
      draws: 20_000, key: NoiseKey(seed: 3)
    ).logDensities(ofData: data)
    let limit = StatisticalGate.threshold(falseAlarmRate: 1e-4 / 24)
    for row in 0..<4 {
      // The mean over the noise of the stop of the log-density of x / alpha.
      let noise = last.sigma * last.sigma / (last.alpha * last.alpha)
      let total = Self.variance + noise
      let square = zip(data.point(row), mean).reduce(2 * noise) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      let exact = -Double.log(2 * .pi * total) - square / (2 * total)
      let error = try #require(found[row].standardError)
      #expect(abs(found[row].value - exact) < limit * error + 1e-9, "\(found[row]) \(exact)")
    }
  }

  @Test func aCleanEndNeedsNoise() throws {
    let target = try GaussianMixture<Double>(
      weights: [1], means: [[0]], covariances: [.isotropic(1)])
    let levels = [0.5, 0].map { OrnsteinUhlenbeck.canonical.level(at: $0) }
    #expect(throws: LikelihoodError.self) { try VariationalBound(target, levels: levels) }
    #expect(throws: LikelihoodError.self) {
      try VariationalBound(target, levels: levels, baseVariance: -1)
    }
    #expect(throws: LikelihoodError.self) {
      try VariationalBound(target, levels: levels, baseVariance: .infinity)
    }
  }
}
