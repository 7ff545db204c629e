import RealModule

/// How much higher the mean log-density of rows is under one law than under another, in nats a row.
public struct LogDensityGain: Sendable, Hashable, Codable {
  /// The mean of the differences.
  public var mean: Double
  /// Its standard error.
  public var standardError: Double

  /// The gain of one law over another on the same rows.
  ///
  /// - Parameters:
  ///   - better: The log-density of each row under the one law.
  ///   - base: The log-density of each row under the other.
  ///   - weights: A number of 0 or more for each row, not all 0.
  init(of better: [Double], over base: [Double], weights: [Double]) {
    let total = weights.reduce(0, +)
    var sum = 0.0
    for row in weights.indices { sum += weights[row] * (better[row] - base[row]) }
    let mean = sum / total
    var square = 0.0
    for row in weights.indices {
      let deviation = weights[row] * (better[row] - base[row] - mean)
      square += deviation * deviation
    }
    let count = Double(weights.count)
    self.mean = mean
    standardError = (square * count / max(count - 1, 1)).squareRoot() / total
  }
}
