extension PredictorEntry {
  /// One score and one normal a step.
  static let affine: [PredictorEntry] = [
    PredictorEntry(summary: FrozenScore.summary) { _ in FrozenScore() },
    PredictorEntry(summary: FrozenRelativeScore.summary) { _ in FrozenRelativeScore() },
    PredictorEntry(summary: FrozenDenoiser.summary) { _ in FrozenDenoiser() },
    PredictorEntry(summary: ProbabilityFlow.summary) { _ in ProbabilityFlow() },
    PredictorEntry(
      summary: DenoisingDiffusionImplicit.summary,
      parameters: [MethodParameter("eta", 0, "the share of noise drawn anew, 0 to 1")]
    ) { options throws(SamplingError) in
      try DenoisingDiffusionImplicit(eta: options["eta"] ?? 0)
    },
  ]
}

extension PredictorSpecification {
  /// `ddpm`: ``FrozenScore``.
  public static let frozenScore = standard(FrozenScore.summary)
  /// `ddpm-relative`: ``FrozenRelativeScore``.
  public static let frozenRelativeScore = standard(FrozenRelativeScore.summary)
  /// `ancestral`: ``FrozenDenoiser``.
  public static let frozenDenoiser = standard(FrozenDenoiser.summary)
  /// `probability-flow`: ``ProbabilityFlow``.
  public static let probabilityFlow = standard(ProbabilityFlow.summary)

  /// `ddim`: ``DenoisingDiffusionImplicit``.
  public static func denoisingDiffusionImplicit(eta: Double = 0) -> PredictorSpecification {
    PredictorSpecification(
      name: DenoisingDiffusionImplicit.summary.name, parameters: ["eta": eta])
  }

  /// A predictor of the catalogue without options.
  static func standard(_ summary: MethodSummary) -> PredictorSpecification {
    PredictorSpecification(name: summary.name, parameters: [:])
  }
}
