import OrnsteinNumerics
import Synchronization

/// Sums of a symmetric function over all pairs of rows of a pool, for every cut of it.
///
/// The function is made from squared distances; a row with itself counts as 0. What an unbiased
/// two-sample statistic of the form 2 E k(X, Y) - E k(X, X') - E k(Y, Y') is made of.
struct PairwiseSums: Sendable {
  /// What is made of squared distances, in place.
  enum Function: Sendable {
    /// |x - y|.
    case distance
    /// -exp(-|x - y|^2 / (2 b^2)).
    case negativeKernel(bandwidth: Double)

    func apply(to squares: UnsafeMutableBufferPointer<Float>) {
      switch self {
      case .distance:
        for index in squares.indices { squares[index] = squares[index].squareRoot() }
      case .negativeKernel(let bandwidth):
        guard let start = squares.baseAddress else { return }
        let factor = Float(-1 / (2 * bandwidth * bandwidth))
        // Beyond -87 single precision ends.
        for index in squares.indices { squares[index] = max(squares[index] * factor, -87) }
        Float.Kernels.exponential(UnsafePointer(start), into: start, count: squares.count)
        for index in squares.indices { squares[index] = -squares[index] }
      }
    }
  }

  private static let blockRows = 64

  /// Sums over ordered pairs, so within a sample each pair counts twice.
  struct Sums: Sendable {
    var within = 0.0
    var between = 0.0
    var outside = 0.0

    /// 2 E k(X, Y) - E k(X, X') - E k(Y, Y') without bias.
    func statistic(_ n: Int, _ m: Int) -> Double {
      let (n, m) = (Double(n), Double(m))
      return 2 * between / (n * m) - within / (n * (n - 1)) - outside / (m * (m - 1))
    }
  }

  /// For each cut the sums.
  private let pairs: [Sums]
  /// For each row the sums over the rows of the first and of the second sample.
  private let rows: [(first: Double, second: Double)]
  private let counts: (first: Int, second: Int)

  /// The statistic beside those of the random cuts, with its jackknife error.
  var comparison: Comparison {
    let statistics = pairs.map { $0.statistic(counts.first, counts.second) }
    return Comparison(
      value: statistics[0], standardError: standardError, floors: Array(statistics.dropFirst()))
  }

  /// Sums over the pairs of a pool; costs (n + m)^2 (d + cuts) multiply-adds.
  init(of samples: PooledSamples, _ function: Function, threads: Int) throws {
    let (count, dimension) = (samples.rows.count, samples.rows.dimension)
    let columns = Batch<Float>(unsafeUninitializedCount: dimension, dimension: count) { output in
      for coordinate in 0..<dimension {
        for row in 0..<count { output[coordinate * count + row] = samples.rows[row, coordinate] }
      }
    }
    let labels = Batch<Float>(
      samples.cuts.flatMap { $0.map { $0 ? Float(1) : 0 } }, dimension: count)
    let blocks = Chunks(of: 0..<count, size: Self.blockRows)
    let results = Mutex(
      [(pairs: [Sums], rows: [(first: Double, second: Double)])?](
        repeating: nil, count: blocks.count))
    try blocks.forEach(threads: threads) { rows, workspace in
      let result = workspace.withBuffer(of: Float.self, count: count) { distances in
        columns.withUnsafeBufferPointer { columns in
          labels.withUnsafeBufferPointer { labels in
            Self.block(rows, of: samples, function, columns, labels, distances)
          }
        }
      }
      results.withLock { $0[rows.lowerBound / Self.blockRows] = result }
    }
    var pairs = [Sums](repeating: Sums(), count: samples.cuts.count)
    var rows: [(first: Double, second: Double)] = []
    for result in results.withLock({ $0.compactMap(\.self) }) {
      for (cut, sums) in result.pairs.enumerated() {
        pairs[cut].within += sums.within
        pairs[cut].between += sums.between
        pairs[cut].outside += sums.outside
      }
      rows += result.rows
    }
    self.pairs = pairs
    self.rows = rows
    counts = (samples.firstCount, samples.secondCount)
  }

  private static func block(
    _ rows: Range<Int>, of samples: PooledSamples, _ function: Function,
    _ columns: UnsafeBufferPointer<Float>,
    _ labels: UnsafeBufferPointer<Float>, _ distances: UnsafeMutableBufferPointer<Float>
  ) -> (pairs: [Sums], rows: [(first: Double, second: Double)]) {
    let count = samples.rows.count
    var pairs = [Sums](repeating: Sums(), count: samples.cuts.count)
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
      function.apply(to: distances)
      distances[row] = 0
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
  private var standardError: Double {
    let (n, m) = counts
    var variance = 0.0
    if n > 2 {
      let values = (0..<n).map { row in
        var left = pairs[0]
        left.within -= 2 * rows[row].first
        left.between -= rows[row].second
        return left.statistic(n - 1, m)
      }
      let error = Wasserstein.jackknife(values)
      variance += error * error
    }
    if m > 2 {
      let values = (n..<n + m).map { row in
        var left = pairs[0]
        left.outside -= 2 * rows[row].second
        left.between -= rows[row].first
        return left.statistic(n, m - 1)
      }
      let error = Wasserstein.jackknife(values)
      variance += error * error
    }
    return variance.squareRoot()
  }
}
