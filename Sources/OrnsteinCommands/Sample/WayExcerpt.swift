import Ornstein

/// The ways of the first rows of a sample, for a page.
struct WayExcerpt {
  /// What a state holds.
  let columns: [String]
  /// How many rows.
  let count: Int
  /// The states of a row, the last of them the finished one.
  let states: Int
  private let numbers: [Double]

  /// Draws the first rows of a sample once more, at most 4 million numbers of their ways.
  init<Source: RowSource>(
    of source: Source, firstRow: Int, rows: Int, threads: Int
  ) throws {
    columns = source.columns
    states = source.stateCount
    let most = max(1, (1 << 22) / (columns.count * states))
    count = min(rows, Source.shownRows, most)
    numbers = try source.ways(of: firstRow..<firstRow + count, threads: threads)
      .elements.map { Double($0) }
  }

  /// One number of a state of a row.
  subscript(row: Int, state: Int, column: Int) -> Double {
    numbers[(row * states + state) * columns.count + column]
  }
}
