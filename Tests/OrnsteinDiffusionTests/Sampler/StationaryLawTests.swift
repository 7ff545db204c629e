import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The laws that Langevin methods tend to, their bias included, from the discrete Lyapunov equation of
/// their steps.
@Suite struct StationaryLawTests {
  /// The covariance (xx, xv, vv) that x' = x + a v + b s + n_x, v' = e v + a s + n_v keeps on a target
  /// of a variance, by fixed point; lengths in units.
  func underdamped(
    step h: Double, friction: Double, unit: Double, variance v: Double
  ) -> (xx: Double, xv: Double, vv: Double) {
    let a = friction * h
    let (decay, drift) = (Double.exp(-a), -Double.expMinusOne(-a) / friction)
    let curve = (h - drift) / friction
    let q = (
      xx: unit * unit * (2 * a - 3 + 4 * .exp(-a) - .exp(-2 * a)) / (friction * friction),
      xv: unit * drift * drift * friction, vv: -Double.expMinusOne(-2 * a)
    )
    let m = (1 - unit * unit * curve / v, unit * drift, -unit * drift / v, decay)
    var p = (xx: v, xv: 0.0, vv: 1.0)
    for _ in 0..<20_000 {
      p = (
        m.0 * m.0 * p.xx + 2 * m.0 * m.1 * p.xv + m.1 * m.1 * p.vv + q.xx,
        m.0 * m.2 * p.xx + (m.0 * m.3 + m.1 * m.2) * p.xv + m.1 * m.3 * p.vv + q.xv,
        m.2 * m.2 * p.xx + 2 * m.2 * m.3 * p.xv + m.3 * m.3 * p.vv + q.vv
      )
    }
    return p
  }

  @Test(arguments: [0.02, 0.3, 1.2], [0.01, 0.25, 1.5])
  func langevin(step: Double, variance: Double) throws {
    for level in [VarianceLevel.exploding, OrnsteinUhlenbeck.canonical.level(at: 0.5)] {
      let noised = level.alpha * level.alpha * variance + level.sigma * level.sigma
      let h = step * level.sigma * level.sigma
      var law = RegisterLaw(mean: 0.8, variance: variance)
      let corrector = try LangevinCorrector(step: step, steps: 10_000)
      let end = law.run(try program(of: corrector, at: level), from: (mean: -1, variance: 9))
      #expect(agrees(end.mean, level.alpha * 0.8, relative: 1e-12))
      #expect(agrees(end.variance, noised / (1 - h / (2 * noised)), relative: 1e-12))
    }
  }

  @Test(arguments: [0.1, 0.5, 1], [(2, 0.01), (2, 1.5), (3, 0.01), (3, 1.5)])
  func underdampedLangevin(step: Double, target: (friction: Double, variance: Double)) throws {
    let (friction, variance) = target
    for (level, unit) in [
      (VarianceLevel.exploding, LangevinUnit.noise),
      (VarianceLevel.exploding, .scale),
      (OrnsteinUhlenbeck.canonical.level(at: 0.5), .noise),
    ] {
      let length = unit.length(at: level)
      let noised = level.alpha * level.alpha * variance + level.sigma * level.sigma
      var law = RegisterLaw(mean: 0.8, variance: variance)
      let corrector = try UnderdampedCorrector(
        step: step, friction: friction, steps: 5000, unit: unit)
      var builder = ProgramBuilder()
      builder.begin(step: 0, at: level)
      corrector.emit(at: 0, of: [level], into: &builder)
      let velocity = builder.register("corrector velocity").index
      let end = law.run(try builder.build(), from: (mean: -1, variance: 9))
      let expected = underdamped(step: step, friction: friction, unit: length, variance: noised)
      #expect(agrees(end.mean, level.alpha * 0.8, relative: 1e-10))
      #expect(agrees(end.variance, expected.xx, relative: 1e-10))
      #expect(agrees(law.covariance[0][velocity], expected.xv, relative: 1e-9, absolute: 1e-12))
      #expect(agrees(law.covariance[velocity][velocity], expected.vv, relative: 1e-10))
    }
  }

  /// The bias of underdamped steps falls with the step, and that of random times faster.
  @Test func randomTimesLessenTheBias() throws {
    let level = VarianceLevel.exploding
    let variance = level.sigma * level.sigma + 0.2
    func bias(_ step: Double, midpoint: Bool) throws -> Double {
      var sum = 0.0
      for block in 0..<40 {
        let steps = Int(20 / step)
        let corrector: any Corrector =
          midpoint
          ? try UnderdampedMidpointCorrector(step: step, steps: steps)
          : try UnderdampedCorrector(step: step, steps: steps)
        var builder = ProgramBuilder(key: NoiseKey(seed: 4), block: block)
        builder.begin(step: 0, at: level)
        corrector.emit(at: 0, of: [level], into: &builder)
        var law = RegisterLaw(mean: 0, variance: 0.2)
        sum += law.run(try builder.build(), from: (0, variance)).variance / variance - 1
      }
      return abs(sum / 40)
    }
    let (long, short) = (try bias(0.4, midpoint: false), try bias(0.2, midpoint: false))
    #expect(short < 0.6 * long && short > 0.3 * long, "\(long) \(short)")
    #expect(try bias(0.4, midpoint: true) < 0.3 * long)
    #expect(try bias(0.2, midpoint: true) < 0.2 * short)
  }

  /// The covariance of a law whose variance along each axis of `Targets.gaussian`, noised to a level,
  /// is a function of the exact one.
  func covariance(
    at level: NoiseLevel, _ map: (Double) throws -> Double
  ) throws -> (mean: [Double], covariance: [Double]) {
    let noised = Targets.gaussian(Double.self).moments.noised(at: level)
    let eigen = try SymmetricEigendecomposition(of: noised.covariance, dimension: 2)
    var covariance = [0.0, 0, 0, 0]
    for axis in 0..<2 {
      let value = try map(eigen.values[axis])
      for i in 0..<2 {
        for j in 0..<2 {
          covariance[i * 2 + j] += eigen.vectors[axis * 2 + i] * eigen.vectors[axis * 2 + j] * value
        }
      }
    }
    return (noised.mean, covariance)
  }

  func check<Scalar: BatchScalar>(
    _ predictor: PredictorSpecification, steps: Int, _: Scalar.Type,
    _ map: (Double, NoiseLevel) throws -> Double
  ) throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: steps, horizon: 2, stop: 0.3), predictor: predictor,
      initialLaw: .process, finish: .none, seed: 41)
    let sampler = try plan.makeSampler(for: Targets.gaussian(Scalar.self))
    let level = sampler.levels[steps]
    let law = try covariance(at: level) { try map($0, level) }
    let findings = StatisticalGate.deviations(
      of: try sampler.draw(rows: 0..<100_000, threads: 2), fromGaussianWithMean: law.mean,
      covariance: law.covariance, falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(predictor.name): \(findings)")
  }

  /// False-alarm rate 1e-6 for each of four draws; the law before stationarity is off by less than
  /// 1e-9.
  @Test func driverTendsToTheBiasedLaws() throws {
    let langevin = try PredictorSpecification(name: "langevin", options: ["step": 0.8])
    let variance = { (v: Double, level: NoiseLevel) in
      v / (1 - 0.8 * level.sigma * level.sigma / (2 * v))
    }
    try check(langevin, steps: 80, Double.self, variance)
    try check(langevin, steps: 80, Float.self, variance)
    let inertial = try PredictorSpecification(
      name: "underdamped", options: ["step": 0.7, "friction": 1.5])
    let joint = { (v: Double, level: NoiseLevel) in
      self.underdamped(step: 0.7, friction: 1.5, unit: level.sigma, variance: v).xx
    }
    try check(inertial, steps: 100, Double.self, joint)
    try check(inertial, steps: 100, Float.self, joint)
  }

  /// Acceptance removes the bias, on a Gaussian as on a mixture.
  ///
  /// Without it, steps as long as these lead to a law that is far off. False-alarm rate 1e-6 for each of three draws.
  @Test func acceptanceKeepsTheLaw() throws {
    let adjusted = try PredictorSpecification(name: "mala", options: ["step": 1])
    try check(adjusted, steps: 120, Double.self) { v, _ in v }
    try check(adjusted, steps: 120, Float.self) { v, _ in v }

    func probability(_ name: String) throws -> Double {
      let plan = SamplingPlan(
        grid: GridSpecification(.uniform, steps: 250, horizon: 2, stop: 0.8),
        predictor: try PredictorSpecification(name: name, options: ["step": 1]), finish: .none,
        seed: 42)
      let sampler = try plan.makeSampler(for: Targets.gm1(Double.self))
      let level = sampler.levels[250]
      let parts = [(0.3, -2.0, 0.25), (0.5, 0.5, 0.5), (0.2, 3.0, 1.0)]
      return StatisticalGate.kolmogorovSmirnov(
        try sampler.draw(rows: 0..<40_000, threads: 2).elements
      ) { x in
        parts.reduce(0) {
          let variance = level.alpha * level.alpha * $1.2 + level.sigma * level.sigma
          return $0 + $1.0
            * StatisticalGate.normalDistribution((x - level.alpha * $1.1) / .sqrt(variance))
        }
      }
    }
    #expect(try probability("mala") > 1e-6)
    #expect(try probability("langevin") < 1e-12)
  }

  /// From the exact law, Metropolis corrections leave it as it is at once: no time to converge, no
  /// false alarm but that of the gate, 1e-6.
  @Test func acceptanceKeepsTheLawFromTheFirstStep() throws {
    let target = Targets.gaussian(Double.self)
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.3)
    let plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 1, horizon: 0.3000001, stop: 0.3),
      predictor: try PredictorSpecification(name: "none"), initialLaw: .momentMatched,
      finish: .none, seed: 43,
      corrector: try CorrectorSpecification(name: "mala", options: ["step": 1.5, "steps": 4]))
    let law = try covariance(at: level) { $0 }
    let findings = StatisticalGate.deviations(
      of: try plan.makeSampler(for: target).draw(rows: 0..<200_000, threads: 2),
      fromGaussianWithMean: law.mean, covariance: law.covariance, falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(findings)")
  }
}
