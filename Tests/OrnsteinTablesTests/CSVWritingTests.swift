import OrnsteinNumerics
import OrnsteinTables
import Testing

@Suite struct CSVWritingTests {
  @Test func writesWhatItRead() throws {
    let text =
      "name,x,\"odd, name\"\n\"a,b\",1.50,1\n\"say \"\"hi\"\"\",-0.25,\n\"two\nlines\",,3\n"
    let table = try Table(csv: Array(text.utf8))
    #expect(try written(table) == text)
  }

  @Test(arguments: Excerpt.allCases)
  func writesRealTablesByteForByte(_ excerpt: Excerpt) throws {
    let table = try Table(csv: Array(excerpt.csv.utf8))
    let copy = try Table(csv: Array(try written(table).utf8))
    #expect(copy == table)
    if ![Excerpt.pulsars, .penguins, .wine, .volcano, .earthquake, .fire].contains(excerpt) {
      #expect(try written(table) == excerpt.csv)
    }
  }

  @Test func pointsAreWrittenAsShortestNumbers() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/points.csv"
      let writer = try CSVWriter(path: path, columns: ["x", "y"])
      try writer.write(Batch<Float>(rows: [[0.1, 2], [-3.5, 1e-9]]))
      try writer.write(Batch<Double>(rows: [[0.1, 1.0 / 3]]))
      try writer.finish()
      #expect(try text(path) == "x,y\n0.1,2\n-3.5,1e-09\n0.1,0.3333333333333333\n")
    }
  }

  @Test func bytesDoNotDependOnThreadsOrBatches() throws {
    var generator = SplitMix(seed: 5)
    let rows = 30_000
    let table = try Table(columns: [
      Column(
        name: "x", numbers: (0..<rows).map { _ in Double.random(in: -9...9, using: &generator) }),
      Column(
        name: "k", text: (0..<rows).map { _ in ["u", "v", "w"].randomElement(using: &generator) }),
    ])
    let one = try written(table, threads: 1)
    #expect(try written(table, threads: 3) == one)
    #expect(one.utf8.count { $0 == 10 } == rows + 1)
  }

  @Test func nothingIsLeftOfAWriterThatIsDropped() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/points.csv"
      do {
        let writer = try CSVWriter(path: path, columns: ["x"])
        try writer.write(Batch<Float>(rows: [[1]]))
      }
      #expect(try names(in: folder) == [])
    }
  }

  private func written(_ table: Table, threads: Int = 1) throws -> String {
    try withTemporaryFolder { folder in
      let path = folder + "/out.csv"
      let writer = try CSVWriter(path: path, columns: table.names, threads: threads)
      try writer.write(table)
      try writer.finish()
      return try text(path)
    }
  }
}
