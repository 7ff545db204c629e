/// Copies a CSV file with texts put into some of its cells; every other cell keeps its bytes, quotes and
/// all.
///
/// The header stays, lines end as the header does, a byte order mark is left out, and columns can be put
/// before those of the file. The copy appears when finished. Memory does not grow with the rows beyond the
/// bytes of the file. Not thread-safe.
public final class CSVCopy {
  private static let flushed = 1 << 20

  private let bytes: [UInt8]
  private let source: String
  private let file: AtomicFile
  private let buffer = ByteBuffer(capacity: 1 << 20)
  private let lineEnd: [UInt8]
  private let columns: Int
  /// Where the first row begins.
  private let first: Int
  private var next: Int

  /// Opens the copy and writes its header.
  ///
  /// - Parameters:
  ///   - bytes: A CSV file that ``Table/init(csv:source:)`` has read.
  ///   - source: Its name, for messages.
  ///   - path: The copy, or `-` for standard output.
  ///   - leading: The names of columns before those of the file.
  /// - Throws: ``TableError`` if the header cannot be read or the copy cannot be opened.
  public init(
    of bytes: [UInt8], source: String, to path: String, leading: [String] = []
  ) throws(TableError) {
    self.bytes = bytes
    self.source = source
    do throws(FileError) {
      file = try AtomicFile(path: path)
    } catch {
      throw .file(error)
    }
    for name in leading {
      buffer.appendCell(name)
      buffer.append(UInt8(ascii: ","))
    }
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let result = bytes.withUnsafeBufferPointer {
      [buffer] bytes -> Result<(columns: Int, end: Int), TableError> in
      guard let base = bytes.baseAddress else { return .failure(.empty(file: source)) }
      do throws(TableError) {
        var cursor = CSVCursor(bytes: base, count: bytes.count, file: source, index: start)
        var columns = 0
        while try !Self.copyCell(&cursor, to: buffer) {
          buffer.append(UInt8(ascii: ","))
          columns += 1
        }
        return .success((columns + 1, cursor.index))
      } catch {
        return .failure(error)
      }
    }
    (columns, first) = try result.get()
    next = first
    let isWindows = first >= 2 && bytes[first - 1] == 10 && bytes[first - 2] == 13
    lineEnd = isWindows ? [13, 10] : [10]
    endLine()
  }

  /// Begins at the first row again, for another copy of the rows below the last one.
  public func rewind() { next = first }

  /// Copies the next rows.
  ///
  /// - Parameters:
  ///   - count: How many rows, no more than are left.
  ///   - leading: The texts of the leading columns of a row, counted from 0 within these rows.
  ///   - text: What is put into the cell of a row and column, or `nil` to keep its bytes.
  /// - Throws: ``TableError`` if the file has fewer rows, or the copy cannot be written.
  public func copy(
    rows count: Int, leading: (Int) -> [String] = { _ in [] },
    replacing text: (_ row: Int, _ column: Int) -> String?
  ) throws(TableError) {
    for row in 0..<count {
      for value in leading(row) {
        buffer.appendCell(value)
        buffer.append(UInt8(ascii: ","))
      }
      let replaced = (0..<columns).map { text(row, $0) }
      let result = bytes.withUnsafeBufferPointer {
        [next, buffer] bytes -> Result<Int, TableError> in
        guard let base = bytes.baseAddress, next < bytes.count else {
          return .failure(.raggedRow(file: source, line: 0, found: 0, expected: columns))
        }
        do throws(TableError) {
          var cursor = CSVCursor(bytes: base, count: bytes.count, file: source, index: next)
          for column in 0..<columns {
            if column > 0 { buffer.append(UInt8(ascii: ",")) }
            if let new = replaced[column] {
              _ = try cursor.next(column: "\(column + 1)")
              buffer.appendCell(new)
            } else {
              _ = try Self.copyCell(&cursor, to: buffer)
            }
          }
          return .success(cursor.index)
        } catch {
          return .failure(error)
        }
      }
      next = try result.get()
      endLine()
      if buffer.count > Self.flushed { try flush() }
    }
  }

  /// Makes the copy appear.
  public func finish() throws(TableError) {
    try flush()
    do throws(FileError) {
      try file.commit()
    } catch {
      throw .file(error)
    }
  }

  /// Copies the bytes of the next cell; whether it was the last of its line.
  private static func copyCell(
    _ cursor: inout CSVCursor, to buffer: ByteBuffer
  ) throws(TableError) -> Bool {
    let begin = cursor.index
    let cell = try cursor.next(column: "")
    let isQuoted = cell.range.lowerBound > begin
    let end = cell.range.upperBound + (isQuoted ? 1 : 0)
    buffer.append(
      contentsOf: UnsafeBufferPointer(start: cursor.bytes + begin, count: end - begin))
    return cell.endsLine
  }

  private func endLine() { for byte in lineEnd { buffer.append(byte) } }

  private func flush() throws(TableError) {
    do throws(FileError) {
      try file.write(buffer.bytes)
    } catch {
      throw .file(error)
    }
    buffer.removeAll()
  }
}
