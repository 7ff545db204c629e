import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

@Suite struct ParametrizationTests {
  static let levels = [
    NoiseLevel(time: 0, alpha: 0.8, sigma: 0.6), NoiseLevel(time: 0, alpha: 1, sigma: 7),
    NoiseLevel(time: 0, alpha: 0.7, sigma: 0.3), NoiseLevel(time: 0, alpha: 1e-3, sigma: 1),
  ]

  /// x = alpha m + sigma eps, the definitions in terms of (m, eps) at a level.
  func values(_ m: Double, _ eps: Double, at level: NoiseLevel) -> [ScoreParametrization: Double] {
    [
      .denoiser: m, .noise: eps, .score: -eps / level.sigma,
      .velocity: level.alpha * eps - level.sigma * m,
    ]
  }

  @Test(arguments: levels)
  func conversionsFollowTheDefinitions(at level: NoiseLevel) {
    let (m, eps) = (1.3, -0.4)
    let x = level.alpha * m + level.sigma * eps
    let values = values(m, eps, at: level)
    for (source, value) in values {
      for (target, expected) in values {
        let (position, factor) = source.coefficients(to: target, at: level)
        // Rounding of x is amplified by the coefficients themselves.
        let tolerance = 1e-14 * (abs(position * x) + abs(factor * value) + abs(expected))
        #expect(
          abs(position * x + factor * value - expected) <= tolerance, "\(source) to \(target)")
      }
    }
  }

  @Test func velocityConvertsAtPureNoise() {
    let level = NoiseLevel(time: 1, alpha: 0, sigma: 1)
    let (position, value) = ScoreParametrization.velocity.coefficients(to: .denoiser, at: level)
    #expect(position == 0 && value == -1)
  }

  @Test(arguments: levels)
  func excessRisksFollowTheScoreError(at level: NoiseLevel) {
    let (alpha, sigma) = (level.alpha, level.sigma)
    let square = alpha * alpha + sigma * sigma
    func risk(_ parametrization: ScoreParametrization) -> Double {
      parametrization.excessRisk(perSquaredScoreErrorAt: level)
    }
    #expect(agrees(risk(.denoiser), .pow(sigma, 4) / (alpha * alpha), relative: 1e-14))
    #expect(agrees(risk(.noise), sigma * sigma, relative: 1e-14))
    #expect(risk(.score) == 1)
    #expect(agrees(risk(.velocity), .pow(sigma * square / alpha, 2), relative: 1e-14))
    let through = ScoreParametrization.noise.excessRiskFactor(to: .denoiser, at: level)
    #expect(agrees(risk(.noise) * through, risk(.denoiser), relative: 1e-14))
  }

  @Test func modelsPredictEveryParametrization() throws {
    let level = OrnsteinUhlenbeck.canonical.level(at: 0.5)
    let mixture = Targets.gm1(Double.self)
    let x = Batch<Double>(rows: [[0.7], [-2]])
    #expect(agrees(mixture.denoiser(of: x, at: level)[0, 0], 0.82866971053699))
    #expect(agrees(mixture.noise(of: x, at: level)[0, 0], 0.24826602966849))
    let velocity = mixture.velocity(of: x, at: level)[0, 0]
    #expect(
      agrees(velocity, level.alpha * 0.24826602966849 - level.sigma * 0.82866971053699))
  }

  @Test func closuresAreModels() {
    let model = ClosureScore<Float>(dimension: 2) { points, level, score in
      for index in 0..<points.count { score[index] = -points[index] / Float(level.sigma) }
    }
    let score = model.score(of: Batch(rows: [[1, 2]]), at: NoiseLevel(time: 0, alpha: 1, sigma: 2))
    #expect(score.elements == [-0.5, -1])
  }
}
