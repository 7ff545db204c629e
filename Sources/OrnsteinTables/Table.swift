/// Named columns of equal length: what a CSV or NPY file holds.
///
/// A value type. No cell is NaN or infinite: a missing cell is recorded as missing.
public struct Table: Sendable, Equatable {
  /// Where the table was read from, for messages; empty for one made in code.
  public var source: String
  /// The columns, in the order of the file.
  public let columns: [Column]
  /// The number of rows.
  public let rowCount: Int

  /// A table of columns with different names and equal lengths.
  ///
  /// - Parameters:
  ///   - columns: At least one column.
  ///   - source: Where they come from, for messages.
  /// - Throws: `TableError` if a name is empty or appears twice, or there is no column.
  public init(columns: [Column], source: String = "") throws(TableError) {
    guard let first = columns.first else { throw .empty(file: source) }
    var positions: [String: Int] = [:]
    for (position, column) in columns.enumerated() {
      precondition(
        column.count == first.count,
        "Column \(column.name) has \(column.count) rows, column \(first.name) has \(first.count).")
      guard !column.name.isEmpty else {
        throw .unnamedColumn(file: source, position: position + 1)
      }
      if let earlier = positions.updateValue(position, forKey: column.name) {
        throw .duplicateColumn(
          file: source, name: column.name, first: earlier + 1, second: position + 1)
      }
    }
    self.columns = columns
    self.source = source
    rowCount = first.count
  }

  /// The names of the columns.
  public var names: [String] { columns.map(\.name) }

  /// The column of a name, or `nil`.
  public subscript(name: String) -> Column? { columns.first { $0.name == name } }

  /// A copy of some rows, in the order given; a row may appear more than once.
  public func selecting(rows: some Collection<Int>) -> Table {
    Table(unchecked: columns.map { $0.selecting(rows: rows) }, rowCount: rows.count, source: source)
  }

  init(unchecked columns: [Column], rowCount: Int, source: String) {
    self.columns = columns
    self.rowCount = rowCount
    self.source = source
  }
}

/// A named column of a table.
public struct Column: Sendable, Equatable {
  /// The cells of a column by their type.
  public enum Cells: Sendable, Equatable {
    /// Finite numbers; 0 stands where the cell is missing.
    case numbers([Double])
    /// Texts as indices into the distinct values, in the order of first appearance; -1 where the
    /// cell is missing.
    case text(codes: [Int32], values: [String])
  }

  /// How numbers were printed, so that samples can be printed alike.
  public struct Print: Sendable, Equatable, Codable {
    /// The most digits after the point, or `nil` where it is not known or an exponent appeared.
    public var decimals: Int?
    /// Whether every number has exactly `decimals` digits after the point.
    public var keepsTrailingZeros: Bool

    /// A way to print numbers.
    public init(decimals: Int? = nil, keepsTrailingZeros: Bool = false) {
      self.decimals = decimals
      self.keepsTrailingZeros = keepsTrailingZeros
    }
  }

  /// The name, unique in its table.
  public var name: String
  /// The cells.
  public let cells: Cells
  /// One flag a row; empty when no cell is missing.
  public let missing: [Bool]
  /// How the numbers were printed.
  public let print: Print

  /// A column of numbers.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - numbers: Finite numbers, or `nil` where the cell is missing.
  ///   - print: How they are printed.
  public init(name: String, optionalNumbers numbers: [Double?], print: Print = Print()) {
    self.init(
      name: name, numbers: numbers.map { $0 ?? 0 }, missing: numbers.map { $0 == nil },
      print: print)
  }

  /// A column of numbers.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - numbers: Finite numbers, any number where the cell is missing.
  ///   - missing: One flag a row, or empty.
  ///   - print: How they are printed.
  public init(
    name: String, numbers: [Double], missing: [Bool] = [], print: Print = Print()
  ) {
    precondition(missing.isEmpty || missing.count == numbers.count, "One flag a row is needed.")
    var numbers = numbers
    for row in missing.indices where missing[row] { numbers[row] = 0 }
    precondition(
      numbers.allSatisfy(\.isFinite), "Column \(name) holds a number that is not finite.")
    self.name = name
    cells = .numbers(numbers)
    self.missing = missing.contains(true) ? missing : []
    self.print = print
  }

  /// A column of texts, `nil` where the cell is missing.
  public init(name: String, text: [String?]) {
    var index: [String: Int32] = [:]
    var values: [String] = []
    let codes = text.map { cell -> Int32 in
      guard let cell else { return -1 }
      if let code = index[cell] { return code }
      index[cell] = Int32(values.count)
      values.append(cell)
      return Int32(values.count - 1)
    }
    self.init(name: name, codes: codes, values: values)
  }

  /// A column of texts by their codes.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - codes: Indices into `values`, or -1 where the cell is missing.
  ///   - values: Different texts.
  public init(name: String, codes: [Int32], values: [String]) {
    self.name = name
    cells = .text(codes: codes, values: values)
    missing = codes.contains(-1) ? codes.map { $0 < 0 } : []
    print = Print()
  }

  /// The number of cells.
  public var count: Int {
    switch cells {
    case .numbers(let numbers): numbers.count
    case .text(let codes, _): codes.count
    }
  }

  /// The number of missing cells.
  public var missingCount: Int { missing.count { $0 } }

  /// Whether a cell is missing.
  public func isMissing(_ row: Int) -> Bool { missing.isEmpty ? false : missing[row] }

  /// The number in a cell, or `nil` if it is missing or the column is text.
  public func number(_ row: Int) -> Double? {
    guard case .numbers(let numbers) = cells, !isMissing(row) else { return nil }
    return numbers[row]
  }

  /// The text of a cell as a CSV file shows it, or `nil` if it is missing.
  public func text(_ row: Int) -> String? {
    guard !isMissing(row) else { return nil }
    switch cells {
    case .numbers(let numbers): return NumberFormat(print).text(of: numbers[row])
    case .text(let codes, let values): return values[Int(codes[row])]
    }
  }

  func selecting(rows: some Collection<Int>) -> Column {
    switch cells {
    case .numbers(let numbers):
      Column(
        name: name, numbers: rows.map { numbers[$0] },
        missing: missing.isEmpty ? [] : rows.map { missing[$0] }, print: print)
    case .text(let codes, let values):
      Column(name: name, codes: rows.map { codes[$0] }, values: values)
    }
  }
}
