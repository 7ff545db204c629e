import OrnsteinNumerics
import RealModule

/// Squared distances from queries to many points, and sums of normal kernels of them, block by block:
/// nothing of size queries by points is stored.
struct KernelDistances: Sendable {
  /// Points of one block, a constant of the algorithm.
  private static let block = 512
  /// Queries of one piece of work.
  private static let chunk = 32

  let count: Int
  let dimension: Int
  /// One number a point, which sum to 1.
  let weights: [Double]
  /// Block after block, and in a block coordinate after coordinate.
  private let coordinates: [Double]

  /// What a query finds.
  struct Finding: Sendable {
    /// The log-density at each bandwidth, in nats.
    var logDensities: [Double]
    /// The distance to the closest point.
    var closest: Double
    /// The number of points that lie where the query lies and are left out, itself too.
    var leftOut: Int
  }

  init(_ points: Batch<Double>, weights: [Double]) {
    count = points.count
    dimension = points.dimension
    self.weights = weights
    let (n, d) = (points.count, points.dimension)
    coordinates = [Double](unsafeUninitializedCapacity: n * d) { output, initialized in
      points.withUnsafeBufferPointer { points in
        for first in stride(from: 0, to: n, by: Self.block) {
          let size = min(Self.block, n - first)
          for j in 0..<d {
            for place in 0..<size {
              output[first * d + j * size + place] = points[(first + place) * d + j]
            }
          }
        }
      }
      initialized = n * d
    }
  }

  /// What each query finds.
  ///
  /// - Parameters:
  ///   - queries: Points of the same dimension.
  ///   - bandwidths: Kernel widths, or none where only distances count.
  ///   - leavingOutCopies: Whether points equal to the query are left out, as where the queries are
  ///     points themselves.
  ///   - threads: How many threads work; does not change the result.
  func findings(
    of queries: Batch<Double>, bandwidths: [Double], leavingOutCopies: Bool, threads: Int
  ) -> [Finding] {
    let halfPrecisions = bandwidths.map { 1 / (2 * $0 * $0) }
    let constants = bandwidths.map { -Double(dimension) * (.log(2 * .pi) / 2 + .log($0)) }
    var findings = [Finding](
      repeating: Finding(
        logDensities: [Double](repeating: 0, count: bandwidths.count), closest: .infinity,
        leftOut: 0), count: queries.count)
    findings.withUnsafeMutableBufferPointer { output in
      let output = SharedFindings(buffer: output)
      // The body throws nothing.
      try? Chunks(of: 0..<queries.count, size: Self.chunk).forEach(threads: threads) { rows, _ in
        var search = Search(self, halfPrecisions: halfPrecisions)
        queries.withUnsafeBufferPointer { queries in
          for row in rows {
            output.buffer[row] = search.run(
              UnsafeBufferPointer(rebasing: queries[row * dimension..<(row + 1) * dimension]),
              leavingOutCopies: leavingOutCopies, constants: constants)
          }
        }
      }
    }
    return findings
  }

  /// The scratch of one piece of work.
  private struct Search {
    let distances: KernelDistances
    let halfPrecisions: [Double]
    private var squares: [Double]
    private var exponentials: [Double]
    private var largest: [Double]
    private var sums: [Double]

    init(_ distances: KernelDistances, halfPrecisions: [Double]) {
      self.distances = distances
      self.halfPrecisions = halfPrecisions
      squares = [Double](repeating: 0, count: KernelDistances.block)
      exponentials = squares
      largest = halfPrecisions
      sums = halfPrecisions
    }

    mutating func run(
      _ query: UnsafeBufferPointer<Double>, leavingOutCopies: Bool, constants: [Double]
    ) -> Finding {
      for index in sums.indices { (largest[index], sums[index]) = (-.infinity, 0) }
      var (closest, weight, leftOut) = (Double.infinity, 0.0, 0)
      for first in stride(from: 0, to: distances.count, by: KernelDistances.block) {
        let size = min(KernelDistances.block, distances.count - first)
        measure(query, first, size)
        var least = Double.infinity
        for place in 0..<size {
          if leavingOutCopies, squares[place] == 0 {
            squares[place] = .infinity
            leftOut += 1
          } else {
            weight += distances.weights[first + place]
            least = min(least, squares[place])
          }
        }
        guard least < .infinity else { continue }
        closest = min(closest, least)
        for index in sums.indices { add(first, size, least: least, at: index) }
      }
      return Finding(
        logDensities: sums.indices.map {
          largest[$0] + .log(sums[$0]) - .log(weight) + constants[$0]
        }, closest: closest.squareRoot(), leftOut: leftOut)
    }

    /// Writes the squared distances to a block.
    private mutating func measure(
      _ query: UnsafeBufferPointer<Double>, _ first: Int, _ size: Int
    ) {
      let d = distances.dimension
      squares.withUnsafeMutableBufferPointer { squares in
        distances.coordinates.withUnsafeBufferPointer { coordinates in
          for place in 0..<size { squares[place] = 0 }
          for j in 0..<d {
            let (x, start) = (query[j], first * d + j * size)
            for place in 0..<size {
              let difference = x - coordinates[start + place]
              squares[place] += difference * difference
            }
          }
        }
      }
    }

    /// Adds the kernels of a block to a running sum over its largest term.
    private mutating func add(_ first: Int, _ size: Int, least: Double, at index: Int) {
      let halfPrecision = halfPrecisions[index]
      let most = -least * halfPrecision
      if most > largest[index] {
        sums[index] *= .exp(largest[index] - most)
        largest[index] = most
      }
      let shift = largest[index]
      var sum = 0.0
      exponentials.withUnsafeMutableBufferPointer { exponentials in
        guard let start = exponentials.baseAddress else { return }
        for place in 0..<size {
          // Below every term that counts, and within the reach of the kernel.
          exponentials[place] = max(-squares[place] * halfPrecision - shift, -700)
        }
        DoubleKernels.exponential(UnsafePointer(start), into: start, count: size)
        for place in 0..<size { sum += distances.weights[first + place] * exponentials[place] }
      }
      sums[index] += sum
    }
  }
}

/// A buffer of which each piece of work writes its own rows.
private struct SharedFindings: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<KernelDistances.Finding>
}
