import RealModule

/// The least steps that an ``ExplicitBound`` says suffice for a wanted error, and the horizon and stop
/// that need so few.
public struct ExplicitPlan: Sendable {
  /// The horizon, a canonical time.
  public let horizon: Double
  /// The stop, a canonical time; 0 for none.
  public let stop: Double
  /// The number of steps.
  public let steps: Double
  /// The bound with these.
  public let evaluation: ExplicitEvaluation

  /// Why no number of steps suffices.
  public enum Failure: Error, Equatable, Sendable {
    /// Inputs are absent.
    case missing([BoundInput])
    /// The score error costs more than the wanted error at every horizon at which the initialization
    /// does not.
    case score
    /// The bound is a bound of no such error without these inputs.
    case unbounded([BoundInput])
    /// More steps than the bound can be evaluated for.
    case steps(Double)
  }
}

extension ExplicitBound {
  /// The least steps for a wanted error, over horizons, and over stops where the error is a Wasserstein
  /// distance.
  ///
  /// The horizon is the best of a scan with the price of 512 steps as a guide; the steps are the least
  /// that pass at that horizon. A horizon or a stop among the inputs is kept.
  ///
  /// - Parameters:
  ///   - error: The wanted error.
  ///   - measure: What it is an error of; Wasserstein distances need a support radius.
  ///   - inputs: What is known.
  /// - Throws: ``ExplicitPlan/Failure``.
  public func plan(
    for error: Double, in measure: ConvergenceResult.Measure, _ inputs: BoundInputs
  ) throws(ExplicitPlan.Failure) -> ExplicitPlan {
    switch measure {
    case .kullbackLeibler:
      return try plan(divergence: error, inputs, stop: inputs[.stop])
    case .totalVariation:
      return try plan(
        divergence: TotalVariationBounds.divergence(forTotalVariation: min(error, 1)), inputs,
        stop: inputs[.stop])
    case .wasserstein: return try planWasserstein(error, inputs)
    }
  }

  private func planWasserstein(
    _ error: Double, _ inputs: BoundInputs
  ) throws(ExplicitPlan.Failure) -> ExplicitPlan {
    let absent = [BoundInput.dimension, .supportRadius].filter { inputs[$0] == nil }
    guard let dimension = inputs[.dimension], let radius = inputs[.supportRadius] else {
      throw .unbounded(absent)
    }
    var best: ExplicitPlan?
    var failure = ExplicitPlan.Failure.score
    func attempt(_ stop: Double) {
      let left = error - WassersteinBound.smoothing(dimension: dimension, stop: stop)
      guard left > 0 else { return }
      let target = WassersteinBound.divergence(forDistance: left, supportRadius: radius)
      do throws(ExplicitPlan.Failure) {
        let plan = try plan(divergence: target, inputs, stop: stop)
        if plan.steps < best?.steps ?? .infinity { best = plan }
      } catch {
        failure = error
      }
    }
    if let stop = inputs[.stop] {
      attempt(stop)
    } else {
      if reachesData, self == .relativeFisher || inputs[.lipschitz] != nil { attempt(0) }
      for share in [0.02, 0.05, 0.1, 0.2, 0.3, 0.5] {
        attempt(WassersteinBound.stop(forSmoothing: share * error, dimension: dimension))
      }
    }
    guard let best else { throw failure }
    return best
  }

  private func plan(
    divergence target: Double, _ inputs: BoundInputs, stop: Double?
  ) throws(ExplicitPlan.Failure) -> ExplicitPlan {
    var absent = missing(in: inputs, steps: false)
    if stop != nil, stop != 0 { absent.removeAll { $0 == .stop } }
    guard absent.isEmpty else { throw .missing(absent) }
    let stop = stop ?? 0
    guard let horizon = bestHorizon(target, inputs, stop) else { throw .score }
    func passes(_ steps: Double) -> ExplicitEvaluation? {
      let evaluation = evaluate(inputs, horizon: horizon, stop: stop, steps: steps)
      let divergence = evaluation.divergence
      return divergence.isKnown && divergence.value <= target ? evaluation : nil
    }
    let limit = closedForms ? 1e15 : mostSummedSteps
    var high = 1.0
    var found = passes(high)
    var low = 0.0
    while found == nil {
      guard high < limit else { throw .steps(limit) }
      low = high
      high = min(limit, high * 2)
      found = passes(high)
    }
    while high - low > max(1, 1e-6 * high) {
      let middle = ((low + high) / 2).rounded()
      if let evaluation = passes(middle) {
        (high, found) = (middle, evaluation)
      } else {
        low = middle
      }
    }
    guard let found else { throw .steps(limit) }
    return ExplicitPlan(horizon: horizon, stop: stop, steps: high, evaluation: found)
  }

  private var closedForms: Bool { self != .relativeAny && self != .scoreAny }

  /// The horizon with the fewest predicted steps, or `nil` if every one leaves nothing for them.
  private func bestHorizon(
    _ target: Double, _ inputs: BoundInputs, _ stop: Double
  ) -> Double? {
    let pilot = 512.0
    var best: (horizon: Double, steps: Double)?
    let candidates = inputs[.horizon].map { [$0] } ?? (1...120).map { stop + 0.25 * Double($0) }
    for horizon in candidates {
      let start = initialization(inputs, at: horizon)
      guard start.isKnown, start.value < target else { continue }
      let scoreCost = inputs[.scoreError].map { $0 * $0 * (horizon - stop) } ?? 0
      let room: Double
      if self == .denoiserAny {
        room = target - start.value - scoreCost
      } else {
        let root = (target - start.value).squareRoot() - scoreCost.squareRoot()
        room = root > 0 ? root * root : 0
      }
      guard room > 0 else { continue }
      let cost = evaluate(inputs, horizon: horizon, stop: stop, steps: pilot).discretization
      guard cost.isKnown else { continue }
      let steps = cost.value * pilot / room
      if steps < best?.steps ?? .infinity { best = (horizon, steps) }
    }
    return best?.horizon
  }
}
