import OrnsteinDiffusion
import RealModule

/// The program of one affine step after the other, without a finish.
func program(
  along levels: [NoiseLevel], _ rule: (NoiseLevel, NoiseLevel) -> AffineStep
) throws -> SamplerProgram {
  var builder = ProgramBuilder()
  for index in 0..<levels.count - 1 {
    builder.begin(step: index, at: levels[index])
    let step = rule(levels[index], levels[index + 1])
    let score = builder.evaluate(at: levels[index])
    builder.combine([(step.position, .position), (step.score, score)], noise: step.noise)
  }
  builder.begin(step: levels.count - 1, at: levels[levels.count - 1])
  return try builder.build()
}

/// Euler-Maruyama: 1 + h, 2 h, sqrt(2 h) on the canonical process.
func eulerMaruyama(_ t: NoiseLevel, _ s: NoiseLevel) -> AffineStep {
  let h = t.canonicalTime - s.canonicalTime
  return AffineStep(position: 1 + h, score: 2 * h, noise: (2 * h).squareRoot())
}

/// The noise frozen: alpha' / alpha, 2 sigma sigma' (e^H - 1), sigma' sqrt(e^{2H} - 1).
func frozenNoise(_ t: NoiseLevel, _ s: NoiseLevel) -> AffineStep {
  let gap = s.logSNR - t.logSNR
  return AffineStep(
    position: s.alpha / t.alpha, score: 2 * s.sigma * t.sigma * .expMinusOne(gap),
    noise: s.sigma * Double.expMinusOne(2 * gap).squareRoot())
}

/// The methods of the published tables.
enum TabledMethod: String, CaseIterable, Sendable {
  case eulerMaruyama, frozenScore, frozenRelativeScore, frozenDenoiser, frozenNoise
  case probabilityFlow, denoisingDiffusionImplicit

  func program(along levels: [NoiseLevel]) throws -> SamplerProgram {
    let predictor: PredictorSpecification =
      switch self {
      case .eulerMaruyama: .eulerMaruyama
      case .frozenNoise: .frozenNoise
      case .frozenScore: .frozenScore
      case .frozenRelativeScore: .frozenRelativeScore
      case .frozenDenoiser: .frozenDenoiser
      case .probabilityFlow: .probabilityFlow
      case .denoisingDiffusionImplicit: .denoisingDiffusionImplicit()
      }
    return try SamplingMethod(predictor: predictor.make(), finish: .none).program(along: levels)
  }
}
