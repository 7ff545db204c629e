import OrnsteinNumerics
import OrnsteinTables
import Testing

@Suite struct DecodingTests {
  /// The fast path to bytes writes what decoding to a table and writing that writes.
  @Test(arguments: Excerpt.allCases)
  func streamedRowsAreTheDecodedTable(_ excerpt: Excerpt) throws {
    let table = try Table(csv: Array(excerpt.csv.utf8))
    let schema = try Schema(of: table, following: SchemaHints(excerpt.hints))
    let points = noise(count: 10_000, dimension: schema.dimension)
    let decoded = try TableDecoder(schema).decode(points)
    try withTemporaryFolder { folder in
      let plain = try CSVWriter(path: folder + "/plain.csv", columns: decoded.table.names)
      try plain.write(decoded.table)
      try plain.finish()
      let expected = try text(folder + "/plain.csv")
      for threads in [1, 3] {
        let writer = try TableWriter(
          path: folder + "/fast.csv", schema: schema, threads: threads)
        try writer.write(points[0..<1234])
        try writer.write(points[1234..<10_000])
        try writer.finish()
        #expect(writer.clipped == decoded.clipped)
        #expect(try text(folder + "/fast.csv") == expected)
      }
      let bounded = try Table(contentsOf: folder + "/fast.csv")
      _ = try schema.encode(bounded)
    }
  }

  @Test func arraysHoldCategoryIndices() throws {
    let table = try Table(
      csv: Array("k,x\nb,1.5\na,\nc,2.5\na,2\nb,1\nc,3\n".utf8))
    let schema = try Schema(of: table)
    try withTemporaryFolder { folder in
      let path = folder + "/samples.npy"
      let writer = try TableWriter(path: path, schema: schema)
      try writer.write(try schema.encode(table))
      try writer.finish()
      let read = try Table(contentsOf: path)
      #expect((0..<6).map { read["x0"]?.number($0) } == [1, 0, 2, 0, 1, 2])
      #expect(read["x1"]?.isMissing(1) == true)
      #expect(read["x1"]?.number(2) == 2.5)
    }
  }

  @Test func constantColumnsComeBack() throws {
    let table = try Table(csv: Array("a,b,c,d\n2.50,k,,1\n2.50,k,,2\n2.50,k,,3\n".utf8))
    let schema = try Schema(of: table)
    #expect(schema.dimension == 1)
    let decoded = try TableDecoder(schema).decode(Batch<Float>(rows: [[0]]))
    #expect(decoded.table["a"]?.text(0) == "2.50")
    #expect(decoded.table["b"]?.text(0) == "k")
    #expect(decoded.table["c"]?.isMissing(0) == true)
  }

  private func noise(count: Int, dimension: Int) -> Batch<Float> {
    var batch = Batch<Float>(count: count, dimension: dimension)
    batch.withUnsafeMutableBufferPointer {
      FloatKernels.normals(into: $0, stream: NoiseKey(seed: 4).stream(.test), first: 0)
    }
    return batch
  }
}
