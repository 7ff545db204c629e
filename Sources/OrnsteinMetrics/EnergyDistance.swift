import OrnsteinNumerics
import Synchronization

/// The energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|: 0 for equal laws only.
///
/// Estimated without bias (pairs of a row with itself are left out), so it may come out below 0. The
/// standard error is the delete-one jackknife; where the laws are equal it is too large rather than
/// too small. Costs (n + m)^2 (d + cuts) multiply-adds: choose a subset of large samples.
///
/// - Source: Szekely, Rizzo, Journal of Statistical Planning and Inference 143 (2013) 1249.
public enum EnergyDistance {
  private static let blockRows = 64

  /// The distance of two samples.
  ///
  /// - Parameters:
  ///   - samples: The two samples.
  ///   - threads: How many threads work; does not change the result.
  public static func compare(_ samples: PooledSamples, threads: Int = 1) throws -> Comparison {
    let sums = try sums(samples, threads: threads)
    let (n, m) = (samples.firstCount, samples.secondCount)
    let distances = sums.pairs.map { Self.distance($0, n, m) }
    return Comparison(
      value: distances[0],
      standardError: standardError(sums.rows, sums.pairs[0], samples),
      cuts: Array(distances.dropFirst()))
  }

  /// Sums of distances over pairs of rows (ordered, so within a sample each pair counts twice).
  struct PairSums: Sendable {
    var within = 0.0
    var between = 0.0
    var outside = 0.0
  }

  static func distance(_ sums: PairSums, _ n: Int, _ m: Int) -> Double {
    let (n, m) = (Double(n), Double(m))
    return 2 * sums.between / (n * m) - sums.within / (n * (n - 1)) - sums.outside / (m * (m - 1))
  }

  /// For each cut the sums over pairs, and for each row the sums of its distances to the rows of the
  /// first and of the second sample.
  private static func sums(
    _ samples: PooledSamples, threads: Int
  ) throws -> (pairs: [PairSums], rows: [(first: Double, second: Double)]) {
    let (count, dimension) = (samples.rows.count, samples.rows.dimension)
    let columns = Batch<Float>(unsafeUninitializedCount: dimension, dimension: count) { output in
      for coordinate in 0..<dimension {
        for row in 0..<count { output[coordinate * count + row] = samples.rows[row, coordinate] }
      }
    }
    let labels = Batch<Float>(
      samples.cuts.flatMap { $0.map { $0 ? Float(1) : 0 } }, dimension: count)
    let blocks = Chunks(of: 0..<count, size: blockRows)
    let results = Mutex(
      [(pairs: [PairSums], rows: [(first: Double, second: Double)])?](
        repeating: nil, count: blocks.count))
    try blocks.forEach(threads: threads) { rows, workspace in
      let result = workspace.withBuffer(of: Float.self, count: count) { distances in
        columns.withUnsafeBufferPointer { columns in
          labels.withUnsafeBufferPointer { labels in
            block(rows, of: samples, columns, labels, distances)
          }
        }
      }
      results.withLock { $0[rows.lowerBound / blockRows] = result }
    }
    var pairs = [PairSums](repeating: PairSums(), count: samples.cuts.count)
    var rows: [(first: Double, second: Double)] = []
    for result in results.withLock({ $0.compactMap(\.self) }) {
      for (cut, sums) in result.pairs.enumerated() {
        pairs[cut].within += sums.within
        pairs[cut].between += sums.between
        pairs[cut].outside += sums.outside
      }
      rows += result.rows
    }
    return (pairs, rows)
  }

  private static func block(
    _ rows: Range<Int>, of samples: PooledSamples, _ columns: UnsafeBufferPointer<Float>,
    _ labels: UnsafeBufferPointer<Float>, _ distances: UnsafeMutableBufferPointer<Float>
  ) -> (pairs: [PairSums], rows: [(first: Double, second: Double)]) {
    let count = samples.rows.count
    var pairs = [PairSums](repeating: PairSums(), count: samples.cuts.count)
    var rowSums: [(first: Double, second: Double)] = []
    for row in rows {
      distances.update(repeating: 0)
      for coordinate in 0..<samples.rows.dimension {
        let column = UnsafeBufferPointer(
          rebasing: columns[coordinate * count..<(coordinate + 1) * count])
        let centre = column[row]
        for other in 0..<count {
          let difference = column[other] - centre
          distances[other] += difference * difference
        }
      }
      for other in 0..<count { distances[other] = distances[other].squareRoot() }
      let all = sum(UnsafeBufferPointer(distances), nil)
      for cut in samples.cuts.indices {
        let first = sum(
          UnsafeBufferPointer(distances),
          UnsafeBufferPointer(rebasing: labels[cut * count..<(cut + 1) * count]))
        if samples.cuts[cut][row] {
          pairs[cut].within += first
          pairs[cut].between += all - first
        } else {
          pairs[cut].outside += all - first
        }
        if cut == 0 { rowSums.append((first, all - first)) }
      }
    }
    return (pairs, rowSums)
  }

  /// A weighted sum in a fixed order: 8 lanes of single precision for 256 numbers, then double.
  private static func sum(
    _ values: UnsafeBufferPointer<Float>, _ weights: UnsafeBufferPointer<Float>?
  ) -> Double {
    var total = 0.0
    var start = 0
    while start < values.count {
      let end = min(start + 256, values.count)
      var lanes = SIMD8<Float>.zero
      var index = start
      while index + 8 <= end {
        var part = SIMD8<Float>()
        for lane in 0..<8 {
          part[lane] =
            weights.map { $0[index + lane] * values[index + lane] } ?? values[index + lane]
        }
        lanes += part
        index += 8
      }
      var rest: Float = 0
      while index < end {
        rest += weights.map { $0[index] * values[index] } ?? values[index]
        index += 1
      }
      total += Double(lanes.sum()) + Double(rest)
      start = end
    }
    return total
  }

  /// The delete-one jackknife over the rows of both samples.
  private static func standardError(
    _ rows: [(first: Double, second: Double)], _ sums: PairSums, _ samples: PooledSamples
  ) -> Double {
    let (n, m) = (samples.firstCount, samples.secondCount)
    var variance = 0.0
    if n > 2 {
      let values = (0..<n).map { row in
        var left = sums
        left.within -= 2 * rows[row].first
        left.between -= rows[row].second
        return distance(left, n - 1, m)
      }
      variance += square(Wasserstein.jackknife(values))
    }
    if m > 2 {
      let values = (n..<n + m).map { row in
        var left = sums
        left.outside -= 2 * rows[row].second
        left.between -= rows[row].first
        return distance(left, n, m - 1)
      }
      variance += square(Wasserstein.jackknife(values))
    }
    return variance.squareRoot()
  }

  private static func square(_ x: Double) -> Double { x * x }
}
