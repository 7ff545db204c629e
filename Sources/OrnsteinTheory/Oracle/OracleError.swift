/// Why the exact law of a sampler cannot be computed.
public enum OracleError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A step is not affine in the points and their scores.
  case notAffine(step: Int, operation: String)
  /// An instruction reads a register that nothing has written.
  case readsNothing(step: Int, register: Int)
  /// What the step reads depends on more than one point: on points before the last noise.
  case notMarkov(step: Int, register: Int)
  /// The step takes its length from the score of each point, and the law has tails of infinite mean.
  case heavyTails(step: Int, operation: String)
  /// A step accepts or rejects by log-densities, which the model does not know.
  case logDensityMissing(step: Int)
  /// The moments are not those of a normal law, or do not fit.
  case invalidLaw(String)
  /// The law of the points has run out of the range of ordinary numbers.
  case notFinite(step: Int)
  /// The divergence has no closed form between these laws.
  case noClosedForm(String)
  /// The noise of a step is too small for the spacing of the grid.
  case gridTooCoarse(step: Int, deviation: Double, spacing: Double)
  /// Part of the mass lies outside the grid, or has been lost between its nodes.
  case massLost(step: Int, mass: Double)
  /// A deterministic map folds the space: the determinant of its derivative is not positive.
  case notMonotone(step: Int)
  /// The density that one compares with has mass away from the propagated points.
  case referenceNotCovered(mass: Double)
  /// The flow has no level without signal or without noise.
  case invalidLevel(time: Double)
  /// A point of the flow did not converge to the tolerance.
  case notConverged(row: Int, logSNR: Double)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .notAffine(let step, let operation):
      "Step \(step) applies \(operation), which is not affine in the points, so the law has no "
        + "closed form; draw points instead."
    case .readsNothing(let step, let register):
      "Step \(step) reads register \(register), which no step before it has written."
    case .notMarkov(let step, let register):
      "Step \(step) reads register \(register), which holds what was known before the last noise (a "
        + "history, a velocity, a noise used again): the future depends on more than the point, and a "
        + "density on the line cannot follow that; take normal data, or draw points."
    case .heavyTails(let step, let operation):
      "Step \(step) applies \(operation) with the norms of each point: near a mode its length has no "
        + "bound, and no grid holds the tails of its law; take means over the block of rows instead."
    case .logDensityMissing(let step):
      "Step \(step) accepts points by their log-density, which this model does not know."
    case .invalidLaw(let reason): "The law cannot be used: \(reason)."
    case .notFinite(let step):
      "The moments are not finite after step \(step); the method is not stable with steps this long."
    case .noClosedForm(let reason): "The divergence has no closed form: \(reason)."
    case .gridTooCoarse(let step, let deviation, let spacing):
      "Step \(step) adds noise of deviation \(deviation), too little for nodes \(spacing) apart; "
        + "take a grid of more nodes."
    case .massLost(let step, let mass):
      "The density has mass \(mass) in place of 1 after step \(step); take a wider grid, or one of "
        + "more nodes."
    case .notMonotone(let step):
      "The map up to step \(step) folds the space; take shorter steps."
    case .referenceNotCovered(let mass):
      "The propagated points cover mass \(mass) of the law to compare with; take a wider grid."
    case .invalidLevel(let time):
      "At time \(time) no signal or no noise is left, and the flow is not defined."
    case .notConverged(let row, let logSNR):
      "The flow of row \(row) did not converge near log(alpha / sigma) = \(logSNR); ask for a "
        + "larger tolerance."
    }
  }
}
