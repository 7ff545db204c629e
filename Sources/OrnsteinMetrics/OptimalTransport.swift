import OrnsteinNumerics
import RealModule
import Synchronization

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
    let cost = leastCost(
      costs(first, second, order: order), sources: first.count, sinks: second.count
    ).value
    return order == 2 ? max(cost, 0).squareRoot() : .pow(max(cost, 0), 1 / order)
  }

  /// The Wasserstein-2 distance of two samples beside that of random cuts of their pool.
  ///
  /// The standard error is that of the dual potentials, the first derivative of the squared distance by
  /// the mass of a row. The distance of two samples of one law goes to 0 as slowly as n^{-1/d}: read it
  /// beside its floor.
  ///
  /// - Parameters:
  ///   - samples: The two samples, each of at most ``rowLimit`` rows.
  ///   - cuts: How many of the pool's random cuts make the floor; each costs as much as the distance.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``MetricError`` if the samples are too large.
  public static func compare(
    _ samples: PooledSamples, cuts: Int = 9, threads: Int = 1
  ) throws -> Comparison {
    let most = max(samples.firstCount, samples.secondCount)
    guard most <= rowLimit else { throw MetricError.tooManyRows(found: most, most: rowLimit) }
    let used = Array(samples.cuts.prefix(cuts + 1))
    let found = Mutex([LeastCost?](repeating: nil, count: used.count))
    try Chunks(of: 0..<used.count, size: 1).forEach(threads: threads) { range, _ in
      let cut = used[range.lowerBound]
      func rows(_ isFirst: Bool) -> Batch<Float> {
        Batch(
          cut.indices.filter { cut[$0] == isFirst }.flatMap { samples.rows.point($0) },
          dimension: samples.rows.dimension)
      }
      let (first, second) = (rows(true), rows(false))
      let least = leastCost(
        costs(first, second, order: 2), sources: first.count, sinks: second.count)
      found.withLock { $0[range.lowerBound] = least }
    }
    let all = found.withLock { $0.compactMap(\.self) }
    let distances = all.map { max($0.value, 0).squareRoot() }
    let error = (variance(all[0].sourcePotentials) + variance(all[0].sinkPotentials)).squareRoot()
    return Comparison(
      value: distances[0], standardError: distances[0] > 0 ? error / (2 * distances[0]) : 0,
      floors: Array(distances.dropFirst()))
  }

  /// The variance of a mean.
  private static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count
  }

  private static func costs<Scalar: BatchScalar>(
    _ first: Batch<Scalar>, _ second: Batch<Scalar>, order: Double
  ) -> [Double] {
    let (x, y) = (first.converted(to: Double.self), second.converted(to: Double.self))
    let d = x.dimension
    return x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        var costs: [Double] = []
        costs.reserveCapacity(first.count * second.count)
        for i in 0..<first.count {
          for j in 0..<second.count {
            var square = 0.0
            for k in 0..<d {
              let difference = x[i * d + k] - y[j * d + k]
              square += difference * difference
            }
            costs.append(order == 2 ? square : .pow(square, order / 2))
          }
        }
        return costs
      }
    }
  }

  /// The value of the transport problem and the solution of its dual.
  struct LeastCost: Sendable {
    var value: Double
    var sourcePotentials: [Double]
    var sinkPotentials: [Double]
  }

  /// The least mean cost of carrying the even law on some sources to the even law on some sinks.
  ///
  /// - Parameters:
  ///   - costs: One finite number for each source and sink, row by row of the sources.
  ///   - n: The number of sources, 1 or more.
  ///   - m: The number of sinks, 1 or more.
  static func leastCost(_ costs: [Double], sources n: Int, sinks m: Int) -> LeastCost {
    if n == m {
      let assignment = Assignment(costs: costs, rows: n, columns: n)
      return LeastCost(
        value: assignment.cost / Double(n), sourcePotentials: assignment.rowPotentials,
        sinkPotentials: assignment.columnPotentials)
    }
    var divisor = (n, m)
    while divisor.1 != 0 { divisor = (divisor.1, divisor.0 % divisor.1) }
    let (supply, demand) = (m / divisor.0, n / divisor.0)
    return costs.withUnsafeBufferPointer { costs in
      var flow = TransportFlow(costs: costs, sources: n, sinks: m, supply: supply, demand: demand)
      for source in 0..<n { flow.empty(source) }
      return LeastCost(
        value: flow.cost / (Double(n) * Double(supply)), sourcePotentials: flow.sourcePotential,
        sinkPotentials: flow.sinkPotential)
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
