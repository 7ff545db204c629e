import Ornstein

/// Writes the ways of rows while they are drawn.
struct TrajectoryWriter<Source: RowSource> {
  private let source: Source
  private let dimension: Int
  private let writer: NPYWriter

  /// Opens a file for the ways of a source whose samples have some number of coordinates.
  init(path: String, _ source: Source, dimension: Int) throws {
    self.source = source
    self.dimension = dimension
    writer = try NPYWriter(
      path: path, rowShape: [source.stateCount, source.columns.count],
      element: Source.Scalar.self == Double.self ? .double : .float)
  }

  /// Draws some rows, writes their ways and returns their finished points.
  func write(_ rows: Range<Int>, threads: Int) throws -> Batch<Source.Scalar> {
    let ways = try source.ways(of: rows, threads: threads)
    try writer.write(ways)
    let states = source.stateCount
    var points = Batch<Source.Scalar>(count: rows.count, dimension: dimension)
    for row in 0..<rows.count {
      for axis in 0..<dimension { points[row, axis] = ways[row * states + states - 1, axis] }
    }
    return points
  }

  /// Makes the file appear.
  func finish() throws { try writer.finish() }
}
