/// A place in the bytes of a CSV file, from which the next cell is read.
struct CSVCursor {
  /// A cell as a range of bytes without its quotes.
  struct Cell {
    var range: Range<Int>
    /// Whether it holds quotes that are written twice.
    var hasDoubledQuotes: Bool
    /// Whether it is the last cell of its line.
    var endsLine: Bool
    /// The line it starts on.
    var line: Int

    var isEmpty: Bool { range.isEmpty }
  }

  let bytes: UnsafePointer<UInt8>
  let count: Int
  let file: String
  var index: Int
  var line = 1

  init(bytes: UnsafePointer<UInt8>, count: Int, file: String, index: Int) {
    self.bytes = bytes
    self.count = count
    self.file = file
    self.index = index
  }

  /// Moves behind the separator at `end`, if one is there; whether it ends the line.
  @inline(__always)
  mutating func skip(to end: Int) -> Bool? {
    guard end < count else {
      index = end
      line += 1
      return true
    }
    switch bytes[end] {
    case UInt8(ascii: ","):
      index = end + 1
      return false
    case 10:
      index = end + 1
      line += 1
      return true
    case 13 where end + 1 == count || bytes[end + 1] == 10:
      index = min(end + 2, count)
      line += 1
      return true
    default: return nil
    }
  }

  /// Reads the next cell.
  mutating func next(column: String) throws(TableError) -> Cell {
    let first = line
    guard index < count, bytes[index] == UInt8(ascii: "\"") else {
      let begin = index
      var end = index
      while end < count, bytes[end] != UInt8(ascii: ","), bytes[end] != 10 { end += 1 }
      if end > begin, bytes[end - 1] == 13, end == count || bytes[end] == 10 { end -= 1 }
      let endsLine = skip(to: end) ?? true
      return Cell(range: begin..<end, hasDoubledQuotes: false, endsLine: endsLine, line: first)
    }
    let begin = index + 1
    var end = begin
    var hasDoubledQuotes = false
    while true {
      guard end < count else {
        throw .unterminatedQuote(file: file, line: first, column: column)
      }
      if bytes[end] == 10 { line += 1 }
      if bytes[end] == UInt8(ascii: "\"") {
        guard end + 1 < count, bytes[end + 1] == UInt8(ascii: "\"") else { break }
        hasDoubledQuotes = true
        end += 1
      }
      end += 1
    }
    guard let endsLine = skip(to: end + 1) else {
      throw .textAfterQuote(file: file, line: line, column: column)
    }
    return Cell(
      range: begin..<end, hasDoubledQuotes: hasDoubledQuotes, endsLine: endsLine, line: first)
  }

  /// The text of a cell.
  func text(of cell: Cell) throws(TableError) -> String {
    let raw = UnsafeBufferPointer(start: bytes + cell.range.lowerBound, count: cell.range.count)
    let text: String?
    if cell.hasDoubledQuotes {
      var single: [UInt8] = []
      var wasQuote = false
      for byte in raw {
        let isSecond = wasQuote && byte == UInt8(ascii: "\"")
        if !isSecond { single.append(byte) }
        wasQuote = byte == UInt8(ascii: "\"") && !isSecond
      }
      text = String(validating: single, as: UTF8.self)
    } else {
      text = String(validating: raw, as: UTF8.self)
    }
    guard let text else { throw .invalidUTF8(file: file, line: cell.line) }
    return text
  }

  /// Whether the next line holds nothing.
  var isAtBlankLine: Bool {
    bytes[index] == 10 || (bytes[index] == 13 && (index + 1 == count || bytes[index + 1] == 10))
  }

  /// Whether nothing but line ends is left.
  var onlyBlankLinesFollow: Bool {
    (index..<count).allSatisfy { bytes[$0] == 10 || bytes[$0] == 13 }
  }
}
