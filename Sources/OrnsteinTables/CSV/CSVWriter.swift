import OrnsteinNumerics

/// Writes a CSV file row by row; the file appears when finished.
///
/// Numbers are written with the resolution of their column, or as the shortest text that reads back
/// to the same number; whole numbers without a point; a missing cell is empty. Chunks of rows are
/// formatted on several threads and written in order. Memory does not grow with the number of rows.
/// Not thread-safe.
public final class CSVWriter {
  static let chunkRows = 4096

  private let file: AtomicFile
  private let columnCount: Int
  private let threads: Int
  private let buffer = ByteBuffer(capacity: 1 << 20)

  /// Opens the file; the header goes there with the first rows, or at the end if there are none.
  ///
  /// - Parameters:
  ///   - path: The target, or `-` for standard output.
  ///   - columns: The names of the columns.
  ///   - threads: How many threads format rows.
  public init(path: String, columns: [String], threads: Int = 1) throws(FileError) {
    precondition(!columns.isEmpty, "A CSV file needs a column.")
    file = try AtomicFile(path: path)
    columnCount = columns.count
    self.threads = threads
    for (index, name) in columns.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      buffer.appendCell(name)
    }
    buffer.append(10)
  }

  /// Writes the rows of a table, whose columns must be in the order of the header.
  public func write(_ table: Table) throws(FileError) {
    precondition(
      table.columns.count == columnCount, "The table does not have the header's columns.")
    let writers = table.columns.map(CellWriter.init)
    try writeChunks(table.rowCount) { rows, buffer in
      for row in rows {
        for (index, writer) in writers.enumerated() {
          if index > 0 { buffer.append(UInt8(ascii: ",")) }
          writer.append(row, to: buffer)
        }
        buffer.append(10)
      }
    }
  }

  /// Writes points as rows of numbers.
  public func write<Scalar: BatchScalar>(_ points: Batch<Scalar>) throws(FileError) {
    precondition(points.dimension == columnCount, "The points do not have the header's columns.")
    let shortest = NumberFormat(Column.Print())
    try writeChunks(points.count) { rows, buffer in
      points.withUnsafeBufferPointer { elements in
        for row in rows {
          for column in 0..<points.dimension {
            if column > 0 { buffer.append(UInt8(ascii: ",")) }
            let value = elements[row * points.dimension + column]
            if let single = value as? Float {
              buffer.appendNumber(single)
            } else {
              buffer.appendNumber(Double(value), shortest)
            }
          }
          buffer.append(10)
        }
      }
    }
  }

  /// Writes the rows of encoded points.
  ///
  /// - Parameters:
  ///   - points: Points of the decoder's dimension.
  ///   - decoder: Its columns are the header's.
  /// - Returns: For each column, how many cells were beyond the bounds of the schema.
  @discardableResult
  public func write(
    _ points: Batch<Float>, decodedBy decoder: TableDecoder
  ) throws(TableError) -> [Int] {
    precondition(
      decoder.columns.count == columnCount, "The schema does not have the header's columns.")
    try decoder.check(points)
    let formatter = RowFormatter(decoder)
    let clipped = ClippedCounts(columns: columnCount)
    do throws(FileError) {
      try writeChunks(points.count) { rows, buffer in
        clipped.add(formatter.append(points, rows: rows, to: buffer))
      }
    } catch {
      throw .file(error)
    }
    return clipped.counts
  }

  /// Makes the file appear.
  public func finish() throws(FileError) {
    try flush()
    try file.commit()
  }

  /// Removes what was written; the target stays as it was.
  public func discard() { file.discard() }

  private func flush() throws(FileError) {
    try file.write(buffer.bytes)
    buffer.removeAll()
  }

  /// Formats groups of chunks, each chunk into its own bytes, and writes them in order.
  private func writeChunks(
    _ rows: Int, _ body: @Sendable (Range<Int>, ByteBuffer) -> Void
  ) throws(FileError) {
    if threads == 1 || rows <= Self.chunkRows {
      let chunks = Chunks(of: 0..<rows, size: Self.chunkRows)
      for chunk in 0..<chunks.count {
        body(chunks[chunk], buffer)
        try flush()
      }
      return
    }
    try flush()
    let groupRows = 2 * threads * Self.chunkRows
    for start in stride(from: 0, to: rows, by: groupRows) {
      let group = start..<min(start + groupRows, rows)
      let outputs = ChunkOutputs(count: 2 * threads)
      try? Chunks(of: group, size: Self.chunkRows).forEach(threads: threads) { piece, _ in
        let output = ByteBuffer(capacity: 1 << 18)
        body(piece, output)
        outputs.set(output, at: (piece.lowerBound - start) / Self.chunkRows)
      }
      for output in outputs.all { try file.write(output.bytes) }
    }
  }
}

/// Writes the cells of one column of a table.
private struct CellWriter: Sendable {
  private let column: Column
  private let format: NumberFormat
  private let texts: [[UInt8]]

  init(_ column: Column) {
    self.column = column
    format = NumberFormat(column.print)
    if case .text(_, let values) = column.cells {
      texts = values.map { value in
        let buffer = ByteBuffer()
        buffer.appendCell(value)
        return Array(buffer.bytes)
      }
    } else {
      texts = []
    }
  }

  func append(_ row: Int, to buffer: ByteBuffer) {
    if column.isMissing(row) { return }
    switch column.cells {
    case .numbers(let numbers): buffer.appendNumber(numbers[row], format)
    case .text(let codes, _):
      texts[Int(codes[row])].withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    }
  }
}
