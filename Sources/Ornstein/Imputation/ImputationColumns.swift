import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

/// How the cells of a table lie among the coordinates of a mixture.
struct ImputationColumns: Sendable {
  /// A column whose missing cells are filled.
  struct Filled: Sendable {
    /// Its place in the table.
    var place: Int
    /// The coordinates that a value decides; none where it is always the same.
    var coordinates: [Int]
    /// The coordinate that tells that a cell is missing: a filled cell is not.
    var marker: Int?
  }

  /// The columns of the table that the law knows, in the order of the law.
  let filled: [Filled]
  let schema: Schema?

  /// Plain numbers: columns x0, x1, … of the table, or all of it if it has as many columns as the law
  /// has coordinates.
  init(_ table: Table, dimension: Int) throws {
    schema = nil
    let named = (0..<dimension).compactMap { j in
      table.columns.firstIndex { $0.name == "x\(j)" }
    }
    guard named.count == dimension || table.columns.count == dimension else {
      if let absent = (0..<dimension).first(where: { table["x\($0)"] == nil }), !named.isEmpty {
        throw TableError.absentColumn(
          file: table.source, name: "x\(absent)", present: table.names)
      }
      throw ImputationError(
        reason: "\(Self.name(table)) has \(table.columns.count) columns; the law has \(dimension) "
          + "coordinates and needs a column for each, named x0 to x\(dimension - 1) where there are "
          + "others.")
    }
    let places = named.count == dimension ? named : Array(0..<dimension)
    for place in places {
      let column = table.columns[place]
      guard case .text = column.cells else { continue }
      throw TableError.notNumber(column, in: table.source)
    }
    filled = places.enumerated().map { Filled(place: $1, coordinates: [$0], marker: nil) }
  }

  /// The columns of a schema, found by name.
  init(_ table: Table, schema: Schema) throws(TableError) {
    self.schema = schema
    var filled: [Filled] = []
    for (column, range) in zip(schema.columns, schema.coordinateRanges) {
      guard let place = table.columns.firstIndex(where: { $0.name == column.name }) else {
        throw .absentColumn(file: table.source, name: column.name, present: table.names)
      }
      if case .empty = column.kind { continue }
      let hasMarker = column.missing > 0 && !range.isEmpty
      filled.append(
        Filled(
          place: place, coordinates: Array(hasMarker ? range.dropLast() : range),
          marker: hasMarker ? range.upperBound - 1 : nil))
    }
    self.filled = filled
  }

  /// The points of the rows, with any value where a cell is missing, and flags that tell that no cell is.
  func points(of table: Table, key: NoiseKey, firstRow: Int) throws(TableError) -> Batch<Double> {
    guard let schema else {
      let d = filled.count
      var points = Batch<Double>(count: table.rowCount, dimension: d)
      points.withUnsafeMutableBufferPointer { points in
        for (j, column) in filled.enumerated() {
          guard case .numbers(let numbers) = table.columns[column.place].cells else { continue }
          for row in numbers.indices { points[row * d + j] = numbers[row] }
        }
      }
      return points
    }
    let whole = try Table(
      columns: schema.columns.map { schema in
        // Every column was found before.
        let column = table[schema.name] ?? Column(name: schema.name, text: [])
        return column.filled(with: schema)
      }, source: table.source)
    return try schema.encode(whole, key: key, firstRow: firstRow).converted(to: Double.self)
  }

  static func name(_ table: Table) -> String {
    table.source.isEmpty
      ? "The table" : table.source == "-" ? "Standard input" : "\"\(table.source)\""
  }
}

extension Column {
  /// The column with a value of the schema in each missing cell.
  fileprivate func filled(with schema: ColumnSchema) -> Column {
    guard missingCount > 0 else { return self }
    let number: Double?
    let text: String?
    switch schema.kind {
    case .continuous(let range), .integer(let range): (number, text) = (range.minimum, nil)
    case .angle(let range): (number, text) = (range.lowest, nil)
    case .boolean(let categories), .categorical(let categories):
      (number, text) = (nil, categories.first?.value)
    case .empty: return self
    }
    switch cells {
    case .numbers(let numbers):
      let place = number ?? text.flatMap { Double($0) }
      guard let place else {
        return Column(
          name: name, text: numbers.indices.map { isMissing($0) ? text : self.text($0) })
      }
      return Column(
        name: name, numbers: numbers.indices.map { isMissing($0) ? place : numbers[$0] },
        print: print)
    case .text(let codes, let values):
      // A word in a column of numbers is an error that the encoding names.
      let word = text ?? values.first ?? ""
      let code = values.firstIndex(of: word) ?? values.count
      return Column(
        name: name, codes: codes.map { $0 < 0 ? Int32(code) : $0 },
        values: code == values.count ? values + [word] : values)
    }
  }
}
