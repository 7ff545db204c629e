import OrnsteinDiffusion
import RealModule

/// Which squared error training minimises, level by level.
///
/// The errors of all parametrisations are multiples of each other at each level: with e^2 the mean
/// squared error of the canonical score, noise sigma^2 e^2, denoiser (sigma^4 / alpha^2) e^2,
/// velocity (sigma^2 / alpha^2) e^2. Weights are scaled to mean 1 under the law of levels.
public enum ErrorWeighting: String, Codable, CaseIterable, Sendable {
  /// The error of the network's raw output: of equal size at every level.
  case uniform
  /// The error of the noise prediction.
  case noise
  /// The error of the denoiser.
  case denoiser
  /// The error of the score.
  case score
  /// The error of the velocity.
  case velocity
  /// The bound of the Kullback-Leibler divergence, int g(t)^2 / 2 e^2 dt (Song et al.,
  /// arXiv 2101.09258, theorem 1), whatever the law of levels.
  case likelihood
}

/// The denoising score matching objective (Vincent 2011) on the canonical process.
///
///     mean over X_0, lambda, xi of  w(lambda) |F(alpha X_0 + sigma xi, lambda) - target|^2 / d
public struct TrainingObjective: Sendable, Hashable, Codable {
  /// What the network puts out.
  public var parametrization: ScoreParametrization
  /// Which error counts.
  public var weighting: ErrorWeighting
  /// The law of the levels.
  public var levels: LevelDistribution
  /// The range of lambda = log(alpha / sigma).
  public var logSNRRange: ClosedRange<Double>

  /// An objective.
  public init(
    parametrization: ScoreParametrization = .velocity, weighting: ErrorWeighting = .uniform,
    levels: LevelDistribution = .uniform, logSNRRange: ClosedRange<Double> = -5...7
  ) {
    self.parametrization = parametrization
    self.weighting = weighting
    self.levels = levels
    self.logSNRRange = logSNRRange
  }

  /// The weight of the squared error of F at a level, before scaling to mean 1.
  package func relativeWeight(_ lambda: Double) -> Double {
    let (alpha, sigma) = LevelDistribution.scales(lambda)
    let counted: ScoreParametrization
    switch weighting {
    case .uniform: return 1
    case .score: return 1 / Preconditioning(parametrization).errorFactor(alpha: alpha, sigma: sigma)
    case .noise, .likelihood: counted = .noise
    case .denoiser: counted = .denoiser
    case .velocity: counted = .velocity
    }
    // dt = -sigma^2 d lambda on the canonical process, so the bound is the noise error per lambda.
    let density = weighting == .likelihood ? levels.density(lambda, in: logSNRRange) : 1
    return Preconditioning(counted).errorFactor(alpha: alpha, sigma: sigma)
      / Preconditioning(parametrization).errorFactor(alpha: alpha, sigma: sigma) / density
  }

  /// One over the mean of ``relativeWeight(_:)`` under the law of levels.
  package var weightScale: Double {
    guard weighting != .uniform else { return 1 }
    let points = 4_096
    var sum = 0.0
    for index in 0..<points {
      sum += relativeWeight(
        levels.quantile((Double(index) + 0.5) / Double(points), in: logSNRRange))
    }
    return Double(points) / sum
  }
}
