/// The cheapest way to give every row of a matrix of costs a column of its own.
///
/// Shortest augmenting paths with the potentials of the dual problem, O(rows^2 columns). At the end
/// cost(i, j) >= rowPotentials[i] + columnPotentials[j], with equality where row i has column j.
///
/// - Source: Kuhn, Naval Research Logistics Quarterly 2 (1955) 83; Jonker, Volgenant, Computing 38
///   (1987) 325.
public struct Assignment: Sendable, Equatable {
  /// The column of each row.
  public let columns: [Int]
  /// The sum of the costs of all rows with their columns.
  public let cost: Double
  /// The dual variables of the rows.
  public let rowPotentials: [Double]
  /// The dual variables of the columns; with more columns than rows never above 0, and 0 for a column
  /// without a row.
  public let columnPotentials: [Double]

  /// Solves the problem.
  ///
  /// - Parameters:
  ///   - costs: One finite number for each row and column, row by row.
  ///   - rows: The number of rows.
  ///   - columns: The number of columns, at least as many.
  public init(costs: [Double], rows: Int, columns: Int) {
    precondition(
      rows >= 0 && columns >= rows && costs.count == rows * columns,
      "\(costs.count) costs do not give \(rows) rows a column each of \(columns).")
    var search = AssignmentSearch(columns: columns, rows: rows)
    costs.withUnsafeBufferPointer { costs in
      search.reduce(costs)
      for row in 0..<rows { search.place(row, costs) }
    }
    var chosen = [Int](repeating: 0, count: rows)
    for column in 0..<columns where search.owners[column] >= 0 {
      chosen[search.owners[column]] = column
    }
    self.columns = chosen
    cost = chosen.indices.reduce(0) { $0 + costs[$1 * columns + chosen[$1]] }
    rowPotentials = search.rowPotentials
    columnPotentials = search.columnPotentials
  }
}

/// An assignment that is the cheapest for the rows placed so far.
private struct AssignmentSearch {
  /// The row of each column, or -1.
  var owners: [Int]
  var rowPotentials: [Double]
  var columnPotentials: [Double]
  private var distance: [Double]
  private var parent: [Int]
  private var isDone: [Bool]

  init(columns: Int, rows: Int) {
    owners = [Int](repeating: -1, count: columns)
    rowPotentials = [Double](repeating: 0, count: rows)
    columnPotentials = [Double](repeating: 0, count: columns)
    distance = columnPotentials
    parent = owners
    isDone = [Bool](repeating: false, count: columns)
  }

  /// Begins with potentials under which every row, and every column of a square matrix, has a pair that
  /// costs nothing.
  mutating func reduce(_ costs: UnsafeBufferPointer<Double>) {
    let (rows, columns) = (rowPotentials.count, owners.count)
    if rows == columns {
      for column in 0..<columns {
        columnPotentials[column] = .infinity
        for row in 0..<rows {
          columnPotentials[column] = min(columnPotentials[column], costs[row * columns + column])
        }
      }
    }
    for row in 0..<rows {
      rowPotentials[row] = .infinity
      for column in 0..<columns {
        rowPotentials[row] = min(
          rowPotentials[row], costs[row * columns + column] - columnPotentials[column])
      }
    }
  }

  /// Places one more row along the shortest path to a free column.
  mutating func place(_ start: Int, _ costs: UnsafeBufferPointer<Double>) {
    let count = owners.count
    for column in 0..<count {
      distance[column] = .infinity
      isDone[column] = false
    }
    var (row, from, reached) = (start, -1, 0.0)
    var end = -1
    while end < 0 {
      var (closest, least) = (-1, Double.infinity)
      for column in 0..<count where !isDone[column] {
        let length =
          reached + costs[row * count + column] - rowPotentials[row] - columnPotentials[column]
        if length < distance[column] {
          distance[column] = length
          parent[column] = from
        }
        if closest < 0 || distance[column] < least {
          (closest, least) = (column, distance[column])
        }
      }
      isDone[closest] = true
      (from, reached) = (closest, least)
      if owners[closest] < 0 { end = closest } else { row = owners[closest] }
    }
    rowPotentials[start] += reached
    for column in 0..<count where isDone[column] && column != end {
      rowPotentials[owners[column]] += reached - distance[column]
      columnPotentials[column] -= reached - distance[column]
    }
    var column = end
    while parent[column] >= 0 {
      owners[column] = owners[parent[column]]
      column = parent[column]
    }
    owners[column] = start
  }
}
