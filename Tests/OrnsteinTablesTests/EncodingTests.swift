import Foundation
import OrnsteinNumerics
import OrnsteinTables
import TestSupport
import Testing

@Suite struct EncodingTests {
  @Test(arguments: Excerpt.allCases)
  func realTablesComeBack(_ excerpt: Excerpt) throws {
    let table = try Table(csv: Array(excerpt.csv.utf8))
    let schema = try Schema(of: table, following: SchemaHints(excerpt.hints))
    try expectRoundTrip(table, schema)
  }

  @Test(arguments: 0..<60)
  func randomTablesComeBack(_ seed: Int) throws {
    let table = try RandomTable.make(seed: UInt64(seed))
    let schema = try Schema(of: table)
    if schema.dimension > 0 { try expectRoundTrip(table, schema) }
  }

  @Test func aCellDependsOnItsRowNumberOnly() throws {
    let table = try RandomTable.make(seed: 3, rows: 100)
    let schema = try Schema(of: table)
    let key = NoiseKey(seed: 9)
    let whole = try schema.encode(table, key: key)
    let part = try schema.encode(table.selecting(rows: 40..<70), key: key, firstRow: 40)
    #expect(part == whole[40..<70])
    #expect(try schema.encode(table, key: NoiseKey(seed: 8)) != whole)
  }

  @Test func columnsAreFoundByName() throws {
    let table = try Table(csv: Array("a,b\n1.5,x\n2.5,y\n3.5,x\n".utf8))
    let swapped = try Table(csv: Array("b,more,a\nx,1,1.5\ny,2,2.5\nx,3,3.5\n".utf8))
    let schema = try Schema(of: table)
    #expect(try schema.encode(swapped) == schema.encode(table))
  }

  @Test func namesWhatDoesNotFitTheSchema() throws {
    let schema = try Schema(
      of: Table(csv: Array("a,b,c\n1.5,x,1\n2.5,y,1\n3.5,z,1\n3.5,z,1\n3.5,y,1\n3,x,1\n".utf8)))
    func encode(_ csv: String) throws { _ = try schema.encode(Table(csv: Array(csv.utf8))) }
    #expect(throws: TableError.absentColumn(file: "", name: "b", present: ["a", "c"])) {
      try encode("a,c\n1,1\n")
    }
    #expect(
      throws: TableError.unknownCategory(
        file: "", row: 2, column: "b", text: "w", known: ["x", "y", "z"])
    ) { try encode("a,b,c\n1,x,1\n2,w,1\n") }
    #expect(throws: TableError.unexpectedMissing(file: "", row: 2, column: "a")) {
      try encode("a,b,c\n1,x,1\n,x,1\n")
    }
    #expect(throws: TableError.unexpectedMissing(file: "", row: 1, column: "b")) {
      try encode("a,b,c\n1,,1\n")
    }
    #expect(throws: TableError.notNumber(file: "", row: 2, column: "a", text: "one")) {
      try encode("a,b,c\n1,x,1\none,x,1\n")
    }
    #expect(throws: TableError.self) { try encode("a,b,c\n1,x,2\n") }
    #expect(throws: TableError.nothingVaries(file: "")) {
      try Schema(of: Table(csv: Array("a\n1\n1\n".utf8))).encode(
        Table(csv: Array("a\n1\n".utf8)))
    }
  }

  /// Two categories, and two booleans, are 2 apart; the points have mean 0.
  @Test func categoriesAreTwoApart() throws {
    let table = try Table(
      csv: Array("k,b\nx,0\ny,1\nz,1\nx,1\nx,1\ny,1\n".utf8))
    let schema = try Schema(of: table)
    let points = try schema.encode(table)
    func distance(_ i: Int, _ j: Int, _ range: Range<Int>) -> Double {
      range.reduce(0) { sum, c in
        let difference = Double(points[i, c] - points[j, c])
        return sum + difference * difference
      }.squareRoot()
    }
    #expect(agrees(distance(0, 1, 0..<3), 2, relative: 1e-6))
    #expect(agrees(distance(1, 2, 0..<3), 2, relative: 1e-6))
    #expect(agrees(distance(0, 1, 3..<4), 2, relative: 1e-6))
    for coordinate in 0..<4 {
      let sum = (0..<6).reduce(0) { $0 + Double(points[$1, coordinate]) }
      #expect(abs(sum) < 1e-5)
    }
  }

  @Test func pointsThatAreNotFiniteAreErrors() throws {
    let table = try Table(csv: Array("a,b\n1.5,x\n2.5,y\n".utf8))
    let decoder = TableDecoder(try Schema(of: table))
    #expect(throws: TableError.pointNotFinite(row: 1, column: "b")) {
      try decoder.decode(Batch<Float>(rows: [[0, 0], [0, .nan]]))
    }
    #expect(throws: TableError.wrongDimension(found: 1, expected: 2)) {
      try decoder.decode(Batch<Float>(rows: [[0]]))
    }
  }

  @Test func valuesBeyondTheBoundsAreMovedAndCounted() throws {
    let table = try Table(csv: Array("a,b\n1.5,1\n2.5,2\n3.5,3\n".utf8))
    let decoded = try TableDecoder(Schema(of: table)).decode(
      Batch<Float>(rows: [[-50, 50], [0, 0], [50, 0]]))
    #expect(decoded.clipped == [2, 1])
    #expect((0..<3).map { decoded.table["a"]?.number($0) } == [1.5, 2.5, 3.5])
    #expect((0..<3).map { decoded.table["b"]?.number($0) } == [3, 2, 2])
  }

  @Test func anglesStayInTheirRange() throws {
    let csv = "deg\n-179.9\n-90\n0\n90\n179.9\n"
    let schema = try Schema(
      of: Table(csv: Array(csv.utf8)),
      following: SchemaHints([.init(name: "deg", kind: .angle, period: 360)]))
    var generator = SplitMix(seed: 7)
    let turns = (0..<4000).map { _ in Float.random(in: -.pi...(.pi), using: &generator) }
    let points = Batch(turns.flatMap { [3 * cos($0), 3 * sin($0)] }, dimension: 2)
    let decoded = try TableDecoder(schema).decode(points)
    let values = (0..<4000).compactMap { decoded.table["deg"]?.number($0) }
    #expect(values.allSatisfy { $0 >= -180 && $0 < 180 })
    for (value, turn) in zip(values, turns) {
      let difference = abs(value - Double(turn) * 180 / .pi)
      #expect(min(difference, 360 - difference) < 0.0501)
    }
  }

  @Test func numbersBeyondSinglePrecisionAreNamed() throws {
    let schema = try Schema(
      of: Table(columns: [Column(name: "x", numbers: (0..<20).map(Double.init))]))
    let far = try Table(columns: [Column(name: "x", numbers: [3, -1e300])], source: "far.csv")
    #expect(throws: TableError.tooFar(file: "far.csv", row: 2, column: "x", text: "-1e+300")) {
      try schema.encode(far)
    }
  }

  private func expectRoundTrip(_ table: Table, _ schema: Schema) throws {
    let points = try schema.encode(table, key: NoiseKey(seed: 5))
    #expect(points.dimension == schema.dimension)
    let decoded = try TableDecoder(schema).decode(points)
    for column in schema.columns {
      let before = try #require(table[column.name])
      let after = try #require(decoded.table[column.name])
      for row in 0..<table.rowCount {
        #expect(before.isMissing(row) == after.isMissing(row))
        switch column.kind {
        case .continuous(let range):
          guard let old = before.number(row), let new = after.number(row) else { continue }
          let spread = range.maximum - range.minimum
          let tolerance = spread * 1e-5 + max(old.magnitude, spread) * 1e-15
          #expect(abs(old - new) <= tolerance, "\(column.name) row \(row): \(old) became \(new)")
        case .angle(let range):
          guard let old = before.number(row), let new = after.number(row) else { continue }
          let turns = (old - new) / range.period
          #expect(abs(turns - turns.rounded()) < 1e-5, "\(old) became \(new)")
        default:
          #expect(before.text(row) == after.text(row), "\(column.name) row \(row)")
        }
      }
    }
  }
}
