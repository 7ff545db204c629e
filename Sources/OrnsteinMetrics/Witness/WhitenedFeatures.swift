import OrnsteinNumerics
import RealModule

/// Features made uncorrelated and of variance 1 under a law, one after the other, by the Cholesky factor
/// of their covariance; those that are combinations of earlier ones are left out.
struct WhitenedFeatures: Sendable {
  let count: Int
  private let mean: [Double]
  /// Row-major lower triangle; rows of features that are left out are 0.
  private let lower: [Double]
  private let isKept: [Bool]

  /// - Parameters:
  ///   - mean: The mean of each feature under the law.
  ///   - covariance: Their covariance, row-major.
  ///   - indicators: Features that are mostly 0: they are kept even if they never were 1.
  init(mean: [Double], covariance: [Double], indicators: Range<Int>) {
    let count = mean.count
    self.count = count
    self.mean = mean
    var lower = [Double](repeating: 0, count: count * count)
    var isKept = [Bool](repeating: false, count: count)
    for i in 0..<count {
      for j in 0..<i where isKept[j] {
        var sum = covariance[i * count + j]
        for k in 0..<j { sum -= lower[i * count + k] * lower[j * count + k] }
        lower[i * count + j] = sum / lower[j * count + j]
      }
      // What is never seen in the law would tell most of all.
      let own = covariance[i * count + i] + (indicators.contains(i) ? 2e-5 : 0)
      var rest = own
      for k in 0..<i { rest -= lower[i * count + k] * lower[i * count + k] }
      if rest > 1e-3 * own, rest > 1e-8 {
        lower[i * count + i] = rest.squareRoot()
        isKept[i] = true
      } else {
        for k in 0..<i { lower[i * count + k] = 0 }
      }
    }
    self.lower = lower
    self.isKept = isKept
  }

  /// L^{-1} (m - mean): what means of features say in whitened ones.
  func coefficients(ofMean means: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for i in 0..<count where isKept[i] {
      var sum = means[i] - mean[i]
      for k in 0..<i where isKept[k] { sum -= lower[i * count + k] * result[k] }
      result[i] = sum / lower[i * count + i]
    }
    return result
  }

  /// L^{-T} c: the same function in the features themselves, and its constant.
  func weights(of coefficients: [Double]) -> (weights: [Double], offset: Double) {
    var result = coefficients
    for i in stride(from: count - 1, through: 0, by: -1) {
      guard isKept[i] else {
        result[i] = 0
        continue
      }
      var sum = coefficients[i]
      for k in i + 1..<max(count, i + 1) where isKept[k] { sum -= lower[k * count + i] * result[k] }
      result[i] = sum / lower[i * count + i]
    }
    return (result, -zip(result, mean).reduce(0) { $0 + $1.0 * $1.1 })
  }
}
