extension PredictorEntry {
  /// Stochastic multistep, accelerated, randomized and parallel samplers.
  static let stochastic: [PredictorEntry] = [
    PredictorEntry(
      summary: SecondOrderMultistepSDE.summary,
      parameters: [
        MethodParameter("eta", 1, "the noise against that of the reverse SDE, 0 or more"),
        MethodParameter("form", 0, "0 for the midpoint form, 1 for the heun form"),
      ]
    ) { options throws(SamplingError) in
      try SecondOrderMultistepSDE(
        eta: options["eta"] ?? 1,
        form: try options.choice("form", of: SecondOrderMultistepSDE.Form.self))
    },
    PredictorEntry(
      summary: ThirdOrderMultistepSDE.summary,
      parameters: [
        MethodParameter("eta", 1, "the noise against that of the reverse SDE, 0 or more")
      ]
    ) { options throws(SamplingError) in
      try ThirdOrderMultistepSDE(eta: options["eta"] ?? 1)
    },
    PredictorEntry(summary: AcceleratedSDE.summary) { _ in AcceleratedSDE() },
    PredictorEntry(summary: AcceleratedODE.summary) { _ in AcceleratedODE() },
    PredictorEntry(summary: RandomizedMidpoint.summary) { _ in RandomizedMidpoint() },
    PredictorEntry(
      summary: PicardIteration.summary,
      parameters: [
        MethodParameter("block", 10, "the steps solved together, 1 to 1000"),
        MethodParameter("rounds", 5, "the rounds of a block, 1 to block"),
        MethodParameter("ode", 0, "0 for the reverse SDE, 1 for the probability flow"),
      ]
    ) { options throws(SamplingError) in
      try PicardIteration(
        block: try options.count("block", usual: 10),
        rounds: try options.count("rounds", usual: 5),
        equation: try options.choice("ode", of: PicardIteration.Equation.self))
    },
  ]
}
