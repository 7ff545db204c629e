#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A marginal transform made ready for many cells.
package struct MarginalCode: Sendable {
  private enum Map: Sendable {
    case linear(center: Double, scale: Double)
    case quantile(Knots)
    case levels(Levels)
  }

  private let map: Map
  private let resolution: Double

  package init(_ transform: MarginalTransform, resolution: Double) {
    self.resolution = resolution
    switch transform {
    case .linear(let center, let scale): map = .linear(center: center, scale: scale)
    case .quantile(let scores, let values): map = .quantile(Knots(scores: scores, values: values))
    case .levels(let values, let counts, let spread):
      map = .levels(Levels(values: values, counts: counts, spread: spread))
    }
  }

  /// The score of a value; `uniform` in (0, 1) places it in its printing interval or its level.
  package func score(of value: Double, uniform: Double) -> Double {
    let spread = value + resolution * (uniform - 0.5)
    switch map {
    case .linear(let center, let scale): return (spread - center) / scale
    case .quantile(let knots): return knots.score(of: spread, uniform: uniform)
    case .levels(let levels): return levels.score(of: value, uniform: uniform)
    }
  }

  /// The value of a score, before it is rounded to the resolution.
  package func value(of score: Double) -> Double {
    switch map {
    case .linear(let center, let scale): return center + scale * score
    case .quantile(let knots): return knots.value(of: score)
    case .levels(let levels): return levels.value(of: score)
    }
  }

  /// Whether a value always has the same score, so that its scores have no density.
  package var isAtomic: Bool {
    if case .levels(let levels) = map { levels.spread == 0 } else { false }
  }

  /// What the log-density of scores needs to become that of values: log dscore/dvalue or, where a
  /// value owns an interval of scores, minus the log-density with which its score was drawn.
  package func logDerivative(at score: Double) -> Double {
    switch map {
    case .linear(_, let scale): return -log(scale)
    case .quantile(let knots): return knots.logDerivative(at: score)
    case .levels(let levels): return levels.logDerivative(at: score)
    }
  }
}

extension NormalDistribution {
  /// log phi(z).
  fileprivate static func logDensity(_ z: Double) -> Double { -z * z / 2 - log(2 * Double.pi) / 2 }
}

/// The number of elements of a sorted list that are at most `x`.
@inline(__always)
private func upperBound(_ sorted: [Double], _ x: Double) -> Int {
  sorted.withUnsafeBufferPointer { sorted in
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low &+ high) >> 1
      if sorted[middle] <= x { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}

/// A piecewise linear map between increasing knots.
private struct Knots: Sendable {
  let scores: [Double]
  let values: [Double]
  let lowSlope: Double
  let highSlope: Double

  init(scores: [Double], values: [Double]) {
    self.scores = scores
    self.values = values
    let last = scores.count - 1
    let tenth = max(last / 10, 1)
    lowSlope = Self.slope(scores, values, 0, tenth, last)
    highSlope = Self.slope(scores, values, last - tenth, last, last)
  }

  private static func slope(
    _ scores: [Double], _ values: [Double], _ from: Int, _ to: Int, _ last: Int
  ) -> Double {
    let local = (values[to] - values[from]) / (scores[to] - scores[from])
    return local > 0 ? local : (values[last] - values[0]) / (scores[last] - scores[0])
  }

  func value(of score: Double) -> Double {
    let last = scores.count - 1
    if score <= scores[0] { return values[0] + (score - scores[0]) * lowSlope }
    if score >= scores[last] { return values[last] + (score - scores[last]) * highSlope }
    let upper = upperBound(scores, score)
    let place = (score - scores[upper - 1]) / (scores[upper] - scores[upper - 1])
    // Without a difference of values, which could overflow; equal values stay as they are.
    let (low, high) = (values[upper - 1], values[upper])
    return low == high ? low : low * (1 - place) + high * place
  }

  func score(of value: Double, uniform: Double) -> Double {
    let last = scores.count - 1
    if value < values[0] { return scores[0] + (value - values[0]) / lowSlope }
    if value > values[last] { return scores[last] + (value - values[last]) / highSlope }
    let upper = upperBound(values, value)
    if upper > 0, values[upper - 1] == value {
      var lower = upper - 1
      while lower > 0, values[lower - 1] == value { lower -= 1 }
      let (low, high) = (scores[lower], scores[upper - 1])
      guard high > low else { return low }
      let (from, to) = (
        NormalDistribution.cumulative(low), NormalDistribution.cumulative(high)
      )
      return min(max(NormalDistribution.quantile(from + (to - from) * uniform), low), high)
    }
    let (low, high) = (values[upper - 1], values[upper])
    // Halved, so that the difference of two large values stays finite.
    let place = (value / 2 - low / 2) / (high / 2 - low / 2)
    return scores[upper - 1] + place * (scores[upper] - scores[upper - 1])
  }

  func logDerivative(at score: Double) -> Double {
    let last = scores.count - 1
    if score < scores[0] { return -log(lowSlope) }
    if score > scores[last] { return -log(highSlope) }
    var upper = min(max(upperBound(scores, score), 1), last)
    var lower = upper - 1
    let (low, high) = (values[lower], values[upper])
    if low < high {
      return log(scores[upper] - scores[lower]) - log(high / 2 - low / 2) - log(2)
    }
    while lower > 0, values[lower - 1] == low { lower -= 1 }
    while upper < last, values[upper + 1] == low { upper += 1 }
    let share =
      NormalDistribution.cumulative(scores[upper]) - NormalDistribution.cumulative(scores[lower])
    return log(share) - NormalDistribution.logDensity(score)
  }
}

/// Ordered categories as intervals of the normal distribution.
private struct Levels: Sendable {
  let values: [Double]
  let spread: Double
  /// Shares of the values below level k; one more entry for all.
  let cumulative: [Double]
  /// Between level k and k + 1, as coordinates.
  let thresholds: [Double]
  let center: Double
  let scale: Double

  init(values: [Double], counts: [Int], spread: Double) {
    self.values = values
    self.spread = spread
    let total = counts.reduce(0) { $0 + Double($1) }
    var below = 0.0
    var cumulative = [0.0]
    for count in counts {
      below += Double(count)
      cumulative.append(below / total)
    }
    self.cumulative = cumulative
    var mean = 0.0
    var square = 0.0
    let places = 16
    for level in values.indices {
      let share = (cumulative[level + 1] - cumulative[level]) / Double(places)
      for place in 0..<places where share > 0 {
        let uniform = (Double(place) + 0.5) / Double(places)
        let score = Self.rawScore(cumulative, level, uniform, spread)
        mean += share * score
        square += share * score * score
      }
    }
    let deviation = max(square - mean * mean, 0).squareRoot()
    center = mean
    scale = deviation > 0 ? deviation : 1
    var thresholds: [Double] = []
    for level in values.indices.dropLast() {
      let edge = NormalDistribution.quantile(cumulative[level + 1])
      thresholds.append((edge - center) / scale)
    }
    self.thresholds = thresholds
  }

  private static func rawScore(
    _ cumulative: [Double], _ level: Int, _ uniform: Double, _ spread: Double
  ) -> Double {
    let (low, high) = (cumulative[level], cumulative[level + 1])
    return NormalDistribution.quantile(low + (high - low) * (0.5 + spread * (uniform - 0.5)))
  }

  func score(of value: Double, uniform: Double) -> Double {
    let upper = upperBound(values, value)
    var level = max(upper - 1, 0)
    if upper > 0, upper < values.count, values[upper] - value < value - values[upper - 1] {
      level = upper
    }
    // A level that never occurred owns no interval: the nearest one that did stands in for it.
    if cumulative[level + 1] == cumulative[level] { level = nearestOccurring(to: level) }
    return (Self.rawScore(cumulative, level, uniform, spread) - center) / scale
  }

  func value(of score: Double) -> Double { values[upperBound(thresholds, score)] }

  func logDerivative(at score: Double) -> Double {
    let level = upperBound(thresholds, score)
    let share = cumulative[level + 1] - cumulative[level]
    return log(share * spread / scale) - NormalDistribution.logDensity(center + scale * score)
  }

  private func nearestOccurring(to level: Int) -> Int {
    let occurring = values.indices.filter { cumulative[$0 + 1] > cumulative[$0] }
    return occurring.min { abs($0 - level) < abs($1 - level) } ?? level
  }
}
