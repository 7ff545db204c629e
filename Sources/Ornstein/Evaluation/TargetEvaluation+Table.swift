import OrnsteinDiffusion
import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables

extension TargetEvaluation {
  /// Compares the rows of a table with an exact law, its columns being the coordinates in their order.
  ///
  /// - Parameters:
  ///   - table: Numbers in every cell, one column a coordinate.
  ///   - law: The law that the rows should have.
  ///   - settings: What can be chosen.
  /// - Throws: ``/OrnsteinTables/TableError`` if the table holds no such points, or
  ///   ``/OrnsteinMetrics/MetricError`` if there are too few.
  public init(
    of table: Table, against law: ReferenceLaw, settings: Settings = Settings()
  ) throws {
    try self.init(
      of: try table.points(dimension: law.dimension), against: law, settings: settings)
  }
}

extension Table {
  /// The rows as points, the columns being the coordinates in their order.
  ///
  /// - Parameter dimension: The number of coordinates that there must be.
  /// - Throws: ``/OrnsteinTables/TableError`` that names the first cell that is no number.
  func points(dimension: Int) throws(TableError) -> Batch<Double> {
    guard columns.count == dimension else {
      throw .schema(
        file: source,
        reason: "it has \(columns.count) columns and the target has \(dimension) coordinates; "
          + "compare points of one space.")
    }
    var numbers: [[Double]] = []
    for column in columns {
      guard case .numbers(let values) = column.cells else {
        let row = (0..<column.count).first { column.text($0) != nil } ?? 0
        throw .notNumber(
          file: source, row: row + 1, column: column.name, text: column.text(row) ?? "")
      }
      if let row = (0..<column.count).first(where: { column.isMissing($0) }) {
        throw .schema(
          file: source,
          reason:
            "row \(row + 1) has no number in the column \"\(column.name)\"; a point needs all "
            + "its coordinates.")
      }
      numbers.append(values)
    }
    return Batch(unsafeUninitializedCount: rowCount, dimension: dimension) { output in
      for (coordinate, values) in numbers.enumerated() {
        for row in 0..<rowCount { output[row * dimension + coordinate] = values[row] }
      }
    }
  }
}
