extension PredictorEntry {
  /// Samplers that stay at a level, and those built on correctors.
  static let langevin: [PredictorEntry] = [
    PredictorEntry(summary: Unmoved.summary) { _ in Unmoved() },
    PredictorEntry(
      summary: LangevinSampler.summary,
      parameters: [
        MethodParameter("step", 0.1, "the step in squared units of length, positive"),
        LangevinUnit.parameter,
      ]
    ) { options throws(SamplingError) in
      try LangevinSampler(
        step: options["step"] ?? 0.1, unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    PredictorEntry(
      summary: MetropolisSampler.summary,
      parameters: [
        MethodParameter("step", 0.5, "the step in squared units of length, positive"),
        LangevinUnit.parameter,
      ]
    ) { options throws(SamplingError) in
      try MetropolisSampler(
        step: options["step"] ?? 0.5, unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    PredictorEntry(
      summary: UnderdampedSampler.summary,
      parameters: [
        MethodParameter("step", 0.2, "the step in units of length, positive"),
        MethodParameter("friction", 2, "the rate at which velocities are forgotten, 0 or more"),
        LangevinUnit.parameter,
      ]
    ) { options throws(SamplingError) in
      try UnderdampedSampler(
        step: options["step"] ?? 0.2, friction: options["friction"] ?? 2,
        unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    PredictorEntry(
      summary: OverdampedStages.summary,
      parameters: stageParameters(
        unit: "1 / L", midpoint: "1 to take the predictor's scores at random times, or 0")
    ) { options throws(SamplingError) in
      try OverdampedStages(
        lipschitz: options["lipschitz"] ?? 10, correctorTime: options["corrector-time"] ?? 1,
        correctorStep: options["corrector-step"] ?? 0.1,
        usesMidpoint: (options["midpoint"] ?? 0).checkedWhole("midpoint", in: 0...1) == 1)
    },
    PredictorEntry(
      summary: UnderdampedStages.summary,
      parameters: stageParameters(
        unit: "1 / sqrt(L)",
        midpoint: "1 to take the predictor's scores at random times, 2 the corrector's too, or 0")
    ) { options throws(SamplingError) in
      let midpoint = try (options["midpoint"] ?? 0).checkedWhole("midpoint", in: 0...2)
      return try UnderdampedStages(
        lipschitz: options["lipschitz"] ?? 10, correctorTime: options["corrector-time"] ?? 1,
        correctorStep: options["corrector-step"] ?? 0.1,
        midpoints: UnderdampedStages.Midpoints(rawValue: midpoint) ?? .none)
    },
  ]

  private static func stageParameters(unit: String, midpoint: String) -> [MethodParameter] {
    [
      MethodParameter(
        "lipschitz", 10, "L, a bound of the Hessian of the log-density at all times, 1 or more"),
      MethodParameter(
        "corrector-time", 1, "the time of a correction in units of \(unit), positive"),
      MethodParameter(
        "corrector-step", 0.1, "the longest step of a correction in units of \(unit), positive"),
      MethodParameter("midpoint", 0, midpoint),
    ]
  }
}
