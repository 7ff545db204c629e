import Ornstein

/// A table whose gaps are to be filled, and the bytes it came from.
struct ImputationInput {
  let table: Table
  /// The text, for a CSV file.
  let csv: [UInt8]?

  init(_ bytes: [UInt8], path: String) throws(TableError) {
    let name = path.lowercased()
    guard path == "-" || name.hasSuffix(".csv") || name.hasSuffix(".npy") else {
      throw .unknownFormat(path: path)
    }
    let isArray =
      name.hasSuffix(".npy") || (path == "-" && bytes.starts(with: [0x93] + Array("NUMPY".utf8)))
    table = isArray ? try Table(npy: bytes, source: path) : try Table(csv: bytes, source: path)
    csv = isArray ? nil : bytes
  }
}

/// Writes filled rows as they come: a CSV file with its own bytes around the filled cells, or numbers.
final class ImputationWriter {
  private enum Output {
    case copy(CSVCopy)
    case csv(CSVWriter)
    case array(NPYWriter)
  }

  private let input: ImputationInput
  private let output: Output
  private let path: String

  init(
    _ input: ImputationInput, to path: String, leading: [String], threads: Int
  ) throws {
    self.input = input
    self.path = path
    let name = path.lowercased()
    let isArray = name.hasSuffix(".npy")
    guard isArray || path == "-" || name.hasSuffix(".csv") || path.hasPrefix("/dev/") else {
      throw TableError.unknownFormat(path: path)
    }
    if let csv = input.csv {
      guard !isArray else {
        throw CommandFailure(
          .badUsage,
          "The .csv table \"\(input.table.source)\" is filled into a .csv file, cell by cell; "
            + "\"\(path)\" is none.")
      }
      output = .copy(
        try CSVCopy(of: csv, source: input.table.source, to: path, leading: leading))
    } else {
      let names = leading + input.table.names
      output =
        isArray
        ? .array(try NPYWriter(path: path, rowShape: [names.count], element: .double))
        : .csv(try CSVWriter(path: path, columns: names, threads: threads))
    }
  }

  /// Begins at the first row again.
  func rewind() {
    if case .copy(let copy) = output { copy.rewind() }
  }

  /// Writes the next rows, filled; with the number of the draw if there are many.
  func write(_ filled: Table, rows: Range<Int>, draw: Int?) throws {
    switch output {
    case .copy(let copy):
      let gaps = input.table.columns.map(\.missing)
      try copy.copy(
        rows: rows.count,
        leading: { row in draw.map { ["\($0)", "\(rows.lowerBound + row + 1)"] } ?? [] },
        replacing: { row, column in
          gaps[column].isEmpty || !gaps[column][rows.lowerBound + row]
            ? nil : filled.columns[column].text(row)
        })
    case .csv(let writer):
      var columns = filled.columns
      if let draw {
        let numbers = [
          ("draw", rows.map { _ in Double(draw) }), ("row", rows.map { Double($0 + 1) }),
        ]
        columns = numbers.map { Column(name: $0.0, numbers: $0.1) } + columns
      }
      try writer.write(try Table(columns: columns))
    case .array(let writer):
      let leading = draw == nil ? 0 : 2
      let width = leading + filled.columns.count
      var numbers = [Double](repeating: 0, count: rows.count * width)
      for (place, row) in rows.enumerated() {
        if let draw {
          numbers[place * width] = Double(draw)
          numbers[place * width + 1] = Double(row + 1)
        }
        for (index, column) in filled.columns.enumerated() {
          numbers[place * width + leading + index] = column.number(place) ?? .nan
        }
      }
      try writer.write(Batch(numbers, dimension: width))
    }
  }

  /// Makes the file appear.
  func finish() throws {
    switch output {
    case .copy(let copy): try copy.finish()
    case .csv(let writer): try writer.finish()
    case .array(let writer): try writer.finish()
    }
  }
}

/// What was filled, for people and machines.
struct ImputationSummary: Encodable {
  /// A column with gaps.
  struct Gaps: Encodable {
    var name: String
    var cells: Int
  }

  var source: String
  var table: String
  var output: String
  var method: String
  var draws: Int
  var rows: Int
  var filledCells: Int
  var columns: [Gaps]
  var seed: UInt64
  var seconds: Double

  init(
    of imputation: Imputation, source: String, output: String, draws: Int?, isMean: Bool,
    seed: UInt64, seconds: Double
  ) {
    (self.source, self.output, self.seed, self.seconds) = (source, output, seed, seconds)
    table = imputation.table.source
    method = isMean ? "mean" : "draw"
    self.draws = draws ?? 1
    rows = imputation.table.rowCount
    filledCells = imputation.filledCells.reduce(0, +)
    columns = zip(imputation.table.names, imputation.filledCells)
      .filter { $0.1 > 0 }.map { Gaps(name: $0.0, cells: $0.1) }
  }

  var text: String {
    guard filledCells > 0 else {
      return "No cell is missing; wrote the \(rows) rows as they are to \"\(output)\"."
    }
    let parts = columns.prefix(8).map { "\($0.cells) of \"\($0.name)\"" }
      .joined(separator: ", ")
    let more = columns.count > 8 ? " and \(columns.count - 8) more columns" : ""
    let how = method == "mean" ? "with means" : draws > 1 ? "\(draws) times" : "with draws"
    return "Filled \(filledCells) cells \(how) (\(parts)\(more)), seed \(seed), in "
      + "\(Spelling.duration(seconds: seconds)). Wrote \"\(output)\"."
  }
}
