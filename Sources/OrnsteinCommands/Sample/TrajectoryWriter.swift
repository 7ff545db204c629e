import Ornstein

/// Writes the ways of rows while they are drawn.
struct TrajectoryWriter {
  /// The points of a row: one at each level, and the finished one.
  let states: Int
  private let dimension: Int
  private let writer: NPYWriter

  init<Scalar>(path: String, _ sampler: Sampler<Scalar>) throws {
    states = sampler.program.levels.count + 1
    dimension = sampler.model.dimension
    writer = try NPYWriter(
      path: path, rowShape: [states, dimension],
      element: Scalar.self == Double.self ? .double : .float)
  }

  /// Draws some rows, writes their ways and returns their finished points.
  func write<Scalar>(
    _ rows: Range<Int>, of sampler: Sampler<Scalar>, threads: Int
  ) throws -> Batch<Scalar> {
    let ways = try sampler.drawTrajectories(rows: rows, threads: threads)
    try writer.write(ways)
    var points = Batch<Scalar>(count: rows.count, dimension: dimension)
    for row in 0..<rows.count {
      for axis in 0..<dimension { points[row, axis] = ways[row * states + states - 1, axis] }
    }
    return points
  }

  /// Makes the file appear.
  func finish() throws { try writer.finish() }
}
