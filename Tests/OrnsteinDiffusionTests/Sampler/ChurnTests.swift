import OrnsteinDiffusion
import RealModule
import Testing
import TestSupport

/// The noise that the sampler of EDM adds.
@Suite struct ChurnTests {
  /// One step of algorithm 2 of the paper, written in its own variables for any alpha.
  func published(
    _ y: Double, from sigma: Double, to next: Double, gamma: Double, noise: Double
  ) -> Double {
    func slope(_ y: Double, _ sigma: Double) -> Double {
      -sigma * ExactFlow.score(y, alpha: 1, sigma: sigma)
    }
    let raised = sigma * (1 + gamma)
    let start = y + Double.sqrt(raised * raised - sigma * sigma) * noise
    let first = slope(start, raised)
    let euler = start + (next - raised) * first
    guard next > 0 else { return euler }
    return start + (next - raised) * (first + slope(euler, next)) / 2
  }

  @Test(arguments: ProcessSpecification.all)
  func stepsAreAsPublished(of specification: ProcessSpecification) throws {
    let levels = try ExactFlow.levels(4, of: specification)
    let clean = NoiseLevel(time: 0, alpha: levels[4].alpha, sigma: 0)
    for (churn, gamma) in [(0.5, 0.1), (40, Double.sqrt(2) - 1)] {
      let method = try ChurnedHeun(churn: churn, lowest: 0.2, highest: 5, inflation: 1.003)
      let normals = [0.3, -1.1, 0.4, 0.8, -0.2]
      var replay = FlowReplay()
      replay.noise = { normals[$0] }
      let end = try replay.run(method, along: levels + [clean], from: 0.7 * levels[0].scale)
      var (y, drawn) = (0.7 * levels[0].scale / levels[0].alpha, 0)
      for (t, s) in zip(levels, levels.dropFirst() + [clean]) {
        let (sigma, next) = (t.sigma / t.alpha, s.sigma / s.alpha)
        let isChurned = sigma >= 0.2 && sigma <= 5
        y = published(
          y, from: sigma, to: next, gamma: isChurned ? gamma : 0,
          noise: isChurned ? 1.003 * normals[drawn] : 0)
        if isChurned { drawn += 1 }
      }
      #expect(drawn > 0 && drawn < 5)
      #expect(agrees(end, y * clean.alpha, relative: 1e-12))
    }
  }

  @Test func noiseIsLeftOutOfAMean() throws {
    let levels = try ExactFlow.levels(1)
    let method = SamplingMethod(predictor: try ChurnedHeun(churn: 1), finish: .mean)
    let plain = SamplingMethod(predictor: Heun(), finish: .mean)
    #expect(
      FlowReplay().run(try method.program(along: levels), from: 0.7)
        == FlowReplay().run(try plain.program(along: levels), from: 0.7))
  }

  @Test func numbersAreChecked() {
    for option in ["s-churn", "s-tmin", "s-tmax", "s-noise"] {
      for value in [-1, Double.nan, .infinity] {
        #expect(throws: SamplingError.self) {
          try PredictorSpecification(name: "edm", options: [option: value])
        }
      }
    }
  }
}
