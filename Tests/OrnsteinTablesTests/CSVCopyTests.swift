import Foundation
import OrnsteinTables
import Testing

/// Copies of CSV files with some cells replaced.
@Suite struct CSVCopyTests {
  static func copy(
    _ text: String, leading: [String] = [], rows: [Int], times: Int = 1,
    replacing: (Int, Int) -> String? = { _, _ in nil }
  ) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: path) }
    let copy = try CSVCopy(of: Array(text.utf8), source: "t.csv", to: path.path, leading: leading)
    for time in 0..<times {
      copy.rewind()
      var first = 0
      for count in rows {
        try copy.copy(
          rows: count,
          leading: { row in leading.map { _ in "\(time)/\(first + row)" } },
          replacing: { row, column in replacing(first + row, column) })
        first += count
      }
    }
    try copy.finish()
    return try String(contentsOf: path, encoding: .utf8)
  }

  @Test(arguments: [
    "a,b\n1.50,x\n 2e3 ,\"y, \"\"z\"\"\"\n", "a\n1\n\n3\n", "a,\"b\nc\"\r\n1,\r\n\"\",3\r\n",
    "a,b\n1,2\n\"line\nbreak\",\n",
  ]) func bytesStay(text: String) throws {
    let rows = text.hasPrefix("a\n") ? 3 : 2
    #expect(try Self.copy(text, rows: [rows]) == text)
    #expect(try Self.copy(text, rows: [Int](repeating: 1, count: rows)) == text)
  }

  @Test func marksAndBlankEndsAreLeftOut() throws {
    #expect(try Self.copy("\u{FEFF}a,b\n1,2\n3,4\n\n\n", rows: [2]) == "a,b\n1,2\n3,4\n")
    #expect(try Self.copy("a,b\n1,2", rows: [1]) == "a,b\n1,2\n")
  }

  @Test func cellsAreReplaced() throws {
    let text = "a,b,c\n1,,NA\n\"q\",5,\n"
    let copied = try Self.copy(text, rows: [2]) { row, column in
      row == 0 && column == 1 ? "new, one" : row == 1 && column == 0 ? "p" : nil
    }
    #expect(copied == "a,b,c\n1,\"new, one\",NA\np,5,\n")
  }

  @Test func columnsComeBeforeAndRowsAgain() throws {
    let copied = try Self.copy("a\n1\n2\n", leading: ["k"], rows: [1, 1], times: 2)
    #expect(copied == "k,a\n0/0,1\n0/1,2\n1/0,1\n1/1,2\n")
  }

  @Test func missingRowsAreAnError() throws {
    #expect(throws: TableError.self) { try Self.copy("a,b\n1,2\n", rows: [2]) }
  }
}
