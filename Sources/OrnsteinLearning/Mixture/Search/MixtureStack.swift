import RealModule

/// A weighted mean of laws with the highest log-density of rows that none of them has learned
/// (Smyth and Wolpert 1999, Linearly combining density estimators via stacking, Machine Learning 36).
///
/// Laws join one after another, each time the one that raises the mean log-density the most, as long as
/// that rise is ``significance`` times its standard error. By convexity KL(p || sum_m w_m q_m) is at most
/// sum_m w_m KL(p || q_m), and the more below it the more the errors of the members differ.
package struct MixtureStack {
  /// How many standard errors a law must bring in order to join.
  static let significance = 2.0
  private static let pairIterations = 15
  private static let weightIterations = 200
  private static let leastWeight = 0.01

  /// The places of the laws, the first being that it began with.
  package private(set) var members: [Int]
  /// Their weights, which sum to 1.
  package private(set) var weights = [1.0]
  /// How much better it is than the law it began with; `nil` if it is that alone.
  package private(set) var gain: LogDensityGain?

  /// The mean of a law and others.
  ///
  /// - Parameters:
  ///   - logDensities: For each law, the log-density of each row.
  ///   - rowWeights: A number of 0 or more for each row.
  ///   - first: The place of the law to begin with.
  ///   - memberLimit: The most laws.
  package init(
    of logDensities: [[Double]], weights rowWeights: [Double], on first: Int, memberLimit: Int
  ) {
    members = [first]
    guard memberLimit > 1, rowWeights.contains(where: { $0 > 0 }) else { return }
    let start = logDensities[first]
    var current = start
    while members.count < memberLimit {
      let found = logDensities.indices.filter { !members.contains($0) }.map {
        (place: $0, joined: Self.pair(current, logDensities[$0], rowWeights))
      }.max { Self.mean($0.joined, rowWeights) < Self.mean($1.joined, rowWeights) }
      guard let found else { break }
      let step = LogDensityGain(of: found.joined, over: current, weights: rowWeights)
      guard step.mean > Self.significance * step.standardError else { break }
      members.append(found.place)
      weights = Self.bestWeights(members.map { logDensities[$0] }, rowWeights)
      current = Self.mixed(members.map { logDensities[$0] }, weights)
    }
    let kept = members.indices.filter { $0 == 0 || weights[$0] >= Self.leastWeight }
    let total = kept.reduce(0) { $0 + weights[$1] }
    weights = kept.map { weights[$0] / total }
    members = kept.map { members[$0] }
    guard members.count > 1 else { return }
    gain = LogDensityGain(
      of: Self.mixed(members.map { logDensities[$0] }, weights), over: start, weights: rowWeights)
  }

  private static func mean(_ values: [Double], _ weights: [Double]) -> Double {
    values.indices.reduce(0) { $0 + weights[$1] * values[$1] }
  }

  /// The log-densities of the best mean of two laws.
  private static func pair(_ one: [Double], _ other: [Double], _ rowWeights: [Double]) -> [Double] {
    let ratios = one.indices.map { Double.exp(min(other[$0] - one[$0], 700)) }
    let total = rowWeights.reduce(0, +)
    var share = 0.5
    for _ in 0..<pairIterations {
      var sum = 0.0
      for row in ratios.indices {
        let part = share * ratios[row]
        sum += rowWeights[row] * (part / (1 - share + part))
      }
      share = sum / total
    }
    return one.indices.map { one[$0] + Double.log(1 - share + share * ratios[$0]) }
  }

  private static func mixed(_ logDensities: [[Double]], _ weights: [Double]) -> [Double] {
    logDensities[0].indices.map { row in
      let top = logDensities.reduce(-Double.infinity) { max($0, $1[row]) }
      var sum = 0.0
      for member in weights.indices {
        sum += weights[member] * Double.exp(logDensities[member][row] - top)
      }
      return top + Double.log(sum)
    }
  }

  /// The weights of the highest mean log-density, by expectation-maximisation, which only rises.
  private static func bestWeights(
    _ logDensities: [[Double]], _ rowWeights: [Double]
  ) -> [Double] {
    let count = logDensities.count
    let tops = logDensities[0].indices.map { row in
      logDensities.reduce(-Double.infinity) { max($0, $1[row]) }
    }
    let ratios = logDensities.map { zip($0, tops).map { Double.exp($0 - $1) } }
    let total = rowWeights.reduce(0, +)
    var weights = [Double](repeating: 1 / Double(count), count: count)
    for _ in 0..<weightIterations {
      var sums = [Double](repeating: 0, count: count)
      for row in tops.indices {
        var density = 0.0
        for member in 0..<count { density += weights[member] * ratios[member][row] }
        for member in 0..<count {
          sums[member] += rowWeights[row] * weights[member] * ratios[member][row] / density
        }
      }
      weights = sums.map { $0 / total }
    }
    return weights
  }
}
