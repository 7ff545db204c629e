import RealModule

/// The learning rate over a run: linear warm-up, then a half cosine down to a floor.
///
/// A pure function of the step and the total number of steps, so a resumed run continues exactly.
public struct LearningRateSchedule: Codable, Sendable, Hashable {
  /// The highest learning rate.
  public var peak: Double
  /// The steps of the warm-up, at most a fifth of all.
  public var warmUpSteps: Int
  /// The last learning rate as a fraction of the peak.
  public var floor: Double

  /// A schedule.
  public init(peak: Double = 3e-3, warmUpSteps: Int = 100, floor: Double = 0.01) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.floor = floor
  }

  /// The learning rate of a step.
  ///
  /// With w warm-up steps and p = (s + 1 - w) / (N - w):
  ///
  ///     peak (s + 1) / w                                   for s < w
  ///     peak (floor + (1 - floor) (1 + cos(pi p)) / 2)     after
  ///
  /// - Parameters:
  ///   - step: The step s, counted from 0.
  ///   - totalSteps: The number N of steps, or `nil` while it is not yet known, which holds the peak
  ///     after the warm-up.
  public func rate(step: Int, totalSteps: Int?) -> Double {
    let warmUp = min(warmUpSteps, totalSteps.map { max(1, $0 / 5) } ?? .max)
    if step < warmUp { return peak * Double(step + 1) / Double(warmUp) }
    guard let totalSteps, totalSteps > warmUp else { return peak }
    let progress = min(1, Double(step + 1 - warmUp) / Double(totalSteps - warmUp))
    return peak * (floor + (1 - floor) * (1 + .cos(.pi * progress)) / 2)
  }
}
