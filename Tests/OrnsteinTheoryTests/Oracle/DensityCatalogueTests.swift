import OrnsteinDiffusion
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

/// What the density oracle does with every entry of the catalogue: the law on normal data that the
/// Gaussian oracle says, or an error that gives the reason.
@Suite struct DensityCatalogueTests {
  /// Why an entry has no density on the line.
  enum Reason {
    /// The future depends on more than the point.
    case remembers
    /// The law has tails that no grid holds.
    case heavyTails
  }

  static let refusedPredictors: [String: Reason] = [
    "dpm++2m-sde": .remembers, "dpm++3m-sde": .remembers, "underdamped": .remembers,
    "picard": .remembers, "dpum": .remembers,
  ]
  static let refusedCorrectors: [String: Reason] = [
    "underdamped": .remembers, "underdamped-midpoint": .remembers, "song": .heavyTails,
  ]

  static let plan = SamplingPlan(
    grid: GridSpecification(.logSNR, steps: 12, horizon: 1.5, stop: 0.05), finish: .none, seed: 5)

  static func plan(_ corrector: CorrectorSpecification) -> SamplingPlan {
    var plan = plan
    plan.corrector = corrector
    return plan
  }

  func check(_ plan: SamplingPlan, _ reason: Reason?) throws {
    let oracle = try DensityOracle(
      DensityOracleTests.line, grid: DensityGrid(-9...9, count: 1201))
    let density: PropagatedDensity
    do {
      density = try oracle.density(of: plan)
    } catch let error as OracleError {
      switch (error, reason) {
      case (.notMarkov, .remembers), (.heavyTails, .heavyTails): break
      default: Issue.record("\(error)")
      }
      return
    }
    #expect(reason == nil)
    #expect(agrees(density.mass, 1, relative: 1e-8))
    guard try plan.program().isAffine else { return }
    let law = try GaussianOracle(Targets.line).law(of: plan)
    #expect(agrees(density.mean, law.mean[0], relative: 1e-8, absolute: 1e-12))
    #expect(agrees(density.variance, law.covariance[0], relative: 1e-7))
  }

  @Test(arguments: PredictorSpecification.all)
  func predictors(_ predictor: PredictorSpecification) throws {
    var plan = Self.plan
    plan.predictor = predictor
    try check(plan, Self.refusedPredictors[predictor.name])
  }

  @Test(arguments: CorrectorSpecification.all)
  func correctors(_ corrector: CorrectorSpecification) throws {
    try check(Self.plan(corrector), Self.refusedCorrectors[corrector.name])
  }

  /// Velocities that are drawn anew for every step are noise, and norms of a block are numbers.
  @Test(arguments: [("underdamped", ["steps": 1.0]), ("song", ["batch-mean": 1])])
  func correctorsThatRememberNothing(_ name: String, _ options: [String: Double]) throws {
    try check(Self.plan(CorrectorSpecification(name: name, options: options)), nil)
  }

  /// Picard iteration of the probability flow is a map of the first point of a block.
  @Test func deterministicIterationHasADensity() throws {
    let method = SamplingMethod(
      predictor: try PicardIteration(block: 4, rounds: 2, equation: .probabilityFlow), finish: .none
    )
    let levels = try Self.plan.levels()
    let program = try method.program(along: levels)
    let density = try DensityOracle(DensityOracleTests.line).density(after: program, at: levels[0])
    let law = try GaussianOracle(Targets.line).law(
      after: program, from: GaussianLaw(mean: 0, variance: 1))
    #expect(agrees(density.mean, law.mean[0], relative: 1e-8))
    #expect(agrees(density.variance, law.covariance[0], relative: 1e-8))
  }
}
