import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import Testing
import TestSupport

/// The law of every affine method of the catalogue on normal data: the oracle against brute force,
/// and the real driver against the oracle.
@Suite struct CatalogueLawTests {
  static let variants: [PredictorSpecification] = [.denoisingDiffusionImplicit(eta: 0.5)]

  @Test func nothingIsLeftOutSilently() {
    let predictors = PredictorSpecification.all.filter { !Catalogue.affinePredictors.contains($0) }
    let correctors = CorrectorSpecification.all.filter { !Catalogue.affineCorrectors.contains($0) }
    #expect(
      Set(predictors.map(\.name))
        == Catalogue.notAffinePredictors.intersection(PredictorSpecification.names))
    #expect(
      Set(correctors.map(\.name))
        == Catalogue.notAffineCorrectors.intersection(CorrectorSpecification.names))
  }

  func oracleAgreesWithBruteForce(_ plan: SamplingPlan) throws {
    let target = Targets.Normal.full2
    let mixture = target.model(Double.self)
    let (levels, method) = try plan.prepared(for: mixture)
    let program = try method.program(along: levels, key: NoiseKey(seed: plan.seed))
    let expected = LinearReplay(mixture: mixture, program: program)
      .moments(startDeviation: levels[0].scale)
    let oracle = try GaussianOracle(target.law)
    // Two plans for one model agree only if every bit of the model does.
    let law =
      plan.predictor.summary.isPlanned
      ? try oracle.law(after: program, from: oracle.law(of: .process, at: levels[0]))
      : try oracle.law(of: plan)
    let size = expected.covariance.reduce(0) { max($0, abs($1)) }
    #expect(agrees(law.mean, expected.mean, relative: 1e-9, absolute: 1e-10 * size.squareRoot()))
    #expect(agrees(law.covariance, expected.covariance, relative: 1e-9, absolute: 1e-10 * size))
  }

  @Test(arguments: Catalogue.affinePredictors + variants)
  func oracleFollowsThePredictor(_ predictor: PredictorSpecification) throws {
    var plan = Catalogue.plan(predictor)
    try oracleAgreesWithBruteForce(plan)
    for finish in Finish.allCases {
      plan.finish = finish
      try oracleAgreesWithBruteForce(plan)
    }
    plan.finish = .none
    plan.process = .varianceExploding()
    plan.grid.horizon = 0.8
    plan.grid.stop = 0.1
    try oracleAgreesWithBruteForce(plan)
  }

  @Test(arguments: Catalogue.affineCorrectors)
  func oracleFollowsTheCorrector(_ corrector: CorrectorSpecification) throws {
    var plan = Catalogue.plan(corrector)
    for order in CorrectorOrder.allCases {
      plan.correctorOrder = order
      plan.correctorSteps = 2
      try oracleAgreesWithBruteForce(plan)
    }
  }

  func driverDrawsTheLaw<Scalar: BatchScalar>(
    of plan: SamplingPlan, on target: Targets.Normal, _: Scalar.Type
  ) throws {
    let count = 400 * Sampler<Scalar>.chunkRows
    let drawn = try plan.makeSampler(for: target.model(Scalar.self)).draw(
      rows: 0..<count, threads: 2)
    let moments = try GaussianOracle(target.law).moments(of: plan, blocks: 0..<400)
    let findings = StatisticalGate.deviations(
      of: drawn, fromGaussianWithMean: moments.mean, covariance: moments.covariance,
      falseAlarmRate: 1e-6)
    #expect(findings.isEmpty, "\(findings)")
  }

  /// False-alarm rate 1e-6 for each of the combinations.
  @Test(arguments: Catalogue.affinePredictors + variants, Targets.Normal.allCases)
  func driverDrawsTheClosedFormLaw(
    of predictor: PredictorSpecification, on target: Targets.Normal
  ) throws {
    var plan = Catalogue.plan(predictor)
    try driverDrawsTheLaw(of: plan, on: target, Double.self)
    plan.initialLaw = .momentMatched
    plan.seed = 22
    try driverDrawsTheLaw(of: plan, on: target, Float.self)
  }

  /// False-alarm rate 1e-6 for each of the combinations.
  @Test(arguments: Catalogue.affineCorrectors, CorrectorOrder.allCases)
  func driverDrawsTheClosedFormLaw(
    of corrector: CorrectorSpecification, order: CorrectorOrder
  ) throws {
    var plan = Catalogue.plan(corrector)
    plan.correctorOrder = order
    plan.correctorSteps = 2
    try driverDrawsTheLaw(of: plan, on: .full3, Double.self)
  }

  /// False-alarm rate 1e-6 for each process.
  @Test(arguments: ProcessSpecification.all)
  func everyProcessGivesItsLaw(_ process: ProcessSpecification) throws {
    let plan = SamplingPlan(
      process: process, grid: GridSpecification(.karras, steps: 10), predictor: .frozenScore,
      finish: .none, seed: 22)
    try driverDrawsTheLaw(of: plan, on: .full2, Double.self)
  }
}
