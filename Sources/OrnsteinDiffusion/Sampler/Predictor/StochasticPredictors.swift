extension PredictorEntry {
  /// Stochastic multistep, accelerated, randomized and parallel samplers.
  static let stochastic: [PredictorEntry] = [
    PredictorEntry(
      summary: SecondOrderMultistepSDE.summary,
      parameters: [
        MethodParameter("eta", 1, "the noise against that of the reverse SDE, 0 or more"),
        MethodParameter("taylor", 0, "0 for the midpoint form, 1 for the exactly integrated line"),
      ]
    ) { options throws(SamplingError) in
      try SecondOrderMultistepSDE(
        eta: options["eta"] ?? 1,
        isTaylor: try WholeNumberOption(name: "taylor", range: 0...1).value(in: options) == 1)
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
      let block = try WholeNumberOption(name: "block", range: 1...1000).value(in: options)
      let ode = try WholeNumberOption(name: "ode", range: 0...1).value(in: options)
      return try PicardIteration(
        block: block,
        rounds: try WholeNumberOption(name: "rounds", range: 1...block).value(in: options),
        equation: ode == 1 ? .probabilityFlow : .reverseSDE)
    },
  ]
}
