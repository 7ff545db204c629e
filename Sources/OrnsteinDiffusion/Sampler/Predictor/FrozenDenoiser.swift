import RealModule

/// The reverse SDE with the denoiser m = E[x_0 | x] frozen over each step: ancestral sampling.
///
/// From level t down to s, with H = log-SNR(s) - log-SNR(t) and z ~ N(0, I),
///
///     x' = (sigma_s / sigma_t) e^{-H} x + alpha_s (1 - e^{-2H}) m + sigma_s sqrt(1 - e^{-2H}) z,
///
/// a draw from the law of X_s given X_t = x and X_0 = m. Right for any alpha and sigma, and for a
/// stop level without noise, where x' = alpha_s m. With the large variance the deviation of the noise
/// is kappa_s sqrt(1 - e^{-2h}) instead, with h the difference of canonical times and
/// kappa^2 = alpha^2 + sigma^2: that of X_s given X_t for standard normal data.
///
/// Where data are X = mu + s_0 xi with a known s_0^2, the base variance, it is E[mu | x] that is frozen
/// instead. With v = s_0^2 + sigma^2 / alpha^2 the step has the same mean, and the deviation of its noise
/// is alpha_s sqrt(v_s / v_t (v_t - v_s)), also at a stop level without noise. A `log-snr` grid is then
/// one of equal steps of log v.
///
/// - Order: 1 in law.
/// - Cost: one score evaluation and one normal a coordinate.
/// - Matches: DDPM of diffusers with `variance_type="fixed_small"` or `"fixed_large"`; DDIM with eta = 1; first-order
///   SDE-DPM-Solver++.
/// - Limits: neither variance is exact. That of X_s given X_t is the small one plus a share of that of
///   X_0 given X_t; on average it is below the large one for data of variance up to 1. With a base
///   variance it is exact for data that are normal of that variance around one point.
/// - Source: Ho, Jain, Abbeel, arXiv 2006.11239, equation 7; Lu et al., arXiv 2211.01095, section 5.
public struct FrozenDenoiser: AffinePredictor {
  /// The variance of the noise of a step.
  public enum Variance: Int, Sendable {
    /// That of the law of X_s given X_t and X_0: exact for data in one point.
    case small = 0
    /// That of the law of X_s given X_t for standard normal data; 0 for a level without noise.
    case large = 1
  }

  /// The variance of the noise of a step.
  public let variance: Variance
  /// s_0^2, the variance of the data's own noise.
  public let baseVariance: Double

  /// The rule for data in points.
  public init(variance: Variance = .small) {
    self.variance = variance
    baseVariance = 0
  }

  /// The rule for data with normal noise of their own.
  ///
  /// - Parameter baseVariance: The variance s_0^2 of that noise, 0 or more.
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for a negative or non-finite
  ///   variance.
  public init(baseVariance: Double) throws(SamplingError) {
    guard baseVariance >= 0, baseVariance.isFinite else {
      throw .invalidOption(
        option: "base-variance", value: baseVariance, requirement: "must be 0 or more and finite")
    }
    variance = .small
    self.baseVariance = baseVariance
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "ancestral", aliases: ["ddpm-ancestral", "sde-dpm-solver++1"],
    title: "reverse SDE, denoiser frozen over a step (posterior sampling)", order: 1,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [
      .diffusers: "DDPMScheduler, variance_type fixed_small or fixed_large",
      .kDiffusion: "sample_euler_ancestral",
      .azula: "DDPMSampler",
    ],
    source: "Ho, Jain, Abbeel, arXiv 2006.11239, equation 7")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// The bridge to the cleaner level with the Tweedie denoiser as origin.
  public func step(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let bridge = t.bridge(to: s)
    return AffineStep(
      position: bridge.position + bridge.origin / t.alpha,
      score: bridge.origin * t.sigma * t.sigma / t.alpha, noise: noise(bridge, t, s))
  }

  /// With a base variance, the levels of a `log-snr` grid in equal ratios of v = s_0^2 + sigma^2 / alpha^2,
  /// the last step to clean data included if there is one.
  public func levels(
    of process: any ForwardProcess, grid: GridSpecification
  ) throws -> [NoiseLevel]? {
    guard baseVariance > 0, grid.kind == .logSNR else { return nil }
    var levels = try grid.levels(for: process)
    let last = levels.count - 1
    func total(_ level: NoiseLevel) -> Double {
      baseVariance + level.relativeDeviation * level.relativeDeviation
    }
    let (first, ratio) = (total(levels[0]), Double.log(total(levels[last]) / total(levels[0])))
    guard first.isFinite else { return levels }
    for index in levels.indices where index > 0 && index < last {
      let variance = first * .exp(ratio * Double(index) / Double(last)) - baseVariance
      levels[index] = process.level(at: process.time(ofLogSNR: -.log(variance) / 2))
    }
    guard zip(levels, levels.dropFirst()).allSatisfy({ $0.logSNR < $1.logSNR }) else {
      throw GridError.tooFine(kind: grid.kind.rawValue, steps: grid.steps)
    }
    return levels
  }

  private func noise(_ bridge: BridgeLaw, _ t: NoiseLevel, _ s: NoiseLevel) -> Double {
    if baseVariance > 0 {
      let (before, after) = (t.relativeDeviation, s.relativeDeviation)
      let share = (baseVariance + after * after) / (baseVariance + before * before)
      return s.alpha * before * .sqrt(share * -.expMinusOne(-2 * (s.logSNR - t.logSNR)))
    }
    guard variance == .large, s.sigma > 0 else { return .sqrt(bridge.variance) }
    return s.scale * .sqrt(-.expMinusOne(-2 * (t.canonicalTime - s.canonicalTime)))
  }
}
