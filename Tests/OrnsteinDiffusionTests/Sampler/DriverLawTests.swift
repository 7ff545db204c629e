import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// What the driver draws: finishes, clean stops and mixtures.
///
/// Its law on normal data is tested for the whole catalogue against the oracle of OrnsteinTheory.
@Suite struct DriverLawTests {
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
