/// What is wrong with a table, a file of a table, or a schema, and where.
///
/// Lines and rows count from 1; the header of a CSV file is line 1 and no row. Every description is
/// a sentence that names the place and says what to do.
public enum TableError: Error, Equatable, Sendable {
  /// The system could not read or write the file.
  case file(FileError)
  /// The name ends neither in `.csv` nor in `.npy`.
  case unknownFormat(path: String)
  /// There is not one byte, or not one column.
  case empty(file: String)
  /// There is a header and no row.
  case headerOnly(file: String)
  /// The first line is made of numbers.
  case numericHeader(file: String, text: String)
  /// The cells are separated by something else than a comma.
  case wrongSeparator(file: String, separator: String)
  /// A header cell is empty.
  case unnamedColumn(file: String, position: Int)
  /// Two header cells are equal.
  case duplicateColumn(file: String, name: String, first: Int, second: Int)
  /// A line has more or fewer cells than the header.
  case raggedRow(file: String, line: Int, found: Int, expected: Int)
  /// A quote is opened and not closed.
  case unterminatedQuote(file: String, line: Int, column: String)
  /// Something follows a closing quote.
  case textAfterQuote(file: String, line: Int, column: String)
  /// A text is not UTF-8.
  case invalidUTF8(file: String, line: Int)
  /// A byte is zero.
  case zeroByte(file: String, line: Int)
  /// A cell of a numeric column is infinite or too large for a double.
  case notFinite(file: String, row: Int, column: String, text: String)
  /// A cell of a numeric column is no number.
  case notNumber(file: String, row: Int, column: String, text: String)
  /// A number lies so far from those that the schema was made from that it has no point.
  case tooFar(file: String, row: Int, column: String, text: String)
  /// The array file cannot be read as a table.
  case array(file: String, reason: String)
  /// A column of texts has too many different values to be categories.
  case tooManyCategories(file: String, column: String, distinct: Int, rows: Int, example: String)
  /// A text column looks like numbers but for one cell.
  case almostNumeric(file: String, column: String, row: Int, text: String)
  /// A column of the schema is not in the table.
  case absentColumn(file: String, name: String, present: [String])
  /// A category is not in the schema.
  case unknownCategory(file: String, row: Int, column: String, text: String, known: [String])
  /// A cell is missing in a column whose schema has no missing cells.
  case unexpectedMissing(file: String, row: Int, column: String)
  /// The schema contradicts itself or cannot be read.
  case schema(file: String, reason: String)
  /// No column varies.
  case nothingVaries(file: String)
  /// A point to be decoded has a coordinate that is not finite.
  case pointNotFinite(row: Int, column: String)
  /// Points have the wrong number of coordinates.
  case wrongDimension(found: Int, expected: Int)
}

extension TableError {
  /// The error of a column of texts that should hold numbers, at its first text that is none.
  package static func notNumber(_ column: Column, in file: String) -> TableError {
    let scanner = NumberScanner()
    let row =
      (0..<column.count).first { column.text($0).map { !scanner.isNumber($0) } ?? false } ?? 0
    return .notNumber(
      file: file, row: row + 1, column: column.name, text: column.text(row) ?? "")
  }
}

extension TableError: CustomStringConvertible {
  /// A sentence that names the place and says what to do.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .unknownFormat(let path):
      "\"\(path)\" is neither a .csv nor a .npy file by its name; rename or convert it."
    case .empty(let file): "\(name(file)) is empty; a header line and rows are needed."
    case .headerOnly(let file):
      "\(name(file)) has a header line and no rows below it (lines must end in a line feed)."
    case .numericHeader(let file, let text):
      "\(name(file)) starts with numbers (\(text)); add a first line with the column names."
    case .wrongSeparator(let file, let separator):
      "\(name(file)) has cells separated by \(separator); convert it to commas."
    case .unnamedColumn(let file, let position):
      "\(name(file)): column \(position) has no name; name it in the header or remove it."
    case .duplicateColumn(let file, let column, let first, let second):
      "\(name(file)): columns \(first) and \(second) are both named \"\(column)\"; rename one."
    case .raggedRow(let file, let line, let found, let expected):
      "\(name(file)), line \(line): \(found) cell\(found == 1 ? "" : "s"), "
        + "but the header names \(expected); a text with a comma needs quotes."
    case .unterminatedQuote(let file, let line, let column):
      "\(name(file)), line \(line), column \"\(column)\": a quote is opened and never closed."
    case .textAfterQuote(let file, let line, let column):
      "\(name(file)), line \(line), column \"\(column)\": text follows a closing quote; "
        + "write a quote inside a quoted text twice."
    case .invalidUTF8(let file, let line):
      "\(name(file)), line \(line): not UTF-8 text; convert the file to UTF-8."
    case .zeroByte(let file, let line):
      "\(name(file)), line \(line): a zero byte; this is no UTF-8 text "
        + "(a UTF-16 or a binary file?)."
    default: cellDescription
    }
  }

  private var cellDescription: String {
    switch self {
    case .notFinite(let file, let row, let column, let text):
      "\(place(file, row, column)): \"\(text)\" is not a finite number; "
        + "leave the cell empty if it is missing."
    case .notNumber(let file, let row, let column, let text):
      "\(place(file, row, column)): \"\(text)\" is not a number; correct the cell, "
        + "leave it empty if it is missing, or make the column categorical in the schema."
    case .tooFar(let file, let row, let column, let text):
      "\(place(file, row, column)): \"\(text)\" is too far from the values that the schema was made "
        + "from; correct the cell, or leave it empty if it is missing."
    case .array(let file, let reason): "\(name(file)): \(reason)"
    case .tooManyCategories(let file, let column, let distinct, let rows, let example):
      "\(name(file)), column \"\(column)\": \(distinct) different texts in \(rows) rows (as "
        + "\"\(example)\") look like names, not categories. Remove the column, or give a schema "
        + "with {\"name\": \"\(column)\", \"kind\": \"ignored\"} (or \"categorical\" to keep it)."
    case .almostNumeric(let file, let column, let row, let text):
      "\(place(file, row, column)): \"\(text)\" is not a number, but most of the column is. "
        + "Correct the cell, leave it empty if it is missing, or give a schema with "
        + "{\"name\": \"\(column)\", \"kind\": \"categorical\"}."
    case .absentColumn(let file, let column, let present):
      "\(name(file)) has no column \"\(column)\"; it has \(list(present))."
    case .unknownCategory(let file, let row, let column, let text, let known):
      "\(place(file, row, column)): \"\(text)\" is not one of the categories \(list(known))."
    case .unexpectedMissing(let file, let row, let column):
      "\(place(file, row, column)): the cell is missing, but no cell of this column was missing "
        + "when the schema was made; fill it or remove the row."
    case .schema(let file, let reason): "\(name(file)): \(reason)"
    case .nothingVaries(let file):
      "\(name(file)): every column is constant or empty, so there is nothing to learn."
    case .pointNotFinite(let row, let column):
      "Point \(row), column \"\(column)\": a coordinate is not a finite number."
    case .wrongDimension(let found, let expected):
      "Points of \(found) coordinates do not fit a schema of \(expected)."
    default: ""
    }
  }

  private func name(_ file: String) -> String {
    file.isEmpty ? "The table" : file == "-" ? "Standard input" : "\"\(file)\""
  }

  private func place(_ file: String, _ row: Int, _ column: String) -> String {
    "\(name(file)), row \(row), column \"\(column)\""
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
