import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

/// The rows of a table under a mixture of encoded rows, given some of their cells: exact draws.
///
/// A column of real numbers takes any finite number, beyond its bounds and finer than it prints, and every
/// row shows the very number that was given; the law is that given the number in single precision. Whole
/// numbers and levels must be ones that the column can hold, and categories those that it has.
public struct ConditionalRows: Sendable {
  /// The columns.
  public let schema: Schema
  private let mixture: GaussianMixture<Double>
  private let given: [String: Cell]
  private let key: NoiseKey
  /// Given numbers that rows show as they are, by the name of their column.
  package let held: [String: Double]

  private enum Cell: Sendable {
    case number(Double)
    case text(String)
  }

  /// The rows with some cells given.
  ///
  /// - Parameters:
  ///   - mixture: The law of encoded rows.
  ///   - schema: The columns, of as many coordinates as the mixture.
  ///   - values: The given cells by the name of their column, as a CSV file has them.
  ///   - key: The randomness.
  /// - Throws: ``ImputationError`` if there is no such column, or its column cannot hold a value.
  public init(
    of mixture: GaussianMixture<Double>, schema: Schema, given values: [String: String],
    key: NoiseKey
  ) throws {
    self.schema = schema
    self.mixture = mixture
    self.key = key
    let names = schema.columns.map(\.name)
    if let unknown = values.keys.sorted().first(where: { !names.contains($0) }) {
      let known = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
      throw ImputationError(
        reason: "There is no column \"\(unknown)\"; there are \(known)"
          + "\(names.count > 8 ? " and \(names.count - 8) more" : "").")
    }
    var given: [String: Cell] = [:]
    for column in schema.columns {
      guard let text = values[column.name] else { continue }
      given[column.name] = try Self.cell(text, of: column)
    }
    guard given.count < schema.columns.count else {
      throw ImputationError(
        reason: "Every column is given, so nothing is left to draw; leave one out.")
    }
    self.given = given
    held = Self.held(given, schema)
    try checkThatValuesReturn()
  }

  /// Real numbers, and angles within their period.
  private static func held(_ given: [String: Cell], _ schema: Schema) -> [String: Double] {
    var held: [String: Double] = [:]
    for column in schema.columns {
      guard case .number(let number)? = given[column.name] else { continue }
      if column.takesAnyNumber {
        held[column.name] = number
      } else if case .angle(let range) = column.kind {
        let turns = ((number - range.lowest) / range.period).rounded(.down)
        held[column.name] = turns == 0 ? number : number - turns * range.period
      }
    }
    return held
  }

  private static func cell(_ text: String, of column: ColumnSchema) throws(ImputationError) -> Cell
  {
    switch column.kind {
    case .continuous, .integer, .angle:
      guard let number = Double(text), number.isFinite else {
        throw ImputationError(
          reason: "The column \"\(column.name)\" holds numbers; \"\(text)\" is none.")
      }
      if let constant = column.constant, constant != number {
        throw ImputationError(
          reason: "The column \"\(column.name)\" cannot hold \(text): it was always "
            + "\(NumberFormat(Column.Print()).text(of: constant)) when the model was made; leave it out."
        )
      }
      return .number(number)
    case .boolean(let categories), .categorical(let categories):
      let number = Double(text)
      let match =
        categories.first { $0.value == text }
        ?? categories.first { number != nil && Double($0.value) == number }
      guard let match else {
        let known = categories.prefix(8).map { "\"\($0.value)\"" }.joined(separator: ", ")
        throw ImputationError(
          reason: "The column \"\(column.name)\" has no category \"\(text)\"; it has \(known)"
            + "\(categories.count > 8 ? " and \(categories.count - 8) more" : "").")
      }
      return .text(match.value)
    case .empty:
      throw ImputationError(
        reason: "The column \"\(column.name)\" was empty when the model was made; leave it out.")
    }
  }

  /// Makes sure that a drawn row holds the given values and no others that are like them.
  private func checkThatValuesReturn() throws {
    let row: Table
    do {
      row = try table(of: 0..<1)
    } catch TableError.tooFar(_, _, let name, let text) {
      throw ImputationError(
        reason: "The column \"\(name)\" cannot hold \(text): it is too far from the law.")
    }
    for (name, cell) in given where held[name] == nil {
      guard case .number(let number) = cell, let found = row[name]?.number(0), found != number
      else { continue }
      let text = row[name]?.text(0) ?? "\(found)"
      throw ImputationError(
        reason:
          "The column \"\(name)\" cannot hold \(number): the nearest value that it has in the "
          + "model is \(text).")
    }
  }

  /// Some rows of the endless sample of the key, encoded.
  ///
  /// - Throws: ``ImputationError`` if the given cells have no conditional law.
  package func encoded(_ rows: Range<Int>, threads: Int) throws -> Batch<Float> {
    let columns = schema.columns.map { column -> Column in
      switch given[column.name] {
      case .number(let number):
        Column(name: column.name, numbers: [Double](repeating: number, count: rows.count))
      case .text(let text):
        Column(
          name: column.name, codes: [Int32](repeating: 0, count: rows.count), values: [text])
      case nil:
        Column(name: column.name, optionalNumbers: [Double?](repeating: nil, count: rows.count))
      }
    }
    return try Imputation(
      of: try Table(columns: columns), under: mixture, schema: schema, key: key,
      firstRow: rows.lowerBound
    ).encoded(0..<rows.count, .draw(0), threads: threads)
  }

  /// Some rows of the endless sample of the key.
  ///
  /// - Parameters:
  ///   - rows: Which rows; each comes out the same whatever its neighbours.
  ///   - threads: How many threads work; does not change the rows.
  /// - Throws: ``ImputationError`` if the given cells have no conditional law.
  public func table(of rows: Range<Int>, threads: Int = 1) throws -> Table {
    try TableDecoder(schema, holding: held).decode(try encoded(rows, threads: threads)).table
  }
}
