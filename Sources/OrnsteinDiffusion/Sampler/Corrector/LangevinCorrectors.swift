extension CorrectorEntry {
  /// Every corrector is a discretised Langevin diffusion.
  static let langevin: [CorrectorEntry] = [
    CorrectorEntry(
      summary: LangevinCorrector.summary,
      parameters: [
        MethodParameter("step", 0.1, "the step in squared units of length, positive"),
        MethodParameter("steps", 1, "the number of steps, 1 or more"), LangevinUnit.parameter,
      ]
    ) { options throws(SamplingError) in
      try LangevinCorrector(
        step: options["step"] ?? 0.1, steps: stepCount(options, usual: 1),
        unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    CorrectorEntry(
      summary: SignalToNoiseCorrector.summary,
      parameters: [
        MethodParameter("snr", 0.16, "the ratio r of signal to noise, positive"),
        MethodParameter(
          "batch-mean", 0, "0 for the norms of each row, 1 for their means over a block of rows"),
        MethodParameter(
          "decay", 1, "1 for the factor a_i = (alpha_i / alpha_{i-1})^2 of the step, 0 for none"),
        MethodParameter(
          "longest", 0, "the longest step in units of sigma^2, 0 for no bound"),
      ]
    ) { options throws(SamplingError) in
      let longest = try (options["longest"] ?? 0).checkedNotNegative("longest")
      return try SignalToNoiseCorrector(
        ratio: options["snr"] ?? 0.16,
        usesBatchMean: (options["batch-mean"] ?? 0).checkedWhole("batch-mean", in: 0...1) == 1,
        followsDecay: (options["decay"] ?? 1).checkedWhole("decay", in: 0...1) == 1,
        longest: longest > 0 ? longest : .infinity)
    },
    CorrectorEntry(
      summary: UnderdampedCorrector.summary,
      parameters: underdampedParameters(step: 0.2, steps: 5)
    ) { options throws(SamplingError) in
      try UnderdampedCorrector(
        step: options["step"] ?? 0.2, friction: options["friction"] ?? 2,
        steps: stepCount(options, usual: 5), unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    CorrectorEntry(
      summary: UnderdampedMidpointCorrector.summary,
      parameters: underdampedParameters(step: 0.4, steps: 3)
    ) { options throws(SamplingError) in
      try UnderdampedMidpointCorrector(
        step: options["step"] ?? 0.4, friction: options["friction"] ?? 2,
        steps: stepCount(options, usual: 3), unit: LangevinUnit(option: options["unit"] ?? 0))
    },
    CorrectorEntry(
      summary: MetropolisCorrector.summary,
      parameters: [
        MethodParameter("step", 0.5, "the step in squared units of length, positive"),
        MethodParameter("steps", 1, "the number of steps, 1 or more"), LangevinUnit.parameter,
      ]
    ) { options throws(SamplingError) in
      try MetropolisCorrector(
        step: options["step"] ?? 0.5, steps: stepCount(options, usual: 1),
        unit: LangevinUnit(option: options["unit"] ?? 0))
    },
  ]

  private static func stepCount(
    _ options: [String: Double], usual: Double
  ) throws(SamplingError) -> Int {
    try (options["steps"] ?? usual).checkedWhole("steps", in: 1...1_000_000)
  }

  private static func underdampedParameters(step: Double, steps: Double) -> [MethodParameter] {
    [
      MethodParameter("step", step, "the step in units of length, positive"),
      MethodParameter("friction", 2, "the rate at which velocities are forgotten, 0 or more"),
      MethodParameter("steps", steps, "the number of steps, 1 or more"), LangevinUnit.parameter,
    ]
  }
}
