import RealModule

/// The straight line from data to noise: x_t = (1 - t) x_0 + t xi, t in [0, 1).
///
/// Its probability-flow velocity E[xi - x_0 | x_t] is what flow matching learns.
///
/// - Source: Liu, Gong, Liu, arXiv 2209.03003; Lipman et al., arXiv 2210.02747 (with the direction of
///   time reversed); Albergo, Boffi, Vanden-Eijnden, arXiv 2303.08797.
public struct RectifiedFlow: ForwardProcess, Hashable {
  /// The process.
  public init() {}

  /// 0 to 0.9999: at 1 nothing of the signal is left and the drift is infinite.
  public var timeRange: ClosedRange<Double> { 0...0.9999 }

  /// 0.995, where log(alpha / sigma) is -5.3.
  public var horizon: Double { 0.995 }

  /// The scales 1 - t and t.
  public func level(at time: Double) -> NoiseLevel {
    NoiseLevel(time: time, alpha: 1 - time, sigma: time)
  }

  /// -1 / (1 - t).
  public func drift(at time: Double) -> Double { -1 / (1 - time) }

  /// 2 t / (1 - t).
  public func squaredDiffusion(at time: Double) -> Double { 2 * time / (1 - time) }

  /// 1 / (1 + e^lambda).
  public func time(ofLogSNR logSNR: Double) -> Double { 1 / (1 + .exp(logSNR)) }
}
