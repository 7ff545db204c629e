import OrnsteinNumerics

/// The corrector of Song et al.: a Langevin step whose noise is a multiple of the score.
///
///     x' = x + eps g + sqrt(2 eps) z,  g = score(x),  eps = 2 a_i (r |z| / |g|)^2
///
/// with a_i = (alpha_i / alpha_{i-1})^2, where i - 1 is the next cleaner level (clean data below the
/// last): 1 for the variance-exploding process, 1 - beta_i for the variance-preserving one.
///
/// - Order: none.
/// - Cost: one evaluation and one normal a coordinate.
/// - Matches: `LangevinCorrector` of score_sde with `batch-mean` 1, which takes the norms' means over
///   its batch; here the batch is a block of 256 rows.
/// - Limits: not an affine map, and not reversible: in one or two dimensions eps is huge near a mode,
///   where the score vanishes, unless `longest` bounds it. The best r depends on the target.
/// - Source: Song et al., arXiv 2011.13456, algorithms 4 and 5.
public struct SignalToNoiseCorrector: Corrector {
  /// r, the ratio of signal to noise.
  public let ratio: Double
  /// Whether the norms are means over a block of rows.
  public let usesBatchMean: Bool
  /// Whether a_i is the decay of the signal's power; 1 otherwise.
  public let followsDecay: Bool
  /// The largest eps in units of sigma^2; infinite for no bound.
  public let longest: Double

  /// The corrector of a ratio.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` unless both numbers are
  ///   positive.
  public init(
    ratio: Double = 0.16, usesBatchMean: Bool = false, followsDecay: Bool = true,
    longest: Double = .infinity
  ) throws(SamplingError) {
    self.ratio = try ratio.checkedPositive("snr")
    self.usesBatchMean = usesBatchMean
    self.followsDecay = followsDecay
    guard longest > 0 else {
      throw .invalidOption(option: "longest", value: longest, requirement: "must be positive")
    }
    self.longest = longest
  }

  /// What the method is.
  public static let summary = MethodSummary(
    name: "song", aliases: ["langevin-snr", "song-langevin"],
    title: "Langevin step with noise a multiple of the score", order: 0, orderSense: .none,
    evaluationsPerStep: 1, stochastic: "yes",
    equivalents: [.scoreSDE: "LangevinCorrector (batch-mean 1)"],
    source: "Song et al., arXiv 2011.13456, algorithms 4 and 5")

  /// One evaluation, one draw and one ``NormRatioStep``.
  public func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {
    let level = levels[index]
    let cleaner = index + 1 < levels.count ? levels[index + 1].alpha : 1
    let decay = level.alpha / cleaner
    let score = program.evaluate(at: level, into: program.register("langevin score"))
    let normals = program.register("langevin normals")
    program.drawNormals(into: normals, purpose: .corrector)
    program.apply(
      NormRatioStep(
        ratio: ratio, factor: followsDecay ? decay * decay : 1,
        longest: longest * level.sigma * level.sigma, score: score, normals: normals,
        couplesRows: usesBatchMean))
  }
}
