#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Table {
  /// Reads a table from the bytes of a CSV file.
  ///
  /// The form: commas, one header line of different names, `.` as decimal point, lines that end in
  /// LF or CRLF, UTF-8 with or without byte order mark. A cell with a comma, a quote or a line end
  /// is quoted, a quote inside written twice (RFC 4180). An empty cell, quoted or not, is missing.
  ///
  /// A column is numeric if every cell that is not missing is a number; there, `NA`, `N/A`, `NaN`,
  /// `nan`, `null`, `NULL` and `None` are missing too, and spaces around a number do not count. In
  /// a column of texts these words are texts. Infinity is an error.
  ///
  /// Cost: one pass over the bytes, two if a text first appears after a thousand rows of numbers.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  public init(csv bytes: [UInt8], source: String = "") throws(TableError) {
    let result: Result<Table, TableError> = bytes.withUnsafeBufferPointer { buffer in
      do throws(TableError) {
        guard let base = buffer.baseAddress, buffer.count > 0 else {
          throw .empty(file: source)
        }
        return .success(try CSVReader(base, count: buffer.count, file: source).table())
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}

/// One reading of a CSV file.
private struct CSVReader {
  static let rowsToGuessTypes = 1000

  let bytes: UnsafePointer<UInt8>
  let count: Int
  let file: String
  let scanner = NumberScanner()
  private var start = 0

  init(_ bytes: UnsafePointer<UInt8>, count: Int, file: String) throws(TableError) {
    self.bytes = bytes
    self.count = count
    self.file = file
    if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
    if start == count { throw .empty(file: file) }
    if let zero = memchr(bytes, 0, count) {
      let offset = zero - UnsafeMutableRawPointer(mutating: bytes)
      throw .zeroByte(file: file, line: 1 + lineFeeds(in: 0..<offset))
    }
  }

  func table() throws(TableError) -> Table {
    var cursor = CSVCursor(bytes: bytes, count: count, file: file, index: start)
    let names = try header(&cursor)
    var isText = names.map { _ in false }
    let rows = lineFeeds(in: cursor.index..<count) + 1
    if rows > 2 * Self.rowsToGuessTypes {
      let guess = try read(names, isText, from: cursor, limit: Self.rowsToGuessTypes, rows: 1024)
      isText = guess.map(\.metText)
    }
    var builders = try read(names, isText, from: cursor, limit: .max, rows: rows)
    if builders.contains(where: \.metText) {
      isText = builders.map { $0.isText || $0.metText }
      builders = try read(names, isText, from: cursor, limit: .max, rows: rows)
    }
    guard builders[0].count > 0 else { throw .headerOnly(file: file) }
    var columns: [Column] = []
    for builder in builders { columns.append(try builder.column(of: file)) }
    return try Table(columns: columns, source: file)
  }

  private func lineFeeds(in range: Range<Int>) -> Int {
    var found = 0
    var index = range.lowerBound
    while index < range.upperBound, let next = memchr(bytes + index, 10, range.upperBound - index) {
      found += 1
      index = next - UnsafeMutableRawPointer(mutating: bytes) + 1
    }
    return found
  }

  private func header(_ cursor: inout CSVCursor) throws(TableError) -> [String] {
    var names: [String] = []
    var numbers = 0
    var cell: CSVCursor.Cell
    repeat {
      cell = try cursor.next(column: "\(names.count + 1)")
      let text = try cursor.text(of: cell)
      let trimmed = text.filter { $0 != " " }
      if Double(trimmed) != nil { numbers += 1 }
      names.append(text)
    } while !cell.endsLine
    if names.count == 1, names[0].isEmpty, cursor.index == count { throw .empty(file: file) }
    if numbers == names.count {
      throw .numericHeader(file: file, text: names.prefix(4).joined(separator: ","))
    }
    if names.count == 1 {
      for (mark, word) in [(";", "semicolons"), ("\t", "tabs")] where names[0].contains(mark) {
        throw .wrongSeparator(file: file, separator: word)
      }
    }
    var positions: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      guard !name.isEmpty else { throw .unnamedColumn(file: file, position: position + 1) }
      if let earlier = positions.updateValue(position, forKey: name) {
        throw .duplicateColumn(
          file: file, name: name, first: earlier + 1, second: position + 1)
      }
    }
    return names
  }

  private func read(
    _ names: [String], _ isText: [Bool], from cursor: CSVCursor, limit: Int, rows: Int
  ) throws(TableError) -> [ColumnBuilder] {
    var cursor = cursor
    let builders = zip(names, isText).map { name, isText in
      ColumnBuilder(name: name, isText: isText, capacity: rows)
    }
    var row = 0
    while row < limit, cursor.index < count {
      if names.count > 1, cursor.isAtBlankLine {
        guard cursor.onlyBlankLinesFollow else {
          throw .raggedRow(file: file, line: cursor.line, found: 0, expected: names.count)
        }
        break
      }
      for column in names.indices {
        let endsLine = try readCell(&cursor, into: builders[column])
        if endsLine != (column == names.count - 1) {
          throw ragged(&cursor, read: column + 1, expected: names.count, endsLine: endsLine)
        }
      }
      row += 1
    }
    return builders
  }

  /// Reads one cell; whether it was the last of its line.
  @inline(__always)
  private func readCell(
    _ cursor: inout CSVCursor, into builder: ColumnBuilder
  ) throws(TableError) -> Bool {
    if !builder.isText,
      let number = scanner.scan(bytes, from: cursor.index, to: count),
      number.value.isFinite, let endsLine = cursor.skip(to: number.end)
    {
      builder.append(number)
      return endsLine
    }
    return try readAnyCell(&cursor, into: builder)
  }

  @inline(never)
  private func readAnyCell(
    _ cursor: inout CSVCursor, into builder: ColumnBuilder
  ) throws(TableError) -> Bool {
    let begin = cursor
    let cell = try cursor.next(column: builder.name)
    if cell.isEmpty {
      builder.appendMissing()
    } else if builder.isText {
      builder.append(try cursor.text(of: cell))
    } else {
      let text = try begin.text(of: cell)
      var trimmed = Substring(text)
      while trimmed.first == " " { trimmed.removeFirst() }
      while trimmed.last == " " { trimmed.removeLast() }
      var exact = String(trimmed)
      let number = exact.withUTF8 { buffer in
        buffer.baseAddress.flatMap { base in
          scanner.scan(base, from: 0, to: buffer.count).flatMap {
            $0.end == buffer.count ? $0 : nil
          }
        }
      }
      if Self.missingWords.contains(exact) || exact.isEmpty {
        builder.appendMissing()
      } else if let number {
        if number.value.isFinite { builder.append(number) } else { builder.appendInfinite(exact) }
      } else {
        builder.appendNotNumber()
      }
    }
    return cell.endsLine
  }

  private static let missingWords: Set<String> = [
    "NA", "N/A", "NaN", "nan", "null", "NULL", "None",
  ]

  private func ragged(
    _ cursor: inout CSVCursor, read: Int, expected: Int, endsLine: Bool
  ) -> TableError {
    var found = read
    var line = endsLine ? cursor.line - 1 : cursor.line
    if !endsLine {
      line = cursor.line
      while let cell = try? cursor.next(column: "") {
        found += 1
        if cell.endsLine { break }
      }
    }
    return .raggedRow(file: file, line: line, found: found, expected: expected)
  }
}
