import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// The real driver draws from exactly the law that the coefficients of its steps say.
@Suite struct DriverLawTests {
  static let predictors =
    affinePredictors + [.denoisingDiffusionImplicit(eta: 0.5)]

  /// The closed-form law of a plan on `Targets.gaussian`, before the finish.
  func law<Scalar>(
    of sampler: Sampler<Scalar>, start: InitialLaw
  ) throws -> (mean: [Double], covariance: [Double]) {
    let moments = Targets.gaussian(Double.self).moments
    let eigen = try SymmetricEigendecomposition(of: moments.covariance, dimension: 2)
    let axes = (0..<2).map { axis in (0..<2).map { eigen.vectors[axis * 2 + $0] } }
    let target = (0..<2).map { axis in
      (
        mean: axes[axis][0] * moments.mean[0] + axes[axis][1] * moments.mean[1],
        variance: eigen.values[axis]
      )
    }
    var law =
      start == .process
      ? GaussianPushForward(target: target, priorAt: sampler.levels[0])
      : GaussianPushForward(target: target, noisedTo: sampler.levels[0])
    let rule = try #require(sampler.method.predictor as? any AffinePredictor)
    let steps = zip(sampler.levels, sampler.levels.dropFirst()).map { rule.step(from: $0, to: $1) }
    law.apply(steps, at: sampler.levels)
    var (mean, covariance) = ([0.0, 0], [0.0, 0, 0, 0])
    for axis in 0..<2 {
      for i in 0..<2 {
        mean[i] += axes[axis][i] * law.law[axis].mean
        for j in 0..<2 {
          covariance[i * 2 + j] += axes[axis][i] * axes[axis][j] * law.law[axis].variance
        }
      }
    }
    return (mean, covariance)
  }

  func check<Scalar: BatchScalar>(
    _ plan: SamplingPlan, _: Scalar.Type, rate: Double
  ) throws {
    let sampler = try plan.makeSampler(for: Targets.gaussian(Scalar.self))
    let law = try law(of: sampler, start: plan.initialLaw)
    let drawn = try sampler.draw(rows: 0..<200_000, threads: 2)
    let findings = StatisticalGate.deviations(
      of: drawn, fromGaussianWithMean: law.mean, covariance: law.covariance,
      falseAlarmRate: rate)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// False-alarm rate of the whole test: 1e-6 for each of 24 combinations.
  @Test(arguments: predictors, InitialLaw.allCases)
  func affineStepsGiveTheirLaw(
    of predictor: PredictorSpecification, from initialLaw: InitialLaw
  ) throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 12, horizon: 1.5, stop: 0.02), predictor: predictor,
      initialLaw: initialLaw, finish: .none, seed: 21)
    try check(plan, Double.self, rate: 1e-6)
    try check(plan, Float.self, rate: 1e-6)
  }

  /// False-alarm rate 1e-6 for each process.
  @Test(arguments: ProcessSpecification.all)
  func everyProcessGivesItsLaw(_ process: ProcessSpecification) throws {
    let plan = SamplingPlan(
      process: process, grid: GridSpecification(.karras, steps: 10), predictor: .frozenScore,
      finish: .none, seed: 22)
    try check(plan, Double.self, rate: 1e-6)
  }

  /// The posterior mean of a Gaussian is affine: its law follows from that without finish.
  @Test func finishesAreAffineMaps() throws {
    var plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 12, horizon: 1.5, stop: 0.1), finish: .none, seed: 23)
    let target = Targets.gaussian(Double.self)
    let level = try plan.levels()[12]
    let raw = try plan.makeSampler(for: target).draw(rows: 0..<500, threads: 1)
    plan.finish = .rescale
    let rescaled = try plan.makeSampler(for: target).draw(rows: 0..<500, threads: 1)
    plan.finish = .denoise
    let denoised = try plan.makeSampler(for: target).draw(rows: 0..<500, threads: 1)
    #expect(
      agrees(rescaled.elements, raw.elements.map { $0 / level.alpha }, relative: 1e-14))
    #expect(
      agrees(
        denoised.elements, target.denoiser(of: raw, at: level).elements, relative: 1e-12,
        absolute: 1e-14))
    #expect(try plan.program().evaluations == 13)
  }

  @Test func cleanStopsNeedNoDenoising() throws {
    var plan = SamplingPlan(
      grid: GridSpecification(.uniform, steps: 12, horizon: 1.5, stop: 0), finish: .denoise,
      seed: 24)
    let target = Targets.gaussian(Double.self)
    let denoised = try plan.makeSampler(for: target).draw(rows: 0..<300, threads: 1)
    plan.finish = .none
    #expect(try plan.makeSampler(for: target).draw(rows: 0..<300, threads: 1) == denoised)
  }

  /// A mixture through many short steps has the distribution function of the noised mixture.
  ///
  /// False-alarm rate 1e-6, up to a bias far below the noise of 50,000 points.
  @Test(arguments: [PredictorSpecification.frozenDenoiser, .probabilityFlow])
  func mixturesComeOutRight(_ predictor: PredictorSpecification) throws {
    let plan = SamplingPlan(
      grid: GridSpecification(.logSNR, steps: 2000, horizon: 6, stop: 0.01), predictor: predictor,
      finish: .none, seed: 25)
    let drawn = try plan.makeSampler(for: Targets.gm1(Double.self)).draw(
      rows: 0..<50_000, threads: 2)
    let level = try plan.levels()[2000]
    let parts = [(0.3, -2.0, 0.25), (0.5, 0.5, 0.5), (0.2, 3.0, 1.0)]
    let p = StatisticalGate.kolmogorovSmirnov(drawn.elements) { x in
      parts.reduce(0) {
        let variance = level.alpha * level.alpha * $1.2 + level.sigma * level.sigma
        return $0 + $1.0
          * StatisticalGate.normalDistribution((x - level.alpha * $1.1) / .sqrt(variance))
      }
    }
    #expect(p > 1e-6)
  }
}
