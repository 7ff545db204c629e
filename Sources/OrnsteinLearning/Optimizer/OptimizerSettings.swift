import OrnsteinNumerics
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
  public init(peak: Double = 1e-3, warmUpSteps: Int = 100, floor: Double = 0.01) {
    self.peak = peak
    self.warmUpSteps = warmUpSteps
    self.floor = floor
  }

  /// The learning rate of a step: with w warm-up steps and p = (s + 1 - w) / (N - w),
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

/// The running average of the weights, which is the model.
///
/// The power-function average of Karras et al. (arXiv 2312.02696, section 3.1): after step t the
/// weight of step s is proportional to s^gamma, so the average always covers the same fraction of the
/// run, needs no half-life to be chosen for its length, and has no bias toward the initial weights.
public struct WeightAverage: Codable, Sendable, Hashable {
  /// The exponent gamma; 6.94 makes the standard deviation of the average 10 % of the run.
  public var power: Double

  /// An average with the given exponent.
  public init(power: Double = 6.94) { self.power = power }

  /// The share of the newest weights: 1 - (1 - 1 / t)^(gamma + 1).
  ///
  /// - Parameter step: The step t, counted from 1.
  public func rate(step: Int) -> Double {
    step <= 1 ? 1 : -.expMinusOne((power + 1) * .log(onePlus: -1 / Double(step)))
  }
}

/// How gradients change weights: AdamW (Loshchilov, Hutter, arXiv 1711.05101) with clipping and
/// averaging.
public struct OptimizerSettings: Codable, Sendable, Hashable {
  /// The learning rate over the run.
  public var schedule: LearningRateSchedule
  /// The decay of the first moment.
  public var firstDecay: Double
  /// The decay of the second moment.
  public var secondDecay: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Decoupled weight decay, of every parameter.
  public var weightDecay: Double
  /// The norm to which a longer gradient is cut, or `nil` for none.
  public var clipNorm: Double?
  /// The average of the weights.
  public var average: WeightAverage

  /// Settings; the defaults suit networks of width 64 to 512.
  public init(
    schedule: LearningRateSchedule = LearningRateSchedule(), firstDecay: Double = 0.9,
    secondDecay: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0,
    clipNorm: Double? = 1, average: WeightAverage = WeightAverage()
  ) {
    self.schedule = schedule
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.average = average
  }

  /// The numbers of one step.
  ///
  /// - Parameters:
  ///   - step: The step, counted from 0.
  ///   - totalSteps: The number of steps of the run, if known.
  ///   - gradientNorm: The norm of the whole gradient.
  func step(_ step: Int, of totalSteps: Int?, gradientNorm: Double) -> AdamWSettings {
    AdamWSettings(
      learningRate: schedule.rate(step: step, totalSteps: totalSteps), firstDecay: firstDecay,
      secondDecay: secondDecay, epsilon: epsilon, weightDecay: weightDecay, step: step + 1,
      gradientScale: clipNorm.map { gradientNorm > $0 ? $0 / gradientNorm : 1 } ?? 1,
      averageRate: average.rate(step: step + 1))
  }
}
