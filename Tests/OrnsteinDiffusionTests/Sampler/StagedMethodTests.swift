import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// DPOM and DPUM: their times, their cost and their law.
@Suite struct StagedMethodTests {
  static let publishedTimes: [Double] = {
    var times: [Double] = []
    for step in 0...24 { times.append(1.5625 - Double(step) / 16) }
    return times + [1.0 / 32, 1.0 / 64, 1.0 / 128]
  }()

  /// Six stages of 1/4, then 1/16 that is halved three times: the published case, in which the horizon
  /// is whole stages plus h.
  @Test func publishedCase() throws {
    let stages = try CorrectedStages(lipschitz: 4)
    let stop = 1.0 / 128
    let times = try stages.canonicalTimes(from: 1.5625, to: stop, steps: 24)
    #expect(agrees(times, Self.publishedTimes, relative: 1e-13))
    #expect(times.last == stop)
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 24, horizon: 1.5625, stop: stop),
      predictor: try PredictorSpecification(
        name: "dpum", options: ["lipschitz": 4, "corrector-step": 0.25]),
      finish: .none)
    // 27 steps, seven corrections of four steps.
    #expect(try plan.program().evaluations == 27 + 7 * 4)
    #expect(try plan.levels().map(\.time).last == stop)
    #expect(try plan.levels().count == 28)
  }

  /// For any ends and counts: stages of at most 1 / L, steps of at most h, a last part that at least
  /// halves, ends that are met exactly, and one correction a stage.
  @Test(arguments: [1, 3.7, 40], [1, 7, 100, 3000])
  func timesKeepTheirBounds(lipschitz: Double, steps: Int) throws {
    for (horizon, stop) in [(5, 1e-4), (2, 0.05), (1.3, 0.9), (0.02, 1e-3), (3, 1e-9)] {
      let stages = try CorrectedStages(lipschitz: lipschitz)
      let times = try stages.canonicalTimes(from: horizon, to: stop, steps: steps)
      #expect(times.first == horizon && times.last == stop)
      let longest = (horizon - stop) / Double(steps)
      for (t, s) in zip(times, times.dropFirst()) {
        #expect(s < t && t - s <= min(longest, 1 / lipschitz) * (1 + 1e-6) + 1e-15)
        #expect(t > longest * (1 + 1e-6) || s >= t / 2 * (1 - 1e-6) || s >= t - longest)
      }
      let whole = Int(((horizon - stop) * lipschitz - 1e-9).rounded(.up))
      let levels = times.map { OrnsteinUhlenbeck.canonical.level(at: $0) }
      for name in ["dpom", "dpum"] {
        let method = SamplingMethod(
          predictor: try PredictorSpecification(
            name: name,
            options: ["lipschitz": lipschitz, "corrector-time": 2, "corrector-step": 0.7]
          ).make(), finish: .none)
        let program = try method.program(along: levels)
        #expect(program.evaluations == times.count - 1 + whole * 3, "\(name) \(horizon)")
      }
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func endsAreThoseOfTheGrid(_ specification: ProcessSpecification) throws {
    let process = try specification.make()
    let (horizon, stop) = (process.time(ofCanonicalTime: 2), process.time(ofCanonicalTime: 0.01))
    let plan = SamplingPlan(
      process: specification,
      grid: GridSpecification(.karras, steps: 20, horizon: horizon, stop: stop),
      predictor: try PredictorSpecification(name: "dpom", options: ["lipschitz": 3]), finish: .none)
    let levels = try plan.levels()
    #expect(levels[0] == process.level(at: horizon))
    #expect(levels[levels.count - 1] == process.level(at: stop))
    #expect(try plan.program().evaluations == levels.count - 1 + 6 * 10)
  }

  /// Means and variances by the recursions of the paper, written out: the flow step by step, then a
  /// correction at each stage's end.
  @Test(arguments: ["dpom", "dpum"])
  func lawOnGaussians(_ name: String) throws {
    let (lipschitz, horizon, stop, variance, centre) = (4.0, 1.5625, 1.0 / 128, 0.3, 1.2)
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 24, horizon: horizon, stop: stop),
      predictor: try PredictorSpecification(
        name: name, options: ["lipschitz": lipschitz, "corrector-step": 0.25]), finish: .none)
    var law = RegisterLaw(mean: centre, variance: variance)
    let end = law.run(try plan.program(), from: (0, 1))

    let times = Self.publishedTimes
    var (m, v) = (0.0, 1.0)
    func exact(_ t: Double) -> (mean: Double, variance: Double) {
      let signal = Double.exp(-2 * t)
      return (.exp(-t) * centre, signal * variance + 1 - signal)
    }
    for index in 0..<27 {
      let (t, s) = (times[index], times[index + 1])
      let (h, here) = (t - s, exact(t))
      let growth = Double.exp(h)
      let slope = growth - (growth - 1) / here.variance
      m = slope * m + (growth - 1) / here.variance * here.mean
      v *= slope * slope
      guard (index < 24 && index % 4 == 3) || index == 26 else { continue }
      if name == "dpom" {
        langevin(&m, &v, towards: exact(s), step: 0.25 / lipschitz)
      } else {
        let root = lipschitz.squareRoot()
        underdamped(&m, &v, towards: exact(s), step: 0.25 / root, friction: 2 * root)
      }
    }
    #expect(agrees(end.mean, m, relative: 1e-11))
    #expect(agrees(end.variance, v, relative: 1e-11))
  }

  /// Four Langevin steps on a normal law.
  func langevin(
    _ m: inout Double, _ v: inout Double, towards target: (mean: Double, variance: Double),
    step: Double
  ) {
    let slope = 1 - step / target.variance
    for _ in 0..<4 {
      m = target.mean + slope * (m - target.mean)
      v = slope * slope * v + 2 * step
    }
  }

  /// Four underdamped steps on a normal law, velocities from N(0, 1).
  func underdamped(
    _ m: inout Double, _ v: inout Double, towards target: (mean: Double, variance: Double),
    step: Double, friction: Double
  ) {
    let a = step * friction
    let e = Double.exp(-a)
    let q = (1 - e) / friction
    let curve = (step - q) / friction
    let p = 1 - curve / target.variance
    let r = -q / target.variance
    let spread = (2 * a - 3 + 4 * e - e * e) / (friction * friction)
    let shared = q * q * friction
    var (u, xv, vv) = (0.0, 0.0, 1.0)
    for _ in 0..<4 {
      let xx: Double = p * p * v + 2 * p * q * xv + q * q * vv + spread
      let cross: Double = p * r * v + (p * e + q * r) * xv + q * e * vv + shared
      let speed: Double = r * r * v + 2 * r * e * xv + e * e * vv + 1 - e * e
      (v, xv, vv) = (xx, cross, speed)
      let gap = m - target.mean
      m = target.mean + p * gap + q * u
      u = r * gap + e * u
    }
  }

  /// Short steps of both kinds, each shortened 16 times, lead from the law at the horizon to the law
  /// of the stop time.
  @Test(arguments: ["dpom", "dpum"])
  func limitIsTheRightLaw(_ name: String) throws {
    func distance(_ steps: Int, _ correctorStep: Double) throws -> Double {
      let plan = SamplingPlan(
        grid: GridSpecification(.uniform, steps: steps, horizon: 4, stop: 0.01),
        predictor: try PredictorSpecification(
          name: name, options: ["lipschitz": 4, "corrector-step": correctorStep]), finish: .none)
      var law = RegisterLaw(mean: 1.2, variance: 0.3)
      let (first, level) = (
        OrnsteinUhlenbeck.canonical.level(at: 4), OrnsteinUhlenbeck.canonical.level(at: 0.01)
      )
      func variance(_ level: NoiseLevel) -> Double {
        level.alpha * level.alpha * 0.3 + level.sigma * level.sigma
      }
      let end = law.run(try plan.program(), from: (first.alpha * 1.2, variance(first)))
      return .hypot(
        end.mean - level.alpha * 1.2, end.variance.squareRoot() - variance(level).squareRoot())
    }
    let (long, short) = (try distance(400, 0.04), try distance(6400, 0.0025))
    #expect(short < 1e-3 && short < long / 8, "\(long) \(short)")
  }

  /// False-alarm rate 1e-6 for each of two draws, for each method: the driver draws the law that the
  /// program says, axis by axis.
  @Test(arguments: ["dpom", "dpum"])
  func driverGivesTheLaw(_ name: String) throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 10, horizon: 2, stop: 0.05),
      predictor: try PredictorSpecification(
        name: name, options: ["lipschitz": 5, "corrector-step": 0.25]),
      initialLaw: .process, finish: .none, seed: 71)
    let moments = Targets.gaussian(Double.self).moments
    let eigen = try SymmetricEigendecomposition(of: moments.covariance, dimension: 2)
    let program = try plan.program()
    var (mean, covariance) = ([0.0, 0], [0.0, 0, 0, 0])
    for axis in 0..<2 {
      let direction = [eigen.vectors[axis * 2], eigen.vectors[axis * 2 + 1]]
      var law = RegisterLaw(
        mean: direction[0] * moments.mean[0] + direction[1] * moments.mean[1],
        variance: eigen.values[axis])
      let end = law.run(program, from: (0, 1))
      for i in 0..<2 {
        mean[i] += direction[i] * end.mean
        for j in 0..<2 { covariance[i * 2 + j] += direction[i] * direction[j] * end.variance }
      }
    }
    func check<Scalar: BatchScalar>(_: Scalar.Type) throws {
      let drawn = try plan.makeSampler(for: Targets.gaussian(Scalar.self))
        .draw(rows: 0..<200_000, threads: 2)
      let findings = StatisticalGate.deviations(
        of: drawn, fromGaussianWithMean: mean, covariance: covariance, falseAlarmRate: 1e-6)
      #expect(findings.isEmpty, "\(findings)")
    }
    try check(Double.self)
    try check(Float.self)
  }

  /// Random times: the same levels, twice the evaluations, and different times for each block of rows.
  @Test func randomTimes() throws {
    for (name, midpoint, cost) in [("dpom", 1.0, 2 * 15 + 30), ("dpum", 1, 60), ("dpum", 2, 90)] {
      let predictor = try PredictorSpecification(
        name: name, options: ["lipschitz": 1.5, "midpoint": midpoint])
      let stages = try CorrectedStages(lipschitz: 1.5)
      let process = OrnsteinUhlenbeck.canonical
      let levels = try stages.canonicalTimes(from: 2, to: 0.05, steps: 9).map {
        process.level(at: $0)
      }
      let steps = levels.count - 1
      let method = SamplingMethod(predictor: try predictor.make(), finish: .none)
      #expect(method.isRandomized)
      #expect(try method.program(along: levels).evaluations == cost + 2 * (steps - 15))
      let sampler = try Sampler(
        model: Targets.gm2(Double.self), levels: levels, method: method, key: NoiseKey(seed: 72))
      let whole = try sampler.draw(rows: 0..<600, threads: 2)
      #expect(try sampler.draw(rows: 300..<520, threads: 1) == whole[300..<520])
    }
  }

  @Test func stopsNeedNoise() throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 9, horizon: 2, stop: 0),
      predictor: try PredictorSpecification(name: "dpum"))
    #expect(throws: SamplingError.self) { try plan.levels() }
    let stages = try CorrectedStages(lipschitz: 1e9)
    #expect(throws: SamplingError.self) {
      try stages.canonicalTimes(from: 2, to: 0.1, steps: 10)
    }
  }
}
