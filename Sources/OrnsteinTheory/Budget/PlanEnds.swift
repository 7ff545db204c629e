import OrnsteinDiffusion
import RealModule

/// The levels of a plan up to the last one that its paths reach with their noise, and what happens
/// after it.
struct PlanEnds {
  /// The canonical times, ascending.
  let canonicalTimes: [Double]
  /// Whether the paths are those of frozen steps; a last step without noise that only a frozen denoiser
  /// explains makes them unknown.
  let stepsAreFrozen: Bool
  private let plan: SamplingPlan
  /// The last level with noise in the path, and the one after it if the last step is no step of the
  /// path.
  private let stop: NoiseLevel
  private let beyond: NoiseLevel?

  init(_ plan: SamplingPlan) throws {
    self.plan = plan
    var levels = try plan.levels()
    var beyond: NoiseLevel?
    if let last = levels.last, last.sigma == 0 || plan.finish == .mean, levels.count > 2 {
      beyond = last
      levels.removeLast()
    }
    guard let stop = levels.last, stop.sigma > 0, stop.canonicalTime > 0 else {
      throw BudgetError.noNoiseAtStop
    }
    self.stop = stop
    self.beyond = beyond
    let freezing = Freezing(of: plan)
    stepsAreFrozen = freezing != nil && (beyond == nil || freezing == .denoiser)
    canonicalTimes = levels.reversed().map(\.canonicalTime)
    guard zip(canonicalTimes, canonicalTimes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw BudgetError.invalidTimes
    }
  }

  /// The distance between data and exactly noised data after what the plan does at the end.
  func earlyStopping(_ statistics: PathStatistics) -> Quantity {
    let error =
      statistics.isAbsolute && statistics.basis != .selfConsistent
      ? statistics[0].meanSquareError : .unknown
    let known = error.isKnown ? max(error.value, 0) : nil
    guard let beyond else {
      guard
        let bound = EarlyStopping.bound(
          after: plan.finish, at: stop, moments: statistics.moments, meanSquareError: known)
      else { return .unknown }
      return .bound(bound)
    }
    // The posterior mean replaces X_0 in the bridge to the next level, without its noise.
    guard stepsAreFrozen else { return .unknown }
    let bridge = stop.bridge(to: beyond)
    let denoised = EarlyStopping.boundDenoised(
      at: stop, moments: statistics.moments, meanSquareError: known)
    let noise =
      bridge.position * stop.sigma * Double(statistics.dimension).squareRoot()
    return .bound((bridge.origin * denoised + noise) / beyond.alpha)
  }
}
