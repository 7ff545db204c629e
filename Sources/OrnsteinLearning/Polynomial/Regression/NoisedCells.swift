import OrnsteinNumerics

/// The rows of a level with their noise, sorted by cell and half.
///
/// Rows are visited in a random order that the seed fixes; the first half of the order is one half of
/// the cross-validation, the second the other. Bucket 2 i + h holds half h of cell i.
struct NoisedCells: Sendable {
  private static let chunkRows = 4_096

  let data: Batch<Double>
  /// The noised points, by place in the order.
  let points: Batch<Double>
  /// The data row of each place.
  let rows: [Int]
  /// The places, bucket after bucket, ascending in each.
  let order: [Int]
  /// Where each bucket begins, and the end.
  let starts: [Int]

  var bucketCount: Int { starts.count - 1 }
  func count(_ bucket: Int) -> Int { starts[bucket + 1] - starts[bucket] }

  /// Noises the rows and finds their cells.
  ///
  /// - Parameters:
  ///   - data: All rows.
  ///   - rows: The rows of the level, in their order.
  ///   - deviation: The deviation of the noise; negative for the noise reversed, 0 for none.
  ///   - stream: The noise, by data row.
  ///   - centres: The centres of the cells.
  ///   - threads: How many threads work.
  init(
    data: Batch<Double>, rows: [Int], deviation: Double, stream: NoiseStream,
    centres: [[Double]], threads: Int
  ) throws {
    let (n, count) = (data.dimension, rows.count)
    let flat = centres.flatMap(\.self)
    var owners = [Int32](repeating: 0, count: count)
    var points = Batch<Double>(count: count, dimension: n)
    try points.withUnsafeMutableBufferPointer { points in
      try owners.withUnsafeMutableBufferPointer { owners in
        nonisolated(unsafe) let (points, owners) = (points, owners)
        try Chunks(of: 0..<count, size: Self.chunkRows).forEach(threads: threads) { chunk, _ in
          Self.add(deviation, stream, data: data, rows: rows, chunk, into: points)
          for place in chunk {
            owners[place] = Int32(
              Self.nearest(points, place, flat, centres.count, n))
          }
        }
      }
    }
    self.data = data
    self.points = points
    self.rows = rows
    var starts = [Int](repeating: 0, count: 2 * centres.count + 1)
    let half = count / 2
    func bucket(_ place: Int) -> Int { 2 * Int(owners[place]) + (place < half ? 0 : 1) }
    for place in 0..<count { starts[bucket(place) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    var next = starts
    var order = [Int](repeating: 0, count: count)
    for place in 0..<count {
      order[next[bucket(place)]] = place
      next[bucket(place)] += 1
    }
    self.starts = starts
    self.order = order
  }

  /// Noised rows alone, as for the points that a cover is made from.
  static func noised(
    data: Batch<Double>, rows: [Int], deviation: Double, stream: NoiseStream
  ) -> Batch<Double> {
    Batch(unsafeUninitializedCount: rows.count, dimension: data.dimension) { output in
      add(deviation, stream, data: data, rows: rows, 0..<rows.count, into: output)
    }
  }

  private static func add(
    _ deviation: Double, _ stream: NoiseStream, data: Batch<Double>, rows: [Int],
    _ places: Range<Int>, into points: UnsafeMutableBufferPointer<Double>
  ) {
    let n = data.dimension
    data.withUnsafeBufferPointer { data in
      for place in places {
        let target = UnsafeMutableBufferPointer(
          rebasing: points[(place * n)..<((place + 1) * n)])
        let row = rows[place] * n
        guard deviation != 0 else {
          for j in 0..<n { target[j] = data[row + j] }
          continue
        }
        Double.Kernels.normals(into: target, stream: stream, first: UInt64(row))
        for j in 0..<n { target[j] = data[row + j] + deviation * target[j] }
      }
    }
  }

  private static func nearest(
    _ points: UnsafeMutableBufferPointer<Double>, _ place: Int, _ centres: [Double], _ count: Int,
    _ n: Int
  ) -> Int {
    guard count > 1 else { return 0 }
    var (best, least) = (0, Double.infinity)
    for cell in 0..<count {
      var square = 0.0
      for j in 0..<n {
        let difference = points[place * n + j] - centres[cell * n + j]
        square += difference * difference
      }
      if square < least { (best, least) = (cell, square) }
    }
    return best
  }
}
