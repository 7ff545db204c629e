import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule
import Testing
import TestSupport

@Suite struct DensityOracleTests {
  /// The form of covariance that the Gaussian oracle gives its own model, so that planned samplers make
  /// the same plan of both, to the last bit.
  static let line = Targets.mixture([1], [[1.5]], [.full([[0.25]])], Double.self)

  func plan(_ predictor: PredictorSpecification, steps: Int = 12) -> SamplingPlan {
    SamplingPlan(
      grid: GridSpecification(.logSNR, steps: steps, horizon: 1.5, stop: 0.05),
      predictor: predictor, finish: .none, seed: 5)
  }

  /// On Gaussian data the density is normal with the moments that the Gaussian oracle says, for
  /// every method that the point alone decides.
  @Test(arguments: PredictorSpecification.all)
  func densitiesOfNormalDataAreNormal(_ predictor: PredictorSpecification) throws {
    let plan = plan(predictor)
    guard try plan.program().isAffine else { return }
    let oracle = try DensityOracle(Self.line, grid: DensityGrid(-9...9, count: 1201))
    guard !Self.remembering.contains(predictor.name) else {
      #expect(throws: OracleError.self) { try oracle.density(of: plan) }
      return
    }
    let density = try oracle.density(of: plan)
    let law = try GaussianOracle(Targets.line).law(of: plan)
    #expect(agrees(density.mean, law.mean[0], relative: 1e-8, absolute: 1e-12))
    #expect(agrees(density.variance, law.covariance[0], relative: 1e-7))
    let logNormal = density.points.map {
      -($0 - law.mean[0]) * ($0 - law.mean[0]) / (2 * law.covariance[0])
        - .log(2 * .pi * law.covariance[0]) / 2
    }
    let comparison = try density.compared(with: logNormal)
    #expect(comparison.totalVariation < 1e-8)
    #expect(abs(comparison.referenceToDensity) < 1e-8)
    #expect(abs(comparison.densityToReference) < 1e-8)
  }

  /// The methods whose noisy steps use what they knew before the noise.
  static let remembering: Set<String> = [
    "dpm++2m-sde", "dpm++3m-sde", "underdamped", "picard", "dpum",
  ]

  /// What the grid cannot hold is said, not computed.
  @Test func whatAGridCannotHoldIsRefused() throws {
    let coarse = try DensityOracle(Targets.gm1, grid: DensityGrid(-9...9, count: 61))
    #expect(throws: OracleError.self) { try coarse.density(of: plan(.frozenScore, steps: 200)) }
    let narrow = try DensityOracle(Targets.gm1, grid: DensityGrid(-2...2, count: 1201))
    #expect(throws: OracleError.self) { try narrow.density(of: plan(.frozenScore)) }
    let plane = Targets.Normal.full2.model(Double.self)
    #expect(throws: OracleError.self) { try DensityOracle(plane) }
  }

  /// A noise that is used again after the points were evaluated with it cannot be followed.
  @Test func noiseThatIsRememberedIsRefused() throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    var builder = ProgramBuilder()
    let noise = builder.register("noise")
    builder.begin(step: 0, at: level)
    builder.drawNormals(into: noise)
    builder.combine([(1, .position), (0.5, noise)])
    let score = builder.evaluate(at: level)
    builder.combine([(1, .position), (0.1, score), (0.3, noise)])
    let program = try builder.build()
    let oracle = try DensityOracle(Self.line)
    #expect(throws: OracleError.notMarkov(step: 0, register: noise.index)) {
      try oracle.density(after: program, at: level)
    }
  }

  /// A noise that is used twice before the points are looked at counts with the sum of its factors.
  @Test func noiseThatIsUsedTwiceIsOneNoise() throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    var builder = ProgramBuilder()
    let noise = builder.register("noise")
    builder.begin(step: 0, at: level)
    builder.drawNormals(into: noise)
    builder.combine([(0.5, .position), (0.5, noise)])
    builder.combine([(1, .position), (0.25, noise)])
    let program = try builder.build()
    let density = try DensityOracle(Self.line).density(after: program, at: level)
    #expect(agrees(density.variance, 0.25 + 0.75 * 0.75, relative: 1e-9))
    let law = try GaussianOracle(Targets.line).law(
      after: program, from: GaussianLaw(mean: 0, variance: 1))
    #expect(agrees(law.covariance[0], 0.25 + 0.75 * 0.75, relative: 1e-14))
  }

  /// The flow carries the law at the horizon to the law at the stop, so started there a fine
  /// deterministic run ends at the noised mixture.
  @Test func theFlowKeepsTheLaw() throws {
    let oracle = try DensityOracle(Targets.gm1)
    var plan = plan(.denoisingDiffusionImplicit(), steps: 4000)
    plan.grid.horizon = 4
    let level = try plan.levels()[4000]
    let comparison = try oracle.compare(
      oracle.density(of: plan, from: .exact), withNoisedAt: level)
    #expect(comparison.referenceToDensity < 1e-6 && comparison.totalVariation < 5e-4)
  }
}
