import Foundation
import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

@Suite struct PredictorIdentityTests {
  /// Neighbouring and far levels of a process, short steps included.
  func pairs(_ specification: ProcessSpecification) throws -> [(NoiseLevel, NoiseLevel)] {
    let process = try specification.make()
    let times = [1e-3, 1.00001e-3, 0.01, 0.5, 0.5000001, 2]
    let levels = times.map { process.level(at: process.time(ofCanonicalTime: $0)) }
    return levels.indices.flatMap { s in
      levels.indices.filter { $0 > s }.map { (levels[$0], levels[s]) }
    }
  }

  @Test(arguments: ProcessSpecification.all)
  func fullyStochasticDDIMIsAncestral(of process: ProcessSpecification) throws {
    for (t, s) in try pairs(process) {
      let implicit = try DenoisingDiffusionImplicit(eta: 1).step(from: t, to: s)
      let ancestral = FrozenDenoiser().step(from: t, to: s)
      // Differences of log-SNRs of size 4 carry a rounding of 1e-15, relative to steps of 5e-7.
      let tolerance = 1e-15 * 8 / (s.logSNR - t.logSNR) + 1e-13
      #expect(agrees(implicit.position, ancestral.position, relative: 1e-13))
      #expect(agrees(implicit.score, ancestral.score, relative: tolerance))
      #expect(agrees(implicit.noise, ancestral.noise, relative: tolerance))
    }
  }

  @Test(arguments: ProcessSpecification.all, affinePredictors)
  func stepsObeyTheCanonicalReduction(
    of process: ProcessSpecification, _ predictor: PredictorSpecification
  ) throws {
    // Published in another form for processes that only add noise.
    if process.name == "ve", publishedApart.contains(predictor.name) { return }
    let rule = try affine(predictor)
    for (t, s) in try pairs(process) {
      let step = rule.step(from: t, to: s)
      let reduced = rule.step(from: t.canonical, to: s.canonical).scaled(from: t, to: s)
      let tolerance =
        1e-15 * 16 / min(s.logSNR - t.logSNR, t.canonicalTime - s.canonicalTime) + 1e-12
      #expect(agrees(step.position, reduced.position, relative: 1e-12))
      #expect(agrees(step.score, reduced.score, relative: tolerance))
      #expect(agrees(step.noise, reduced.noise, relative: tolerance))
    }
  }

  /// The variance-exploding forms with D = sigma^2 - sigma'^2: x + D s + (sigma' / sigma) sqrt(D) z
  /// for ancestral sampling, x + (sigma' - sigma)(x - m) / sigma for DDIM.
  @Test func variancesExplodeAsPublished() throws {
    let (t, s) = (
      NoiseLevel(time: 0, alpha: 1, sigma: 3), NoiseLevel(time: 0, alpha: 1, sigma: 2.5)
    )
    let ancestral = FrozenDenoiser().step(from: t, to: s)
    #expect(agrees(ancestral.position, 1, relative: 1e-14))
    #expect(agrees(ancestral.score, 9 - 6.25, relative: 1e-13))
    #expect(agrees(ancestral.noise, 2.5 / 3 * .sqrt(9 - 6.25), relative: 1e-13))
    let implicit = try DenoisingDiffusionImplicit().step(from: t, to: s)
    #expect(implicit.position == 1)
    #expect(agrees(implicit.score, 0.5 * 3, relative: 1e-13))
  }

  @Test func frozenDenoisersReachCleanData() throws {
    let process = OrnsteinUhlenbeck.canonical
    let (t, s) = (process.level(at: 0.5), process.level(at: 0))
    for predictor in [
      PredictorSpecification.frozenDenoiser, .denoisingDiffusionImplicit(),
      .denoisingDiffusionImplicit(eta: 0.3),
    ] {
      let step = try affine(predictor).step(from: t, to: s)
      #expect(agrees(step.position, 1 / t.alpha, relative: 1e-14), "\(predictor)")
      #expect(agrees(step.score, t.sigma * t.sigma / t.alpha, relative: 1e-14))
      #expect(step.noise == 0)
    }
  }

  /// The relative score of standard normal data vanishes, so the step is exact; every predictor
  /// keeps N(0, 1) in the limit of short steps.
  @Test func relativeScoreIsExactOnNormalData() {
    let process = OrnsteinUhlenbeck.canonical
    let step = FrozenRelativeScore().step(from: process.level(at: 2), to: process.level(at: 0.1))
    let variance =
      (step.position - step.score) * (step.position - step.score) + step.noise * step.noise
    #expect(agrees(variance, 1, relative: 1e-14))
  }

  @Test func specificationsAreNamed() throws {
    for predictor in PredictorSpecification.all {
      let data = try JSONEncoder().encode(predictor)
      #expect(try JSONDecoder().decode(PredictorSpecification.self, from: data) == predictor)
      for name in [predictor.name] + predictor.summary.aliases {
        #expect(try PredictorSpecification(name: name) == predictor)
      }
      #expect(try predictor.make().isStochastic == (predictor.summary.stochastic == "yes"))
    }
    let names = PredictorSpecification.all.flatMap { [$0.name] + $0.summary.aliases }
    #expect(Set(names).count == names.count)
    #expect(throws: SamplingError.unknownPredictor("eular")) {
      try PredictorSpecification(name: "eular")
    }
    #expect(throws: SamplingError.unknownOption(predictor: "ddpm", option: "eta")) {
      try PredictorSpecification(name: "ddpm", options: ["eta": 0])
    }
    for eta in [-0.1, 1.1, .nan] {
      #expect(throws: SamplingError.self) {
        try PredictorSpecification(name: "ddim", options: ["eta": eta])
      }
    }
  }
}
