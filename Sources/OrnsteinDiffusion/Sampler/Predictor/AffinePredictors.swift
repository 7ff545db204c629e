extension PredictorEntry {
  /// One score and one normal a step.
  static let affine: [PredictorEntry] = [
    PredictorEntry(summary: FrozenScore.summary) { _ in FrozenScore() },
    PredictorEntry(summary: FrozenRelativeScore.summary) { _ in FrozenRelativeScore() },
    PredictorEntry(
      summary: FrozenDenoiser.summary,
      parameters: [
        MethodParameter("variance", 0, "0 for the small variance of a step, 1 for the large one"),
        MethodParameter(
          "base-variance", 0, "the variance of the data's own noise, with variance 0"),
      ]
    ) { options throws(SamplingError) in
      let number = try WholeNumberOption(name: "variance", range: 0...1).value(in: options)
      let base = options["base-variance"] ?? 0
      guard number == 1 else { return try FrozenDenoiser(baseVariance: base) }
      guard base == 0 else {
        throw .invalidOption(
          option: "base-variance", value: base, requirement: "must be 0 with the large variance")
      }
      return FrozenDenoiser(variance: .large)
    },
    PredictorEntry(summary: FrozenNoise.summary) { _ in FrozenNoise() },
    PredictorEntry(summary: EulerMaruyama.summary) { _ in EulerMaruyama() },
    PredictorEntry(summary: ReverseDiffusion.summary) { _ in ReverseDiffusion() },
    PredictorEntry(summary: SongAncestral.summary) { _ in SongAncestral() },
    PredictorEntry(summary: LiStochastic.summary) { _ in LiStochastic() },
    PredictorEntry(summary: ProbabilityFlow.summary) { _ in ProbabilityFlow() },
    PredictorEntry(summary: ProbabilityFlowEuler.summary) { _ in ProbabilityFlowEuler() },
    PredictorEntry(summary: SongProbabilityFlow.summary) { _ in SongProbabilityFlow() },
    PredictorEntry(summary: LiDeterministic.summary) { _ in LiDeterministic() },
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
  /// `ancestral`: ``FrozenDenoiser`` with the small variance.
  public static let frozenDenoiser = frozenDenoiser(variance: .small)
  /// `ddpm-noise`: ``FrozenNoise``.
  public static let frozenNoise = standard(FrozenNoise.summary)
  /// `euler-maruyama`: ``EulerMaruyama``.
  public static let eulerMaruyama = standard(EulerMaruyama.summary)
  /// `reverse-diffusion`: ``ReverseDiffusion``.
  public static let reverseDiffusion = standard(ReverseDiffusion.summary)
  /// `song-ancestral`: ``SongAncestral``.
  public static let songAncestral = standard(SongAncestral.summary)
  /// `li-stochastic`: ``LiStochastic``.
  public static let liStochastic = standard(LiStochastic.summary)
  /// `probability-flow`: ``ProbabilityFlow``.
  public static let probabilityFlow = standard(ProbabilityFlow.summary)
  /// `probability-flow-euler`: ``ProbabilityFlowEuler``.
  public static let probabilityFlowEuler = standard(ProbabilityFlowEuler.summary)
  /// `song-probability-flow`: ``SongProbabilityFlow``.
  public static let songProbabilityFlow = standard(SongProbabilityFlow.summary)
  /// `li-deterministic`: ``LiDeterministic``.
  public static let liDeterministic = standard(LiDeterministic.summary)

  /// `ancestral`: ``FrozenDenoiser``.
  public static func frozenDenoiser(variance: FrozenDenoiser.Variance) -> PredictorSpecification {
    PredictorSpecification(
      name: FrozenDenoiser.summary.name,
      parameters: ["variance": Double(variance.rawValue), "base-variance": 0])
  }

  /// `ancestral`: ``FrozenDenoiser`` for data with normal noise of their own.
  ///
  /// - Throws: ``SamplingError/invalidOption(option:value:requirement:)`` for a negative or non-finite
  ///   variance.
  public static func frozenDenoiser(
    baseVariance: Double
  ) throws(SamplingError) -> PredictorSpecification {
    try PredictorSpecification(
      name: FrozenDenoiser.summary.name, options: ["base-variance": baseVariance])
  }

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
