extension PredictorEntry {
  /// Several scores a step, or scores of earlier steps.
  static let multistep: [PredictorEntry] = [
    PredictorEntry(
      summary: LinearMultistep.summary,
      parameters: [MethodParameter("order", 4, "the scores that a step combines, 1 to 6")]
    ) { options throws(SamplingError) in
      try LinearMultistep(order: LinearMultistep.orderOption.value(in: options))
    },
    PredictorEntry(
      summary: ExponentialAdamsBashforth.summary,
      parameters: [
        MethodParameter("order", 3, "the values that a step combines, 1 to 4"),
        MethodParameter("quantity", 1, "0 for the noise, 1 for the denoiser, 2 for the velocity"),
        lowerOrderFinal,
      ]
    ) { options throws(SamplingError) in
      let quantity = try ExponentialAdamsBashforth.quantityOption.value(in: options)
      return try ExponentialAdamsBashforth(
        order: ExponentialAdamsBashforth.orderOption.value(in: options),
        quantity: ExponentialAdamsBashforth.Quantity(rawValue: quantity) ?? .denoiser,
        lowersAtEnd: flag("lower-order-final", options))
    },
    PredictorEntry(
      summary: Heun.summary,
      parameters: [
        MethodParameter(
          "last-correction", 1, "0 for an Euler step at the end, 1 for Heun's if it can be")
      ]
    ) { options throws(SamplingError) in
      Heun(correctsLast: try flag("last-correction", options))
    },
    PredictorEntry(
      summary: ChurnedHeun.summary,
      parameters: [
        MethodParameter("s-churn", 0, "the noise added in all steps together, 0 or more"),
        MethodParameter("s-tmin", 0, "the lowest sigma / alpha at which noise is added"),
        MethodParameter(
          "s-tmax", ChurnedHeun.noLimit, "the highest sigma / alpha at which noise is added"),
        MethodParameter("s-noise", 1, "the relative deviation of the added noise, 0 or more"),
      ]
    ) { options throws(SamplingError) in
      try ChurnedHeun(
        churn: options["s-churn"] ?? 0, lowest: options["s-tmin"] ?? 0,
        highest: options["s-tmax"] ?? ChurnedHeun.noLimit, inflation: options["s-noise"] ?? 1)
    },
    PredictorEntry(
      summary: DPMSolverPlusPlus2M.summary, parameters: [taylor, lowerOrderFinal]
    ) { options throws(SamplingError) in
      DPMSolverPlusPlus2M(
        isTaylor: try flag("taylor", options), lowersAtEnd: try flag("lower-order-final", options))
    },
    PredictorEntry(
      summary: DPMSolverPlusPlus3M.summary, parameters: [taylor, lowerOrderFinal]
    ) { options throws(SamplingError) in
      DPMSolverPlusPlus3M(
        isTaylor: try flag("taylor", options), lowersAtEnd: try flag("lower-order-final", options))
    },
    PredictorEntry(
      summary: DPMSolver2M.summary, parameters: [taylor, lowerOrderFinal]
    ) { options throws(SamplingError) in
      DPMSolver2M(
        isTaylor: try flag("taylor", options), lowersAtEnd: try flag("lower-order-final", options))
    },
    PredictorEntry(
      summary: UniPC.summary,
      parameters: [
        MethodParameter("order", 2, "the denoisers that the predictor combines, 1 to 3"),
        MethodParameter("bh", 2, "the function B of the paper, 1 or 2"),
        MethodParameter("corrector", 1, "0 for the predictor alone, UniP; 1 for UniPC"),
        MethodParameter(
          "last-correction", 0, "1 to correct the last step too, at one evaluation; 0 not to"),
        lowerOrderFinal,
      ]
    ) { options throws(SamplingError) in
      try UniPC(
        order: UniPC.orderOption.value(in: options),
        variant: UniPC.variantOption.value(in: options),
        isCorrected: flag("corrector", options), correctsLast: flag("last-correction", options),
        lowersAtEnd: flag("lower-order-final", options))
    },
  ]

  private static let taylor = MethodParameter(
    "taylor", 0, "0 for the midpoint form, 1 for the exactly integrated line")
  private static let lowerOrderFinal = MethodParameter(
    "lower-order-final", 0, "1 to let the order fall to 1 towards the last step, 0 not to")

  private static func flag(
    _ name: String, _ options: [String: Double]
  ) throws(SamplingError) -> Bool {
    try WholeNumberOption(name: name, range: 0...1).value(in: options) == 1
  }
}

extension PredictorSpecification {
  /// `heun`: ``Heun``.
  public static let heun = PredictorSpecification(
    name: Heun.summary.name, parameters: ["last-correction": 1])
  /// `dpm++2m`: ``DPMSolverPlusPlus2M``.
  public static let dpmSolverPlusPlus2M = PredictorSpecification(
    name: DPMSolverPlusPlus2M.summary.name, parameters: ["taylor": 0, "lower-order-final": 0])
  /// `dpm++3m`: ``DPMSolverPlusPlus3M``.
  public static let dpmSolverPlusPlus3M = PredictorSpecification(
    name: DPMSolverPlusPlus3M.summary.name, parameters: ["taylor": 0, "lower-order-final": 0])

  /// `lms`: ``LinearMultistep`` of an order from 1 to 6.
  public static func linearMultistep(order: Int = 4) -> PredictorSpecification {
    PredictorSpecification(name: LinearMultistep.summary.name, parameters: ["order": Double(order)])
  }
}
