import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// Predictors that are published apart for processes that only add noise, where they are not the
/// canonical step in other units.
let publishedApart: Set<String> = [
  "euler-maruyama", "probability-flow-euler", "reverse-diffusion", "song-ancestral",
  "song-probability-flow",
]

/// Steps as their authors write them, for both kinds of forward chain.
@Suite struct PublishedFormTests {
  func check(
    _ step: AffineStep, _ position: Double, _ score: Double, _ noise: Double,
    _ name: String
  ) {
    #expect(agrees(step.position, position, relative: 1e-13), "\(name)")
    #expect(agrees(step.score, score, relative: 1e-12), "\(name)")
    #expect(agrees(step.noise, noise, relative: 1e-12), "\(name)")
  }

  /// With D = sigma^2 - sigma'^2 and z standard normal.
  @Test(arguments: [(3.0, 2.5), (50, 0.01), (0.02, 0.0199)])
  func variancesExplode(_ sigma: Double, _ next: Double) {
    let (t, s) = (
      NoiseLevel(time: 1, alpha: 1, sigma: sigma), NoiseLevel(time: 0, alpha: 1, sigma: next)
    )
    let added = sigma * sigma - next * next
    func check(_ rule: any AffinePredictor, _ score: Double, _ noise: Double) {
      self.check(rule.step(from: t, to: s), 1, score, noise, "\(rule)")
    }
    check(ReverseDiffusion(), added, added.squareRoot())
    check(EulerMaruyama(), added, added.squareRoot())
    check(SongAncestral(), added, next / sigma * added.squareRoot())
    check(SongProbabilityFlow(), added / 2, 0)
    check(ProbabilityFlowEuler(), added / 2, 0)
    // Both ways of writing the posterior.
    let ancestral = FrozenDenoiser().step(from: t, to: s)
    let published = SongAncestral().step(from: t, to: s)
    self.check(
      published, ancestral.position, ancestral.score, ancestral.noise, "ancestral sampling")
  }

  /// The chain x_i = sqrt(1 - beta) x_{i-1} + sqrt(beta) z, by its own levels.
  @Test(arguments: [1e-4, 0.02, 0.5])
  func variancesArePreserved(_ beta: Double) {
    let survival = 0.37
    let (t, s) = (
      NoiseLevel(
        time: 2, alpha: (survival * (1 - beta)).squareRoot(),
        sigma: (1 - survival * (1 - beta)).squareRoot()),
      NoiseLevel(time: 1, alpha: survival.squareRoot(), sigma: (1 - survival).squareRoot())
    )
    func check(_ rule: any AffinePredictor, _ a: Double, _ b: Double, _ c: Double) {
      let step = rule.step(from: t, to: s)
      // The levels know beta to a rounding of 1e-16, relative to 1e-4.
      #expect(agrees(step.position, a, relative: 1e-11), "\(rule)")
      #expect(agrees(step.score, b, relative: 1e-11), "\(rule)")
      #expect(agrees(step.noise, c, relative: 1e-11), "\(rule)")
    }
    let root = (1 - beta).squareRoot()
    check(SongAncestral(), 1 / root, beta / root, beta.squareRoot())
    check(ReverseDiffusion(), 2 - root, beta, beta.squareRoot())
    check(SongProbabilityFlow(), 2 - root, beta / 2, 0)
    check(LiStochastic(), 1 / root, beta / root, (beta / (1 - beta)).squareRoot())
    check(LiDeterministic(), 1 / root, beta / root / 2, 0)
    // Of DDPM in diffusers: the mean of the posterior and the variance of the forward step.
    let small = FrozenDenoiser().step(from: t, to: s)
    check(FrozenDenoiser(variance: .large), small.position, small.score, beta.squareRoot())
    #expect(
      agrees(
        small.noise, (beta * (1 - survival) / (1 - survival * (1 - beta))).squareRoot(),
        relative: 1e-11))
  }

  @Test(arguments: ProcessSpecification.all)
  func stochasticStepsShareParts(_ specification: ProcessSpecification) throws {
    let process = try specification.make()
    let (t, s) = (
      process.level(at: process.time(ofCanonicalTime: 0.9)),
      process.level(at: process.time(ofCanonicalTime: 0.7))
    )
    let (li, frozen) = (LiStochastic().step(from: t, to: s), FrozenScore().step(from: t, to: s))
    #expect(agrees(li.position, frozen.position, relative: 1e-13))
    #expect(agrees(li.noise, frozen.noise, relative: 1e-13))
    #expect(agrees(li.score, frozen.score * (1 + .exp(-0.2)) / 2, relative: 1e-12))
    let deterministic = LiDeterministic().step(from: t, to: s)
    #expect(agrees(deterministic.score, li.score / 2, relative: 1e-13))
    let (noise, implicit) = (
      FrozenNoise().step(from: t, to: s), try DenoisingDiffusionImplicit().step(from: t, to: s)
    )
    #expect(agrees(noise.position, implicit.position, relative: 1e-13))
    #expect(agrees(noise.score, 2 * implicit.score, relative: 1e-12))
  }

  /// The large variance is exact for standard normal data, the small one for data in one point.
  @Test func variancesOfAncestralSamplingAreExactForTheirData() {
    let process = OrnsteinUhlenbeck.canonical
    let (t, s) = (process.level(at: 1.3), process.level(at: 0.2))
    let large = FrozenDenoiser(variance: .large).step(from: t, to: s)
    let slope = large.position - large.score
    #expect(agrees(slope * slope + large.noise * large.noise, 1, relative: 1e-13))
    let small = FrozenDenoiser().step(from: t, to: s)
    let kept = small.position - small.score / (t.sigma * t.sigma)
    #expect(
      agrees(
        kept * kept * t.sigma * t.sigma + small.noise * small.noise, s.sigma * s.sigma,
        relative: 1e-13))
    let clean = FrozenDenoiser(variance: .large).step(from: t, to: process.level(at: 0))
    #expect(clean.noise == 0)
  }
}
