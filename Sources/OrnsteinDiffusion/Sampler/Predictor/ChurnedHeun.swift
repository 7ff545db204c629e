import RealModule

/// The stochastic sampler of EDM: noise is added before each step of Heun's method.
///
/// With y = x / alpha, sigma_E = sigma / alpha, N steps and z ~ N(0, I), at levels with
/// sigma_E in [s-tmin, s-tmax]:
///
///     gamma = min(s-churn / N, sqrt(2) - 1),  sigma' = (1 + gamma) sigma_E
///     y <- y + s-noise sqrt(sigma'^2 - sigma_E^2) z
///
/// and then the step of ``Heun`` from sigma' at the same alpha.
///
/// - Order: 2 without churn, where it is ``Heun``; 1 in law with a fixed s-churn.
/// - Cost: two score evaluations a step, 2 N - 1 to clean data, and one normal a coordinate at each
///   churned step.
/// - Matches: `sample_heun` of k-diffusion with the same options; the published code of EDM.
/// - Limits: the raised level keeps alpha, so for processes other than the variance-exploding one it
///   is not a level of the process; scores see levels alone.
/// - Source: Karras et al., arXiv 2206.00364, algorithm 2.
public struct ChurnedHeun: Predictor {
  /// How much noise is added in all steps together, 0 or more.
  public let churn: Double
  /// The lowest sigma / alpha at which noise is added.
  public let lowest: Double
  /// The highest sigma / alpha at which noise is added.
  public let highest: Double
  /// The deviation of the added noise relative to what the level says, 0 or more.
  public let inflation: Double

  /// The rule with options.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for a negative or
  ///   non-finite number.
  public init(
    churn: Double = 0, lowest: Double = 0, highest: Double = Self.noLimit, inflation: Double = 1
  ) throws(SamplingError) {
    for (option, value) in [
      ("s-churn", churn), ("s-tmin", lowest), ("s-tmax", highest), ("s-noise", inflation),
    ] where !(value >= 0 && value.isFinite) {
      throw .invalidOption(
        option: option, value: value, requirement: "must be a number that is 0 or more")
    }
    self.churn = churn
    self.lowest = lowest
    self.highest = highest
    self.inflation = inflation
  }

  /// A highest sigma / alpha above all levels.
  public static let noLimit = 1e300

  /// What the method is.
  public static let summary = MethodSummary(
    name: "edm", title: "stochastic sampler of EDM: Heun's method with churn (default 0)", order: 2,
    orderSense: .trajectory, evaluationsPerStep: 2, stochastic: "if s-churn > 0",
    equivalents: [.kDiffusion: "sample_heun"], grid: .karras,
    source: "Karras et al., arXiv 2206.00364, algorithm 2")

  /// Steps draw noise if there is churn.
  public var isStochastic: Bool { churn > 0 }

  /// Noise, Euler's step, its score and the mean of both slopes.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (level, end) = (levels[index], levels[index + 1])
    var start = level
    if churn > 0, !program.isNoiseFree,
      (lowest...max(lowest, highest)).contains(
        level.relativeDeviation), lowest <= highest
    {
      let gamma = min(churn / Double(levels.count - 1), .sqrt(2) - 1)
      start.sigma = level.sigma * (1 + gamma)
      let added = level.sigma * .sqrt(gamma * (2 + gamma))
      program.combine([(1, .position)], noise: inflation * added)
    }
    HeunStep(start: start, end: end, isCorrected: end.sigma > 0).emit(into: &program)
  }
}
