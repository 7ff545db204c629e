/// The mean of the numbers whose coordinates have a normal law: what a column is expected to hold, where
/// its map to coordinates is bent.
package struct NumberMean: Sendable {
  /// Standard normal quantiles in the middle of intervals of equal probability.
  private static let places: [Double] = (0..<64).map {
    NormalDistribution.quantile((Double($0) + 0.5) / 64)
  }

  private let code: NumberCode

  /// The means of a column, or `nil` if it holds no varying numbers.
  package init?(_ schema: ColumnSchema) {
    guard !schema.isConstant else { return nil }
    switch schema.kind {
    case .continuous(let range): code = NumberCode(range, isInteger: false)
    case .integer(let range): code = NumberCode(range, isInteger: true)
    case .boolean, .categorical, .angle, .empty: return nil
    }
  }

  /// The mean of the values, moved into the bounds, of coordinates N(mean, deviation^2), by 64 points of
  /// equal probability.
  package func value(mean: Double, deviation: Double) -> Double {
    guard deviation > 0 else { return bounded(mean) }
    return Self.places.reduce(0) { $0 + bounded(mean + deviation * $1) / 64 }
  }

  private func bounded(_ score: Double) -> Double {
    min(max(code.code.value(of: score), code.minimum), code.maximum)
  }

  /// The nearest number that the column can hold.
  package func rounded(_ value: Double) -> Double {
    code.isInteger ? value.rounded() + 0 : code.format.rounded(value)
  }
}
