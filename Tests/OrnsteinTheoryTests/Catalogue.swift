import OrnsteinDiffusion

/// The methods of the catalogue, by what an oracle can do with them.
enum Catalogue {
  /// The predictors whose steps are not affine, by name; every other one must have a closed form.
  static let notAffinePredictors: Set<String> = ["mala"]
  /// The correctors whose steps are not affine.
  static let notAffineCorrectors: Set<String> = ["mala", "song"]

  static let plan = SamplingPlan(
    grid: GridSpecification(.logSNR, steps: 8, horizon: 1.5, stop: 0.02), finish: .none, seed: 21)

  static func plan(_ predictor: PredictorSpecification) -> SamplingPlan {
    var plan = plan
    plan.predictor = predictor
    return plan
  }

  static func plan(_ corrector: CorrectorSpecification) -> SamplingPlan {
    var plan = plan
    plan.corrector = corrector
    return plan
  }

  static func isAffine(_ plan: SamplingPlan) -> Bool { (try? plan.program().isAffine) ?? true }

  static let affinePredictors = PredictorSpecification.all.filter { isAffine(plan($0)) }
  static let affineCorrectors = CorrectorSpecification.all.filter { isAffine(plan($0)) }
}
