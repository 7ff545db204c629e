import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

/// One step from x = 0.7 at t = 0.5 to s = 0.4 with z = 0.25 and the exact score of a mixture,
/// computed independently in double precision.
@Suite struct PredictorGoldenTests {
  static let score = -0.31226070885895

  @Test(arguments: [
    (PredictorSpecification.frozenScore, 0.82557178807602),
    (.frozenRelativeScore, 0.81362205250086),
    (.frozenDenoiser, 0.8104088695638),
    (.probabilityFlow, 0.74077889722331),
    (.denoisingDiffusionImplicit(), 0.73970521824531),
    (.denoisingDiffusionImplicit(eta: 0.5), 0.78265131333192),
    (.denoisingDiffusionImplicit(eta: 1), 0.8104088695638),
  ])
  func oneStep(_ predictor: PredictorSpecification, _ expected: Double) throws {
    let process = OrnsteinUhlenbeck.canonical
    let step = try affine(predictor).step(from: process.level(at: 0.5), to: process.level(at: 0.4))
    let moved = step.position * 0.7 + step.score * Self.score + step.noise * 0.25
    #expect(agrees(moved, expected))
    // The slow convention: the same levels at doubled times.
    let slow = OrnsteinUhlenbeck.slow
    let other = try affine(predictor).step(from: slow.level(at: 1), to: slow.level(at: 0.8))
    #expect(other == step)
  }

  @Test func noiseOfHalfStochasticSteps() throws {
    let process = OrnsteinUhlenbeck.canonical
    for (eta, expected) in [(0.5, 0.19869101528286), (1, 0.39738203056572)] {
      let step = try DenoisingDiffusionImplicit(eta: eta)
        .step(from: process.level(at: 0.5), to: process.level(at: 0.4))
      #expect(agrees(step.noise, expected))
    }
  }

  /// The flow of the mixture from x = 0.7 at T = 3 to 0.01 over a grid uniform in log-SNR.
  @Test(arguments: [
    (PredictorSpecification.probabilityFlow, 10, 1.3354820349167),
    (.probabilityFlow, 20, 1.3474080522619),
    (.denoisingDiffusionImplicit(), 10, 1.2439415111656),
    (.denoisingDiffusionImplicit(), 20, 1.2973226486099),
  ])
  func trajectory(_ predictor: PredictorSpecification, _ count: Int, _ expected: Double) throws {
    let process = OrnsteinUhlenbeck.canonical
    let levels = try GridSpecification(.logSNR, steps: count, horizon: 3, stop: 0.01)
      .make(for: process).levels(of: process)
    let (mixture, rule) = (Targets.gm1(Double.self), try affine(predictor))
    var x = 0.7
    for (t, s) in zip(levels, levels.dropFirst()) {
      let step = rule.step(from: t, to: s)
      x = step.position * x + step.score * mixture.score(of: .init(rows: [[x]]), at: t)[0, 0]
    }
    #expect(agrees(x, expected))
  }
}
