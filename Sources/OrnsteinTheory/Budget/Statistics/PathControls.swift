import OrnsteinDiffusion
import RealModule

/// What is measured along forward paths at a level, as an affine function of the point for the normal
/// law with the same mean and variances: the control variate of the measurement.
///
/// The martingales of the reversed process are e^{-t} s_t, the denoiser and e^t (s_t + x).
struct PathControls {
  /// A quantity that is a martingale of the reversed process.
  enum Martingale: Int, CaseIterable {
    case score, denoiser, relativeScore
  }

  /// The mean of X_0.
  let mean: [Double]
  /// The variance of each coordinate of X_0.
  let variances: [Double]

  init(_ moments: DataMoments) {
    mean = moments.mean
    variances = (0..<moments.dimension).map {
      moments.covariance[$0 * moments.dimension + $0]
    }
  }

  /// The factor of x - E X_t in the martingale, a coordinate.
  func factors(_ martingale: Martingale, at end: StepEnd) -> [Double] {
    variances.map { variance in
      let total = end.squaredSignal * variance + end.variance
      return switch martingale {
      case .score: -end.signal / total
      case .denoiser: end.signal * variance / total
      case .relativeScore: (total - 1) / (total * end.signal)
      }
    }
  }

  /// E of the squared change of the normal martingale between two levels, a < b.
  func expectedChange(
    from a: StepEnd, _ low: [Double], to b: StepEnd, _ high: [Double]
  ) -> Double {
    let ratio = b.signal / a.signal
    var sum = 0.0
    for (axis, variance) in variances.enumerated() {
      let below = a.squaredSignal * variance + a.variance
      let above = b.squaredSignal * variance + b.variance
      sum +=
        low[axis] * low[axis] * below + high[axis] * high[axis] * above
        - 2 * low[axis] * high[axis] * ratio * below
    }
    return sum
  }
}
