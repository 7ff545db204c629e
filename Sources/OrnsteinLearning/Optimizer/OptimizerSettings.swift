import OrnsteinNumerics

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
    secondDecay: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
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
