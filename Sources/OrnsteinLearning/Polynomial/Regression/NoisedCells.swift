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
  /// The places, bucket after bucket, ascending in each; near borders a place may be in several.
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
  ///   - overlap: How far beyond its borders a cell reaches.
  ///   - threads: How many threads work.
  init(
    data: Batch<Double>, rows: [Int], deviation: Double, stream: NoiseStream,
    centres: [[Double]], overlap: Double, threads: Int
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
    var buckets = [[Int]](repeating: [], count: 2 * centres.count)
    points.withUnsafeBufferPointer { points in
      guard let points = points.baseAddress else { return }
      for place in 0..<count {
        let (half, owner) = (place < count / 2 ? 0 : 1, Int(owners[place]))
        buckets[2 * owner + half].append(place)
        guard overlap > 0 else { continue }
        let own = Self.square(points, place, flat, owner, n)
        for cell in centres.indices where cell != owner {
          let beyond = Self.square(points, place, flat, cell, n) - own
          let distance = Self.square(flat, owner, flat, cell, n).squareRoot()
          if beyond < 2 * distance * overlap { buckets[2 * cell + half].append(place) }
        }
      }
    }
    var starts = [0]
    for bucket in buckets { starts.append(starts[starts.count - 1] + bucket.count) }
    let order = buckets.flatMap(\.self)
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
    guard count > 1, let points = UnsafePointer(points.baseAddress) else { return 0 }
    var (best, least) = (0, Double.infinity)
    for cell in 0..<count {
      let square = square(points, place, centres, cell, n)
      if square < least { (best, least) = (cell, square) }
    }
    return best
  }

  /// The squared distance of a point from a centre.
  private static func square(
    _ points: UnsafePointer<Double>, _ place: Int, _ centres: [Double], _ cell: Int, _ n: Int
  ) -> Double {
    var square = 0.0
    for j in 0..<n {
      let difference = points[place * n + j] - centres[cell * n + j]
      square += difference * difference
    }
    return square
  }
}
