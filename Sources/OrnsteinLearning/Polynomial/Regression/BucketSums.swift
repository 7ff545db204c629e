import OrnsteinNumerics
import Synchronization

/// Sums over the rows of each bucket, cut into pieces that depend on the number of rows alone and
/// added in their order, so that the bits depend on nothing else.
struct BucketSums: Sendable {
  /// The rows that one product takes.
  static let tileRows = 256
  private static let leastPiece = 8_192
  private static let mostPieces = 8

  /// Some places of a bucket.
  private struct Piece: Sendable {
    var bucket: Int
    var range: Range<Int>
  }

  private let noised: NoisedCells
  private let threads: Int
  private let pieces: [Piece]

  init(_ noised: NoisedCells, threads: Int) {
    self.noised = noised
    self.threads = threads
    var pieces: [Piece] = []
    for bucket in 0..<noised.bucketCount where noised.count(bucket) > 0 {
      let count = noised.count(bucket)
      let tiles = (count + Self.tileRows - 1) / Self.tileRows
      let size =
        Self.tileRows
        * max(Self.leastPiece / Self.tileRows, (tiles + Self.mostPieces - 1) / Self.mostPieces)
      for first in stride(from: noised.starts[bucket], to: noised.starts[bucket + 1], by: size) {
        pieces.append(
          Piece(
            bucket: bucket, range: first..<min(first + size, noised.starts[bucket + 1])))
      }
    }
    self.pieces = pieces
  }

  /// A^T A of each bucket, A having a row for each place: lower triangles, added to `sums`.
  ///
  /// - Parameters:
  ///   - widths: The columns of A for each bucket.
  ///   - sums: `widths[b]` squared numbers for each bucket.
  ///   - fill: Writes the rows of some places of a bucket.
  func addGrams(
    widths: [Int], to sums: inout [[Double]],
    fill: @Sendable (Int, UnsafeBufferPointer<Int>, UnsafeMutablePointer<Double>, Workspace) -> Void
  ) throws {
    let linear = SystemLinearAlgebra.current
    try accumulate(
      sizes: widths.map { $0 * $0 }, into: &sums, combining: +
    ) { bucket, places, sum, workspace in
      let width = widths[bucket]
      workspace.withBuffer(of: Double.self, count: places.count * width) { rows in
        guard let rows = rows.baseAddress else { return }
        fill(bucket, places, rows, workspace)
        linear.addGram(of: rows, rows: places.count, columns: width, into: sum)
      }
    }
  }

  /// The largest of some numbers, none below 0, over the rows of each bucket.
  func largest(
    _ count: Int,
    _ raise:
      @Sendable (
        Int, UnsafeBufferPointer<Int>, UnsafeMutablePointer<Double>, Workspace
      ) -> Void
  ) throws -> [[Double]] {
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: count), count: noised.bucketCount)
    try accumulate(
      sizes: [Int](repeating: count, count: noised.bucketCount), into: &sums, combining: max, raise)
    return sums
  }

  private func accumulate(
    sizes: [Int], into sums: inout [[Double]], combining: (Double, Double) -> Double,
    _ add:
      @Sendable (
        Int, UnsafeBufferPointer<Int>, UnsafeMutablePointer<Double>, Workspace
      ) -> Void
  ) throws {
    let parts = Mutex([[Double]](repeating: [], count: pieces.count))
    try Chunks(of: 0..<pieces.count, size: 1).forEach(threads: threads) { index, workspace in
      let piece = pieces[index.lowerBound]
      var part = [Double](repeating: 0, count: sizes[piece.bucket])
      part.withUnsafeMutableBufferPointer { part in
        noised.order.withUnsafeBufferPointer { order in
          guard let sum = part.baseAddress else { return }
          for first in stride(
            from: piece.range.lowerBound, to: piece.range.upperBound, by: Self.tileRows)
          {
            let tile = first..<min(first + Self.tileRows, piece.range.upperBound)
            add(piece.bucket, UnsafeBufferPointer(rebasing: order[tile]), sum, workspace)
          }
        }
      }
      let finished = part
      parts.withLock { $0[index.lowerBound] = finished }
    }
    let finished = parts.withLock { $0 }
    for (piece, part) in zip(pieces, finished) {
      for index in part.indices {
        sums[piece.bucket][index] = combining(sums[piece.bucket][index], part[index])
      }
    }
  }
}
