import Foundation
import OrnsteinNumerics
import OrnsteinTables
import Testing

@Suite struct NPYTests {
  private func bytes(_ base64: String) throws -> [UInt8] {
    try #require(Data(base64Encoded: base64).map(Array.init))
  }

  private func rows(_ table: Table) -> [[Double?]] {
    (0..<table.rowCount).map { row in table.columns.map { $0.number(row) } }
  }

  @Test(arguments: NumPyFiles.quarters)
  func readsFloatsOfNumPy(_ kind: String, _ file: String) throws {
    let table = try Table(npy: try bytes(file))
    #expect(table.names == ["x0", "x1", "x2"])
    #expect(rows(table) == [[0.25, 0.5, 0.75], [1, 1.25, 1.5]])
  }

  @Test(arguments: NumPyFiles.integers)
  func readsIntegersOfNumPy(_ kind: String, _ file: String) throws {
    #expect(rows(try Table(npy: try bytes(file))) == [[1, 2, 3], [4, 5, 6]])
  }

  @Test func readsOneDimensionFlagsAndMissing() throws {
    #expect(rows(try Table(npy: try bytes(NumPyFiles.line))) == [[1.5], [nil], [-2]])
    #expect(rows(try Table(npy: try bytes(NumPyFiles.flags))) == [[1], [0]])
  }

  @Test(arguments: [
    (NumPyFiles.cube, "dimensions"), (NumPyFiles.objects, "pickled"),
    (NumPyFiles.complexNumbers, "c16"), (NumPyFiles.infinite, "finite"),
    (NumPyFiles.nothing, "empty"), (NumPyFiles.structured, "plain"),
  ])
  func namesWhatIsNotRead(_ file: String, _ word: String) throws {
    let error = try #require(throws: TableError.self) { try Table(npy: try bytes(file)) }
    #expect(error.description.contains(word))
  }

  /// Every truncation is an error, and no changed byte of the header stops the program.
  @Test func survivesDamage() throws {
    let whole = try bytes(NumPyFiles.quarters[0].1)
    for count in whole.indices {
      #expect(throws: TableError.self) { try Table(npy: Array(whole[..<count])) }
    }
    var generator = SplitMix(seed: 6)
    for _ in 0..<20_000 {
      var damaged = whole
      for _ in 0..<3 {
        damaged[Int(generator.next() % 80)] = UInt8(truncatingIfNeeded: generator.next())
      }
      _ = try? Table(npy: damaged)
    }
  }

  @Test func writesWhatItReads() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/points.npy"
      let writer = try NPYWriter(path: path, rowShape: [2], element: .double)
      try writer.write(Batch<Double>(rows: [[1, 2.5], [3, 4]]))
      try writer.write(Batch<Float>(rows: [[5, 6]]))
      try writer.finish()
      let file = try [UInt8](contentsOfFile: path)
      #expect((file.count - 6 * 8).isMultiple(of: 64))
      #expect(rows(try Table(contentsOf: path)) == [[1, 2.5], [3, 4], [5, 6]])
      // The header is the one of NumPy but for its padding.
      let text = String(decoding: file[10..<(file.count - 48)], as: UTF8.self)
      #expect(text.hasPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"))
      #expect(text.hasSuffix(" \n"))
    }
  }

  @Test func standardOutputNeedsTheCount() {
    #expect(throws: FileError.self) {
      try NPYWriter(path: "-", rowShape: [2], element: .float)
    }
  }
}
