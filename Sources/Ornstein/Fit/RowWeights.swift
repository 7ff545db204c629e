import OrnsteinTables

/// How much each row of a table counts: a column of the table that is taken out of it.
///
/// A weight of 2 counts as the row twice, and rows of weight 0 are left out.
public struct RowWeights: Sendable {
  /// The name of the column.
  public let column: String
  /// The weights of the rows that are left, all above 0.
  public let weights: [Double]
  /// Those rows, without the column.
  public let table: Table

  /// The largest weight, so that sums over rows stay finite.
  private static let largest = 1e100

  /// Takes a column out of a table.
  ///
  /// - Parameters:
  ///   - name: The name of the column.
  ///   - whole: The table.
  /// - Throws: ``/OrnsteinTables/TableError`` if there is no such column or no other, or a cell of it holds
  ///   no weight.
  public init(column name: String, of whole: Table) throws(TableError) {
    guard let column = whole[name] else {
      throw .absentColumn(file: whole.source, name: name, present: whole.names)
    }
    guard whole.columns.count > 1 else {
      throw .schema(
        file: whole.source,
        reason:
          "the column \"\(name)\" is the only one, so there is nothing to learn beside weights.")
    }
    var weights: [Double] = []
    var kept: [Int] = []
    for row in 0..<whole.rowCount {
      guard let weight = column.number(row), weight >= 0, weight <= Self.largest else {
        let text = column.text(row).map { "\"\($0)\"" } ?? "nothing"
        throw .schema(
          file: whole.source,
          reason:
            "row \(row + 1), column \"\(name)\" holds \(text), which is no weight: a number from 0 "
            + "to 1e100 is needed.")
      }
      guard weight > 0 else { continue }
      weights.append(weight)
      kept.append(row)
    }
    self.column = name
    self.weights = weights
    let rows = kept.count == whole.rowCount ? whole : whole.selecting(rows: kept)
    table = try Table(columns: rows.columns.filter { $0.name != name }, source: whole.source)
  }

  /// The bits of the weights in a few hexadecimal digits (FNV-1a).
  var hash: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for weight in weights { hash = (hash ^ weight.bitPattern) &* 0x0000_0100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
