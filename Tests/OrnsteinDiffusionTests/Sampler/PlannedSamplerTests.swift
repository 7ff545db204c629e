import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// What a plan for a model promises: evaluations, ends, determinism, and points for any data.
@Suite struct PlannedSamplerTests {
  static let methods: [PredictorSpecification] = [.plannedFlow, .plannedDiffusion()]

  static func plan(_ predictor: PredictorSpecification, steps: Int) -> SamplingPlan {
    SamplingPlan(
      grid: GridSpecification(.logSNR, steps: steps), predictor: predictor,
      initialLaw: .momentMatched, seed: 3)
  }

  @Test(arguments: methods, [1, 2, 3, 7, 30])
  func stepsAreEvaluationsAndEndClean(_ predictor: PredictorSpecification, _ steps: Int) throws {
    for process in ProcessSpecification.all {
      var plan = Self.plan(predictor, steps: steps)
      plan.process = process
      let sampler = try plan.makeSampler(for: Targets.gm2(Double.self))
      #expect(sampler.program.evaluations == steps)
      #expect(sampler.levels.count == steps + 1)
      #expect(sampler.levels[steps].sigma == 0 && sampler.levels[steps].alpha == 1)
      #expect(zip(sampler.levels, sampler.levels.dropFirst()).allSatisfy { $0.logSNR < $1.logSNR })
      let points = try sampler.draw(rows: 0..<300, threads: 1)
      #expect(points.elements.allSatisfy { abs($0) < 20 })
      #expect(try plan.program().evaluations == steps)
    }
  }

  @Test(arguments: methods)
  func planIsAFunctionOfModelAndSteps(_ predictor: PredictorSpecification) throws {
    let target = Targets.gm2(Double.self)
    var plan = Self.plan(predictor, steps: 12)
    let (first, second) = (try plan.makeSampler(for: target), try plan.makeSampler(for: target))
    plan.seed = 4
    let third = try plan.makeSampler(for: target)
    #expect(first.levels == second.levels && first.levels == third.levels)
    let rows = try first.draw(rows: 0..<300, threads: 1)
    #expect(try second.draw(rows: 0..<300, threads: 2) == rows)
    #expect(try third.draw(rows: 0..<300, threads: 1) != rows)
  }

  /// Deviations of 0.001, 1 and 1000 need more noise than the process has at its usual horizon.
  ///
  /// Shares of 20,000 points: z-tested with the false-alarm rate 1e-9, and 0.01 for the error of the
  /// flow.
  @Test func wideLawsStartWithAsMuchNoiseAsTheyNeed() throws {
    let target = Targets.make(
      [1.0 / 3, 1.0 / 3, 1.0 / 3], [[0], [0], [0]],
      [.isotropic(1e-6), .isotropic(1), .isotropic(1e6)], Double.self)
    let count = 20_000
    let points = try Self.plan(.plannedFlow, steps: 50).makeSampler(for: target)
      .draw(rows: 0..<count, threads: 2).elements
    func within(_ size: Double) -> Double {
      [0.001, 1, 1000].reduce(0) { $0 + Double.erf(size / $1 / 2.0.squareRoot()) / 3 }
    }
    for size in [0.01, 3, 100, 1000] {
      let (share, truth) = (
        Double(points.count { abs($0) < size }) / Double(count), within(size)
      )
      let deviation = (truth * (1 - truth) / Double(count)).squareRoot()
      #expect(
        abs(share - truth) <= StatisticalGate.threshold(falseAlarmRate: 1e-9) * deviation + 0.01,
        "within \(size): \(share) instead of \(truth)")
    }
  }

  @Test func endsOfTheUserAreKept() throws {
    for predictor in Self.methods {
      var plan = Self.plan(predictor, steps: 6)
      plan.grid.horizon = 2
      plan.grid.stop = 0.05
      let sampler = try plan.makeSampler(for: Targets.gm2(Double.self))
      #expect(agrees(sampler.levels[0].time, 2))
      #expect(agrees(sampler.levels[6].time, 0.05))
      #expect(sampler.program.evaluations == 6)
      plan.grid.stop = 2
      #expect(throws: GridError.self) { try plan.makeSampler(for: Targets.gm2(Double.self)) }
      plan.grid.stop = -1
      #expect(throws: GridError.self) { try plan.program() }
    }
  }

  /// A process that ends with less noise than ten deviations of the data.
  @Test func horizonOfTheProcessIsKept() throws {
    let wide = try GaussianMixture<Double>(
      weights: [0.5, 0.5], means: [[-400], [300]], covariances: [.isotropic(1), .isotropic(4)])
    var plan = Self.plan(.plannedFlow, steps: 20)
    plan.process = .varianceExploding()
    let sampler = try plan.makeSampler(for: wide)
    #expect(agrees(sampler.levels[0].sigma, 50))
    #expect(try sampler.draw(rows: 0..<300, threads: 1).elements.allSatisfy { abs($0) < 2000 })
  }

  @Test func otherGridsAreRefused() throws {
    for predictor in Self.methods {
      var plan = Self.plan(predictor, steps: 6)
      plan.grid.kind = .karras
      #expect(throws: SamplingError.plansOwnGrid(predictor: predictor.name)) { try plan.levels() }
      #expect(throws: SamplingError.plansOwnGrid(predictor: predictor.name)) {
        try plan.makeSampler(for: Targets.gm2(Double.self))
      }
      plan.grid = GridSpecification(.logSNR, steps: 0)
      #expect(throws: GridError.invalidSteps(0)) {
        try plan.makeSampler(for: Targets.gm2(Double.self))
      }
    }
    for eta in [-0.1, 1.1, .nan] {
      #expect(throws: SamplingError.self) {
        try PredictorSpecification(name: "sde", options: ["eta": eta])
      }
    }
  }

  /// Points of no width: the flow ends in one of them, up to 2 % of their distance; what lies between
  /// two of them at the last level may not.
  @Test(arguments: methods)
  func pointMassesAreReached(_ predictor: PredictorSpecification) throws {
    let places = [-1.5, 0.2, 1.1]
    let target = try GaussianMixture<Double>(
      weights: [0.2, 0.3, 0.5], means: places.map { [$0] },
      covariances: Array(repeating: .isotropic(1e-16), count: 3))
    let points = try Self.plan(predictor, steps: 30).makeSampler(for: target)
      .draw(rows: 0..<2000, threads: 1).elements
    let misses = points.filter { point in places.allSatisfy { abs(point - $0) > 0.02 } }
    #expect(misses.count < 60)
    // Each weight within 6 deviations of a count, and what the misses may add.
    for (place, weight) in zip(places, [0.2, 0.3, 0.5]) {
      let count = points.count { abs($0 - place) < 0.3 }
      let expected = 2000 * weight
      #expect(abs(Double(count) - expected) < 6 * (expected * (1 - weight)).squareRoot() + 60)
    }
    let single = try GaussianMixture<Double>(
      weights: [1], means: [[3, -2]], covariances: [.isotropic(1e-16)])
    let same = try Self.plan(predictor, steps: 5).makeSampler(for: single)
      .draw(rows: 0..<100, threads: 1)
    for row in 0..<100 {
      #expect(abs(same[row, 0] - 3) < 1e-4 && abs(same[row, 1] + 2) < 1e-4)
    }
  }

  /// Moments that nobody knows are learned from the model.
  @Test(arguments: methods)
  func momentsAreLearned(_ predictor: PredictorSpecification) throws {
    let model = ClosureScore<Double>(dimension: 1) { points, level, score in
      let variance = level.alpha * level.alpha * 0.25 + level.sigma * level.sigma
      for index in 0..<points.count {
        score[index] = (1.5 * level.alpha - points[index]) / variance
      }
    }
    var plan = Self.plan(predictor, steps: 10)
    #expect(throws: SamplingError.momentsMissing) { try plan.makeSampler(for: model) }
    plan.initialLaw = .process
    let points = try plan.makeSampler(for: model).draw(rows: 0..<10_000, threads: 1)
    let moments = DataMoments(of: points)
    // 6 standard errors of 10000 points, and what the start at finite noise leaves.
    #expect(abs(moments.mean[0] - 1.5) < 0.035)
    #expect(abs(moments.covariance[0] - 0.25) < 0.025)
  }

  /// Coefficients common to all coordinates keep what a reflection leaves in place.
  @Test func symmetryIsKept() throws {
    let ring = try GaussianMixture<Double>(Targets.description(file: "ring8_d2"))
    let sampler = try Self.plan(.plannedFlow, steps: 10).makeSampler(for: ring)
    var replay = ProgramReplay(ring)
    for start in [-12.0, -3, 5, 20] {
      let scale = sampler.levels[0].alpha
      let end = replay.run(sampler.program, from: [start * scale, 0])
      #expect(abs(end[1]) < 1e-4)
      #expect(abs(end[0]) < 3)
    }
  }

  /// A score that is not finite is said to be so; nothing traps.
  @Test(arguments: methods)
  func brokenModelsAreToldApart(_ predictor: PredictorSpecification) throws {
    let broken = ClosureScore<Double>(dimension: 2) { points, _, score in
      for index in 0..<points.count { score[index] = .nan }
    }
    let sampler = try Self.plan(predictor, steps: 5).makeSampler(
      for: broken, moments: DataMoments(mean: [0, 1], covariance: [1, 0, 0, 2]))
    #expect(throws: SamplingError.self) { try sampler.draw(rows: 0..<10, threads: 1) }
    #expect(throws: SamplingError.self) {
      try Self.plan(predictor, steps: 5).makeSampler(
        for: broken, moments: DataMoments(mean: [0, .nan], covariance: [1, 0, 0, 2]))
    }
    #expect(throws: SamplingError.self) {
      try Self.plan(predictor, steps: 5).makeSampler(
        for: broken, moments: DataMoments(mean: [0], covariance: [1]))
    }
  }

  /// More steps than are fitted.
  @Test func manyStepsAreNotFitted() throws {
    let sampler = try Self.plan(.plannedFlow, steps: 1200).makeSampler(
      for: Targets.gm1(Double.self))
    #expect(sampler.program.evaluations == 1200)
    #expect(try sampler.draw(rows: 0..<100, threads: 1).elements.allSatisfy(\.isFinite))
  }
}
