extension Schema {
  /// The schema of a table.
  ///
  /// A column whose cells are all numbers is `boolean` if it holds just 0 and 1, `integer` if all are
  /// whole, else `continuous`. A column of texts is `boolean` if it holds two, else `categorical`;
  /// more than 1000 different texts, or more than half as many as cells, are taken for names and
  /// refused. Angles are never guessed. A column without any cell is `empty`. Hints come first.
  ///
  /// - Parameters:
  ///   - table: The rows to learn from.
  ///   - hints: What the user says about some columns.
  /// - Throws: `TableError`, naming the column and what to do.
  public init(of table: Table, following hints: SchemaHints = SchemaHints()) throws(TableError) {
    var hinted: Set<String> = []
    for hint in hints.columns {
      guard table[hint.name] != nil else {
        throw .schema(
          file: hints.source,
          reason: TableError.absentColumn(
            file: table.source, name: hint.name, present: table.names
          ).description)
      }
      guard hinted.insert(hint.name).inserted else {
        throw .schema(
          file: hints.source,
          reason: "the column \"\(hint.name)\" appears twice; say all of it at one place.")
      }
      if let reason = Column.Print(decimals: hint.decimals).contradiction {
        throw .schema(file: hints.source, reason: "column \"\(hint.name)\": \(reason).")
      }
    }
    var columns: [ColumnSchema] = []
    for column in table.columns {
      let hint = hints[column.name] ?? SchemaHints.Hint(name: column.name)
      guard hint.kind != .ignored else { continue }
      let inference = ColumnInference(column: column, hint: hint, file: table.source)
      columns.append(
        ColumnSchema(
          name: column.name, kind: try inference.kind(), missing: column.missingCount))
    }
    try self.init(
      rows: table.rowCount, columns: columns,
      source: hints.source.isEmpty ? table.source : hints.source)
  }
}

/// Finds out what one column holds.
private struct ColumnInference {
  static let mostCategories = 1000

  let column: Column
  let hint: SchemaHints.Hint
  let file: String

  func kind() throws(TableError) -> ColumnSchema.Kind {
    guard column.missingCount < column.count else { return .empty }
    switch hint.kind {
    case .continuous: return .continuous(try range(of: try numbers(), isInteger: false))
    case .integer: return .integer(try range(of: try integers(), isInteger: true))
    case .angle: return .angle(try angle(try numbers()))
    case .categorical: return .categorical(try categories())
    case .boolean: return .boolean(try categories())
    case nil, .empty, .ignored: return try guess()
    }
  }

  private func guess() throws(TableError) -> ColumnSchema.Kind {
    if hint.categories != nil { return .categorical(try categories()) }
    if hint.period != nil { return .angle(try angle(try numbers())) }
    switch column.cells {
    case .numbers:
      let values = try numbers()
      let isNarrowed = hint.minimum != nil || hint.maximum != nil || hint.transform != nil
      if !isNarrowed, Set(values) == [0, 1], (column.print.decimals ?? 0) == 0 {
        return .boolean(try categories())
      }
      let isWhole = values.allSatisfy { $0.rounded() == $0 && $0.magnitude < 9e15 }
      return isWhole && (hint.decimals ?? 0) == 0
        ? .integer(try range(of: values, isInteger: true))
        : .continuous(try range(of: values, isInteger: false))
    case .text:
      let coded = CategoryCodes(column)
      let cells = column.count - column.missingCount
      let distinct = coded.values.count
      if distinct > Self.mostCategories || (distinct > 2 && distinct > cells / 2) {
        throw namesRefused(coded, cells)
      }
      let found = try categories()
      return found.count == 2 ? .boolean(found) : .categorical(found)
    }
  }

  /// Says whether a column of many texts is one of numbers with a slip, or one of names.
  private func namesRefused(_ coded: CategoryCodes, _ cells: Int) -> TableError {
    let isNumber = coded.values.map(NumberScanner().isNumber)
    if let slip = isNumber.firstIndex(of: false), 2 * isNumber.count(where: \.self) > cells / 2 {
      return .almostNumeric(
        file: file, column: column.name, row: coded.firstRow(of: slip) + 1,
        text: coded.values[slip])
    }
    return .tooManyCategories(
      file: file, column: column.name, distinct: coded.values.count, rows: cells,
      example: coded.values[0])
  }

  private func numbers() throws(TableError) -> [Double] {
    switch column.cells {
    case .numbers(let values):
      return column.missing.isEmpty
        ? values : zip(values, column.missing).filter { !$0.1 }.map(\.0)
    case .text:
      throw .notNumber(column, in: file)
    }
  }

  private func integers() throws(TableError) -> [Double] {
    let values = try numbers()
    guard let odd = values.first(where: { $0.rounded() != $0 || $0.magnitude >= 9e15 }) else {
      return values
    }
    throw .schema(
      file: file,
      reason: "column \"\(column.name)\" is declared integer, but holds \(odd); make it continuous."
    )
  }

  private func range(of values: [Double], isInteger: Bool) throws(TableError) -> NumberRange {
    let sorted = values.sorted()
    let (mean, deviation) = MarginalTransform.moments(sorted)
    let lowest = sorted[0]
    let highest = sorted[sorted.count - 1]
    var print = column.print
    if let decimals = hint.decimals { print = Column.Print(decimals: decimals) }
    if isInteger, print.decimals == nil { print.decimals = 0 }
    print = print.withoutArtefacts(of: sorted)
    if max(-lowest, highest) > 1e15 { print = Column.Print() }
    if let minimum = hint.minimum, minimum > lowest { throw outside(lowest, minimum, "minimum") }
    if let maximum = hint.maximum, maximum < highest { throw outside(highest, maximum, "maximum") }
    let resolution = NumberRange.resolution(isInteger: isInteger, print)
    let transform: MarginalTransform =
      lowest == highest
      ? .linear(center: lowest, scale: 1)
      : .fitted(to: sorted, resolution: resolution, name: hint.transform)
    return NumberRange(
      minimum: hint.minimum ?? lowest, maximum: hint.maximum ?? highest, mean: mean,
      standardDeviation: deviation, print: print, transform: transform)
  }

  private func outside(_ value: Double, _ bound: Double, _ name: String) -> TableError {
    .schema(
      file: file,
      reason: "column \"\(column.name)\" holds \(value), beyond the \(name) \(bound) given for it; "
        + "correct the cell or the bound.")
  }

  private func angle(_ values: [Double]) throws(TableError) -> AngleRange {
    guard let period = hint.period, period > 0, period.isFinite else {
      throw .schema(
        file: file,
        reason: "column \"\(column.name)\" is declared an angle without a period; "
          + "add \"period\": 360 for degrees, 6.283185307179586 for radians.")
    }
    let least = values.min() ?? 0
    let lowest = least >= 0 ? 0 : min(least, -period / 2)
    var print = column.print
    if let decimals = hint.decimals { print = Column.Print(decimals: decimals) }
    print = print.withoutArtefacts(of: values)
    return AngleRange(period: period, lowest: lowest, print: print)
  }

  private func categories() throws(TableError) -> [Category] {
    let coded = CategoryCodes(column)
    guard let listed = hint.categories else {
      return zip(coded.values, coded.counts).map { Category(value: $0, count: $1) }
    }
    let lookup = CategoryLookup(listed)
    var counts = listed.map { _ in 0 }
    for (index, value) in coded.values.enumerated() {
      guard let position = lookup[value] else {
        throw .unknownCategory(
          file: file, row: coded.firstRow(of: index) + 1, column: column.name, text: value,
          known: listed)
      }
      counts[position] += coded.counts[index]
    }
    return zip(listed, counts).map { Category(value: $0, count: $1) }
  }
}

extension Column.Print {
  /// The same way to print without the digits of binary rounding, as in 0.30000000000000004.
  ///
  /// More than 9 decimals become the fewest that give every value back to a few units in its last
  /// place, if 9 are enough.
  fileprivate func withoutArtefacts(of values: [Double]) -> Column.Print {
    guard let decimals, decimals > 9 else { return self }
    let enough = (0...9).first { fewer in
      let power = NumberFormat.powersOfTen[fewer]
      return values.allSatisfy { abs($0 - ($0 * power).rounded() / power) <= 4 * $0.ulp }
    }
    if let enough { return Column.Print(decimals: enough) }
    return decimals <= 15 ? self : Column.Print()
  }
}

extension NumberRange {
  /// The distance of neighbouring values that can be printed, or 0 if any number can.
  static func resolution(isInteger: Bool, _ print: Column.Print) -> Double {
    if isInteger { return 1 }
    guard let decimals = print.decimals, decimals <= 15 else { return 0 }
    return 1 / NumberFormat.powersOfTen[decimals]
  }
}
