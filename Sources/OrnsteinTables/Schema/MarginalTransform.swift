/// The increasing map between the values of a numeric column and a coordinate of mean 0 and variance
/// 1 that a score can be learned on.
///
/// Heavy tails, skew and values that repeat would spoil the learning of a score, so values are mapped
/// to normal scores by default. Which map is chosen from data (`MarginalTransform.fitted`):
///
/// - `levels`, if at most 256 different values occur and each ten times on average: ordered
///   categories;
/// - `quantile`, if there are at least 32 values: the empirical quantiles mapped to normal ones;
/// - `linear` otherwise.
public enum MarginalTransform: Sendable, Equatable {
  /// (value - center) / scale.
  case linear(center: Double, scale: Double)

  /// Piecewise linear between the knots (score, value), both increasing, the slope of the outermost
  /// tenth of the knots beyond them. Equal neighbouring values mark a value that repeats.
  case quantile(scores: [Double], values: [Double])

  /// Level k owns the scores between the normal quantiles of the cumulative shares; a cell gets a
  /// random place in the middle of its interval (the central share `spread` of its probability),
  /// then (score - center) / scale. Decoding finds the interval, so no other value ever comes out.
  case levels(values: [Double], counts: [Int], spread: Double)

  /// The names of the maps in a schema file.
  public enum Name: String, Codable, Sendable, CaseIterable {
    /// Shift and scale.
    case linear
    /// Empirical quantiles to normal quantiles.
    case quantile
    /// Ordered categories.
    case levels
  }

  /// The name of the map.
  public var name: Name {
    switch self {
    case .linear: .linear
    case .quantile: .quantile
    case .levels: .levels
    }
  }
}

extension MarginalTransform {
  static let mostLevels = 256
  static let rowsPerLevel = 10
  static let leastRowsForQuantiles = 32
  static let mostKnots = 128
  static let levelSpread = 0.5

  /// The map for some values.
  ///
  /// - Parameters:
  ///   - sorted: At least two different values, in increasing order.
  ///   - resolution: The distance of neighbouring printable values, or 0.
  ///   - name: The map to use, or `nil` for the rule.
  package static func fitted(
    to sorted: [Double], resolution: Double, name: Name? = nil
  ) -> MarginalTransform {
    let runs = Runs(sorted)
    let few =
      runs.values.count <= mostLevels && sorted.count >= rowsPerLevel * runs.values.count
    let rule: Name = few ? .levels : sorted.count >= leastRowsForQuantiles ? .quantile : .linear
    switch name ?? rule {
    case .levels:
      return .levels(values: runs.values, counts: runs.counts, spread: levelSpread)
    case .quantile:
      return quantile(runs, rows: sorted.count, resolution: resolution)
    case .linear:
      let (mean, deviation) = moments(sorted)
      return .linear(center: mean, scale: deviation > 0 ? deviation : 1)
    }
  }

  static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(values.count)
    // Scaled by the largest magnitude, so that squares stay finite.
    let unit = values.reduce(0) { max($0, $1.magnitude) }
    guard unit > 0 else { return (0, 0) }
    let mean = values.reduce(0) { $0 + $1 / unit } / count
    let variance = values.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) } / count
    return (mean * unit, variance.squareRoot() * unit)
  }

  /// Knots at equally spaced normal scores, and at both edges of every value that repeats often.
  ///
  /// The values are spread evenly over their printing interval, as the encoding does.
  private static func quantile(_ runs: Runs, rows: Int, resolution: Double) -> MarginalTransform {
    let knots = min(max(Int(Double(rows).squareRoot()), 8), mostKnots)
    let extreme = -NormalDistribution.quantile(0.5 / Double(rows))
    let half = resolution / 2
    var pairs: [(score: Double, value: Double)] = []
    for knot in 0..<knots {
      let score = extreme * (2 * Double(knot) / Double(knots - 1) - 1)
      pairs.append((score, runs.quantile(NormalDistribution.cumulative(score), resolution)))
    }
    pairs[0].value = runs.values[0] - half
    pairs[knots - 1].value = runs.values[runs.values.count - 1] + half
    let often = max(3, rows / (2 * knots))
    for (index, value) in runs.values.enumerated() where runs.counts[index] >= often {
      let below = Double(runs.cumulative[index]) / Double(rows)
      let upTo = Double(runs.cumulative[index + 1]) / Double(rows)
      for (share, edge) in [(below, value - half), (upTo, value + half)] {
        let score = min(max(NormalDistribution.quantile(share), -extreme), extreme)
        pairs.append((score, edge))
      }
    }
    pairs.sort { ($0.score, $0.value) < ($1.score, $1.value) }
    return increasing(pairs)
  }

  /// Makes scores strictly increasing and values increasing.
  private static func increasing(_ pairs: [(score: Double, value: Double)]) -> MarginalTransform {
    let leastStep = 1e-4
    var scores: [Double] = []
    var values: [Double] = []
    for pair in pairs {
      let value = max(pair.value, values.last ?? pair.value)
      guard let lastScore = scores.last, let lastValue = values.last else {
        scores.append(pair.score)
        values.append(value)
        continue
      }
      if pair.score - lastScore < leastStep, value == lastValue { continue }
      scores.append(max(pair.score, lastScore + leastStep))
      values.append(value)
    }
    return .quantile(scores: scores, values: values)
  }
}

/// The different values of a sorted list and how often each occurs.
struct Runs {
  private(set) var values: [Double] = []
  private(set) var counts: [Int] = []
  /// How many elements lie below value k; one more entry for all.
  private(set) var cumulative: [Int] = [0]

  init(_ sorted: [Double]) {
    for value in sorted {
      if let last = values.last, last == value {
        counts[counts.count - 1] += 1
      } else {
        values.append(value)
        counts.append(1)
      }
    }
    for count in counts { cumulative.append(cumulative[cumulative.count - 1] + count) }
  }

  /// The quantile of the values, each spread evenly over its printing interval.
  func quantile(_ share: Double, _ resolution: Double) -> Double {
    let position = share * Double(cumulative[cumulative.count - 1])
    var low = 0
    var high = values.count - 1
    while low < high {
      let middle = (low + high) / 2
      if Double(cumulative[middle + 1]) < position { low = middle + 1 } else { high = middle }
    }
    let place = (position - Double(cumulative[low])) / Double(counts[low])
    return values[low] + resolution * (min(max(place, 0), 1) - 0.5)
  }
}
