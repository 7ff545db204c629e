extension PredictorEntry {
  /// Methods that plan their levels and coefficients for a model.
  static let planned: [PredictorEntry] = [
    PredictorEntry(summary: PlannedFlow.summary) { _ in PlannedFlow() },
    PredictorEntry(
      summary: PlannedDiffusion.summary,
      parameters: [
        MethodParameter(
          "eta", 0, "the noise of a step, up to 1; 0 for min(1, max(1/4, steps / 100))")
      ]
    ) { options throws(SamplingError) in
      let eta = options["eta"] ?? 0
      return try PlannedDiffusion(eta: eta == 0 ? nil : eta)
    },
  ]
}

extension PredictorSpecification {
  /// `ode`: ``PlannedFlow``.
  public static let plannedFlow = PredictorSpecification(
    name: PlannedFlow.summary.name, parameters: [:])

  /// `sde`: ``PlannedDiffusion``.
  ///
  /// - Parameter eta: The noise of a step, in (0, 1]; 0 for min(1, max(1/4, steps / 100)).
  public static func plannedDiffusion(eta: Double = 0) -> PredictorSpecification {
    PredictorSpecification(name: PlannedDiffusion.summary.name, parameters: ["eta": eta])
  }
}
