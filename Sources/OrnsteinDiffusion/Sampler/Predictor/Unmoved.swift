/// No prediction: points pass from a level to the next as they are, for runs of a corrector alone.
///
/// Nothing is rescaled either, on any process.
///
/// - Order: none.
/// - Cost: none; with two corrections a level, a run has the cost of one predictor and one corrector.
/// - Matches: `NonePredictor` of score_sde.
/// - Limits: where the signal scale changes between levels, the corrector must make up for it.
/// - Source: Song et al., arXiv 2011.13456, section 4.2 (corrector-only).
public struct Unmoved: Predictor {
  /// The rule.
  public init() {}

  /// What the method is.
  public static let summary = MethodSummary(
    name: "none", aliases: ["corrector-only"], title: "no prediction, for a corrector alone",
    order: 0, orderSense: .none, evaluationsPerStep: 0, stochastic: "no",
    equivalents: [.scoreSDE: "NonePredictor"],
    source: "Song et al., arXiv 2011.13456, section 4.2")

  /// Nothing is drawn.
  public var isStochastic: Bool { false }

  /// Emits nothing.
  public func emit(step index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder) {}
}
