import OrnsteinNumerics
import RealModule

/// The exact Wasserstein distance of two samples in any dimension, by the cheapest way to carry one to
/// the other.
///
/// Every row of a sample carries the same mass. Shortest augmenting paths in the dense graph of all
/// pairs, with the potentials of the dual problem: O(n^3) for samples of equal size, which is the
/// assignment problem; for sizes n and m each row is split into m / gcd or n / gcd units.
///
/// - Source: Jonker, Volgenant, Computing 38 (1987) 325; Edmonds, Karp, Journal of the ACM 19 (1972)
///   248.
public enum OptimalTransport {
  /// The most rows of a sample.
  public static let rowLimit = 2000

  /// The Wasserstein-p distance of two samples, the p-th root of the least mean of |x - y|^p.
  ///
  /// - Parameters:
  ///   - first: One point or more, at most ``rowLimit``.
  ///   - second: Points of the same space, as many or not.
  ///   - order: p, 1 or more.
  /// - Throws: ``MetricError`` if the samples cannot be compared or are too large.
  public static func distance<Scalar: BatchScalar>(
    _ first: Batch<Scalar>, _ second: Batch<Scalar>, order: Double = 2
  ) throws(MetricError) -> Double {
    precondition(order >= 1, "Below the order 1 there is no distance.")
    try MetricError.check(first, second, rows: 1)
    let most = max(first.count, second.count)
    guard most <= rowLimit else { throw .tooManyRows(found: most, most: rowLimit) }
    let (n, m) = (first.count, second.count)
    var costs = [Double](repeating: 0, count: n * m)
    for i in 0..<n {
      let x = first.point(i).map { Double($0) }
      for j in 0..<m {
        var square = 0.0
        for k in x.indices {
          let difference = x[k] - Double(second[j, k])
          square += difference * difference
        }
        costs[i * m + j] = order == 2 ? square : .pow(square, order / 2)
      }
    }
    let cost = leastCost(costs, sources: n, sinks: m)
    return order == 2 ? max(cost, 0).squareRoot() : .pow(max(cost, 0), 1 / order)
  }

  /// The least mean cost of carrying the even law on some sources to the even law on some sinks.
  ///
  /// - Parameters:
  ///   - costs: One finite number for each source and sink, row by row of the sources.
  ///   - n: The number of sources, 1 or more.
  ///   - m: The number of sinks, 1 or more.
  static func leastCost(_ costs: [Double], sources n: Int, sinks m: Int) -> Double {
    var divisor = (n, m)
    while divisor.1 != 0 { divisor = (divisor.1, divisor.0 % divisor.1) }
    let (supply, demand) = (m / divisor.0, n / divisor.0)
    return costs.withUnsafeBufferPointer { costs in
      var flow = TransportFlow(costs: costs, sources: n, sinks: m, supply: supply, demand: demand)
      for source in 0..<n { flow.empty(source) }
      return flow.cost / (Double(n) * Double(supply))
    }
  }
}

/// A flow that is the cheapest for what it has carried so far.
private struct TransportFlow {
  let costs: UnsafeBufferPointer<Double>
  let sources: Int
  let sinks: Int
  /// What each sink still takes.
  var open: [Int]
  let supply: Int
  /// Where each sink's units come from.
  var origins: [[(source: Int, units: Int)]]
  var sourcePotential: [Double]
  var sinkPotential: [Double]
  // Of one search.
  var distance: [Double]
  var parent: [Int]
  var entry: [Int]
  var sourceDistance: [Double]
  var isDone: [Bool]

  init(costs: UnsafeBufferPointer<Double>, sources: Int, sinks: Int, supply: Int, demand: Int) {
    self.costs = costs
    self.sources = sources
    self.sinks = sinks
    self.supply = supply
    open = Array(repeating: demand, count: sinks)
    origins = Array(repeating: [], count: sinks)
    sinkPotential = Array(repeating: .infinity, count: sinks)
    for i in 0..<sources {
      for j in 0..<sinks { sinkPotential[j] = min(sinkPotential[j], costs[i * sinks + j]) }
    }
    sourcePotential = Array(repeating: .infinity, count: sources)
    for i in 0..<sources {
      for j in 0..<sinks {
        sourcePotential[i] = min(sourcePotential[i], costs[i * sinks + j] - sinkPotential[j])
      }
    }
    distance = Array(repeating: 0, count: sinks)
    parent = Array(repeating: 0, count: sinks)
    entry = Array(repeating: -1, count: sources)
    sourceDistance = Array(repeating: 0, count: sources)
    isDone = Array(repeating: false, count: sinks)
  }

  var cost: Double {
    var sum = 0.0
    for sink in 0..<sinks {
      for (source, units) in origins[sink] {
        sum += Double(units) * costs[source * sinks + sink]
      }
    }
    return sum
  }

  /// Carries all units of a source.
  mutating func empty(_ source: Int) {
    var left = supply
    while left > 0 { left -= augment(source, at: left) }
  }

  /// Carries what fits along the shortest path from a source to an open sink.
  private mutating func augment(_ start: Int, at most: Int) -> Int {
    for sink in 0..<sinks {
      distance[sink] = .infinity
      isDone[sink] = false
    }
    for source in 0..<sources { entry[source] = -1 }
    var reached = [start]
    sourceDistance[start] = 0
    var doneSinks: [Int] = []
    var next = 0
    var end = -1
    while end < 0 {
      // From the sources that are new, to every sink.
      while next < reached.count {
        let source = reached[next]
        next += 1
        let offset = sourceDistance[source] - sourcePotential[source]
        let row = source * sinks
        for sink in 0..<sinks where !isDone[sink] {
          let length = costs[row + sink] + offset - sinkPotential[sink]
          if length < distance[sink] {
            distance[sink] = length
            parent[sink] = source
          }
        }
      }
      var (closest, least) = (-1, Double.infinity)
      for sink in 0..<sinks where !isDone[sink] && distance[sink] < least {
        (closest, least) = (sink, distance[sink])
      }
      isDone[closest] = true
      doneSinks.append(closest)
      if open[closest] > 0 {
        end = closest
      } else {
        for (source, _) in origins[closest] where source != start && entry[source] < 0 {
          entry[source] = closest
          sourceDistance[source] = least
          reached.append(source)
        }
      }
    }
    let length = distance[end]
    for source in reached { sourcePotential[source] += length - sourceDistance[source] }
    for sink in doneSinks { sinkPotential[sink] -= length - distance[sink] }
    return carry(from: start, to: end, at: most)
  }

  private mutating func carry(from start: Int, to end: Int, at most: Int) -> Int {
    var units = min(most, open[end])
    var sink = end
    while parent[sink] != start {
      let source = parent[sink]
      sink = entry[source]
      units = min(units, origins[sink].first { $0.source == source }?.units ?? 0)
    }
    open[end] -= units
    sink = end
    while true {
      let source = parent[sink]
      if let place = origins[sink].firstIndex(where: { $0.source == source }) {
        origins[sink][place].units += units
      } else {
        origins[sink].append((source, units))
      }
      guard source != start else { return units }
      sink = entry[source]
      if let place = origins[sink].firstIndex(where: { $0.source == source }) {
        origins[sink][place].units -= units
        if origins[sink][place].units == 0 { origins[sink].remove(at: place) }
      }
    }
  }
}
