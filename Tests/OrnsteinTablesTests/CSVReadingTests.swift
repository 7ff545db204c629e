import OrnsteinTables
import Testing

@Suite struct CSVReadingTests {
  private func table(_ text: String) throws -> Table { try Table(csv: Array(text.utf8)) }

  @Test func readsNumbersTextsAndMissingCells() throws {
    let read = try table("a,b,c\n1,x,\n-2.5e1,\"y, \"\"z\"\"\",3\n")
    #expect(read.rowCount == 2)
    #expect(read["a"]?.number(0) == 1)
    #expect(read["a"]?.number(1) == -25)
    #expect(read["b"]?.text(1) == "y, \"z\"")
    #expect(read["c"]?.isMissing(0) == true)
    #expect(read["c"]?.number(1) == 3)
  }

  @Test(arguments: [
    "a,b\r\n1,2\r\n3,4\r\n", "\u{FEFF}a,b\n1,2\n3,4", "a,b\n\"1\",\" 2 \"\n3,4\n\n\n",
    "\"a\",\"b\"\n1.0,2\n3,4\r", "a,b\n+1,2e0\n03,4.",
  ])
  func readsTheSameTableFromEveryForm(_ text: String) throws {
    let read = try table(text)
    #expect(read.names == ["a", "b"])
    #expect((0..<2).map { read["a"]?.number($0) } == [1, 3])
    #expect((0..<2).map { read["b"]?.number($0) } == [2, 4])
  }

  @Test func keepsLineEndsInsideQuotes() throws {
    let read = try table("a,b\n\"one\ntwo\",1\nthree,2\n")
    #expect(read["a"]?.text(0) == "one\ntwo")
    #expect(read["b"]?.number(1) == 2)
  }

  @Test func wordsForMissingCountInNumericColumnsOnly() throws {
    let read = try table("a,b\nNA,NA\n1,x\nnull,y\nNaN,\n")
    #expect((0..<4).map { read["a"]?.isMissing($0) } == [true, false, true, true])
    #expect(read["b"]?.text(0) == "NA")
    #expect(read["b"]?.isMissing(3) == true)
  }

  @Test func aBlankLineIsAMissingCellOfTheOnlyColumn() throws {
    let read = try table("a\n1\n\n3\n")
    #expect(read.rowCount == 3)
    #expect(read["a"]?.isMissing(1) == true)
  }

  @Test func remembersHowNumbersWerePrinted() throws {
    let read = try table("a,b,c,d\n1.50,1,2.25,1e3\n0.25,20,3,2\n")
    #expect(read["a"]?.print == Column.Print(decimals: 2, keepsTrailingZeros: true))
    #expect(read["b"]?.print == Column.Print(decimals: 0))
    #expect(read["c"]?.print == Column.Print(decimals: 2))
    #expect(read["d"]?.print == Column.Print(decimals: nil))
  }

  @Test func aTextAfterThousandsOfNumbersMakesTheColumnText() throws {
    let numbers = (0..<5000).map { "\($0),\($0)" }
    let read = try table("a,b\n" + numbers.joined(separator: "\n") + "\nx,5000\n")
    #expect(read["a"]?.text(17) == "17")
    #expect(read["a"]?.text(5000) == "x")
    #expect(read["b"]?.number(5000) == 5000)
  }

  static let broken: [(String, TableError)] = [
    ("", .empty(file: "")),
    ("\u{FEFF}", .empty(file: "")),
    ("\n", .empty(file: "")),
    ("a,b\n", .headerOnly(file: "")),
    ("a,b", .headerOnly(file: "")),
    ("1,2\n3,4\n", .numericHeader(file: "", text: "1,2")),
    ("a;b\n1;2\n", .wrongSeparator(file: "", separator: "semicolons")),
    ("a,\n1,2\n", .unnamedColumn(file: "", position: 2)),
    ("a,b,a\n1,2,3\n", .duplicateColumn(file: "", name: "a", first: 1, second: 3)),
    ("a,b\n1,2\n3\n", .raggedRow(file: "", line: 3, found: 1, expected: 2)),
    ("a,b\n1,2\n3,4,5,6\n1,2\n", .raggedRow(file: "", line: 3, found: 4, expected: 2)),
    ("a,b\n1,2\n\n3,4\n", .raggedRow(file: "", line: 3, found: 0, expected: 2)),
    ("a,b\nx,\"open\n1,2\n", .unterminatedQuote(file: "", line: 2, column: "b")),
    ("a,b\nx,\"y\"z\n", .textAfterQuote(file: "", line: 2, column: "b")),
    ("a,b\n1,2\n\u{0},3\n", .zeroByte(file: "", line: 3)),
    ("a\n1\ninf\n", .notFinite(file: "", row: 2, column: "a", text: "inf")),
    ("a\n1\n-Infinity\n", .notFinite(file: "", row: 2, column: "a", text: "-Infinity")),
    ("a\n1\n1e999\n", .notFinite(file: "", row: 2, column: "a", text: "1e999")),
  ]

  @Test(arguments: broken)
  func namesWhatIsWrong(_ text: String, _ error: TableError) {
    #expect(throws: error) { try table(text) }
    #expect(error.description.hasSuffix("."))
  }

  @Test func namesTheLineThatIsNotUTF8() {
    let bytes = Array("a,b\n1,x\n2,".utf8) + [0xFF, 0xFE] + Array("\n".utf8)
    #expect(throws: TableError.invalidUTF8(file: "f.csv", line: 3)) {
      try Table(csv: bytes, source: "f.csv")
    }
  }

  @Test func namesFilesThatCannotBeRead() {
    let missing = "/nonexistent/table.csv"
    #expect(throws: TableError.file(FileError(path: missing, action: .read, code: 2))) {
      try Table(contentsOf: missing)
    }
    #expect(throws: TableError.unknownFormat(path: "table.xlsx")) {
      try Table(contentsOf: "table.xlsx")
    }
  }

  /// No input of a few bytes that matter to the format stops the program.
  @Test func survivesRandomBytes() {
    var generator = SplitMix(seed: 1)
    let alphabet = Array(",,,\"\"\n\n\r1234.-e xyNA".utf8) + [0, 0xC3, 0xA9, 0xFF]
    for _ in 0..<20_000 {
      let body = (0..<Int(generator.next() % 40)).map { _ in
        alphabet[Int(generator.next() % UInt64(alphabet.count))]
      }
      do {
        let read = try Table(csv: Array("a,b\n".utf8) + body)
        #expect(read.columns.allSatisfy { $0.count == read.rowCount })
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
