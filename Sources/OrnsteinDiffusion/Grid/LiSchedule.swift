import RealModule

/// The noise schedule of Li, Wei, Chen and Chi.
///
/// A chain of T steps X_t = sqrt(alpha_t) X_{t-1} + sqrt(1 - alpha_t) W_t with
///
///     1 - alpha_1 = T^{-c0}
///     1 - alpha_t = (c1 log T / T) min{(1 - alpha_1) (1 + c1 log T / T)^t, 1},  t >= 2.
///
/// The noise of a step first grows at a fixed rate and then is constant.
///
/// - Source: arXiv 2306.09251, section 2; the same in 2403.03852.
public struct LiSchedule: Sendable, Hashable {
  /// T, the number of levels of the chain.
  public let count: Int
  /// The exponent of the first step's noise.
  public let c0: Double
  /// The rate of growth.
  public let c1: Double
  /// 1 - alpha_t for t = 1, ..., T.
  public let noises: [Double]
  /// -log(alpha-bar_t) / 2, the canonical time of level t = 1, ..., T.
  public let canonicalTimes: [Double]

  /// The usual c0 and c1.
  static let usual = (c0: 2.0, c1: 4.0)

  /// The largest alpha-bar_T that is taken for "no signal left".
  public static let largestSignal = 1e-3

  /// The schedule of a chain.
  ///
  /// - Parameters:
  ///   - count: T, 2 or more.
  ///   - c0: Above 0; 2 is usual.
  ///   - c1: Above 0; 4 is usual.
  /// - Throws: ``GridError/invalidOption(option:value:requirement:)`` unless c1 log(T) / T < 1;
  ///   ``GridError/signalLeft(steps:alphaBar:)`` if alpha-bar_T is 1e-3 or more.
  public init(count: Int, c0: Double = 2, c1: Double = 4) throws(GridError) {
    guard c0 > 0, c0.isFinite else {
      throw .invalidOption(option: "c0", value: c0, requirement: "must be above 0")
    }
    guard c1 > 0, c1.isFinite else {
      throw .invalidOption(option: "c1", value: c1, requirement: "must be above 0")
    }
    let length = Double(count)
    let rate = c1 * .log(length) / length
    guard count >= 2, rate < 1 else {
      throw .invalidOption(
        option: "c1", value: c1,
        requirement: "needs c1 log(T) / T below 1 with T = \(count) levels; take more steps")
    }
    let first = Double.exp(-c0 * .log(length))
    var noises = [first]
    for t in 2...count {
      let growth = min(.log(first) + Double(t) * .log(onePlus: rate), 0)
      noises.append(rate * .exp(growth))
    }
    var (times, time) = ([Double](), 0.0)
    for noise in noises {
      time -= .log(onePlus: -noise) / 2
      times.append(time)
    }
    let alphaBar = Double.exp(-2 * time)
    guard alphaBar < Self.largestSignal else {
      throw .signalLeft(steps: count, alphaBar: alphaBar)
    }
    self.count = count
    self.c0 = c0
    self.c1 = c1
    self.noises = noises
    canonicalTimes = times
  }
}
