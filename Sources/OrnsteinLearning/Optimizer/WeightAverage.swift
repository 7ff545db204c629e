import RealModule

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
