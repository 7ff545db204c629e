import RealModule

/// The accelerated stochastic sampler of Li, Huang, Efimov, Wei, Chi and Chen: half of the noise before
/// the score, half after.
///
/// In canonical time, from level t down to s, with a = e^{-2 (t - s)} and z, z' ~ N(0, I),
///
///     y = x + sqrt((1 - a) / 2) z
///     x' = [y + (1 - a) score_t(y) + sqrt((1 - a) / 2) z'] / sqrt(a).
///
/// Other processes are led to the canonical one.
///
/// - Order: 2 in law on Gaussian data; both noises stand inside the division by sqrt(a), without which
///   the order is 1.
/// - Cost: one score evaluation and two normals a coordinate.
/// - Matches: no common scheduler.
/// - Limits: the score at y is that of level t, whose law y does not have; steps must be short.
/// - Source: Li, Huang, Efimov, Wei, Chi, Chen, arXiv 2403.03852, the stochastic sampler.
public struct AcceleratedSDE: Predictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "accelerated-sde", title: "accelerated stochastic sampler of Li et al.", order: 2,
    evaluationsPerStep: 1, stochastic: "yes", grid: .li,
    source: "Li, Huang, Efimov, Wei, Chi, Chen, arXiv 2403.03852")

  /// Steps draw noise.
  public var isStochastic: Bool { true }

  /// Noise, one evaluation, noise.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let (t, s) = (levels[index], levels[index + 1])
    let h = t.canonicalTime - s.canonicalTime
    let half = Double.sqrt(-.expMinusOne(-2 * h) / 2)
    let step = AffineStep(position: .exp(h), score: 2 * .sinh(h), noise: .exp(h) * half)
      .scaled(from: t, to: s)
    program.combine([(1, .position)], noise: half * t.scale)
    let score = program.evaluate(at: t)
    program.combine([(step.position, .position), (step.score, score)], noise: step.noise)
  }
}
