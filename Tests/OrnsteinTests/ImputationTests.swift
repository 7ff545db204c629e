import Foundation
import Ornstein
import TestSupport
import Testing

/// Missing cells of tables of plain numbers.
@Suite struct ImputationTests {
  static func law() throws -> GaussianMixture<Double> {
    try GaussianMixture(
      weights: [0.4, 0.6], means: [[-1, 2, 0], [1.5, -0.5, 1]],
      covariances: [
        .full([[1, 0.3, -0.4], [0.3, 0.5, 0], [-0.4, 0, 0.8]]),
        .full([[0.6, 0.2, 0.1], [0.2, 0.8, -0.3], [0.1, -0.3, 0.5]]),
      ])
  }

  /// Rows of the law with cells removed by a fixed rule; the first rows lack everything.
  static func gaps(rows: Int, seed: UInt64) throws -> (Table, Batch<Double>) {
    let drawn = try law().drawExactly(rows: 0..<rows, key: NoiseKey(seed: seed))
    let columns = (0..<3).map { j in
      Column(
        name: "x\(j)",
        optionalNumbers: (0..<rows).map { row in
          row < 2 || (row * 7 + j * 3) % 5 < 2 ? nil : drawn[row, j]
        })
    }
    return (try Table(columns: columns), drawn)
  }

  @Test func observedCellsStayAndGapsGo() throws {
    let (table, _) = try Self.gaps(rows: 900, seed: 1)
    let imputation = try Imputation(of: table, under: try Self.law(), key: NoiseKey(seed: 4))
    #expect(imputation.filledCells == table.columns.map(\.missingCount))
    let filled = try imputation.filled(0..<900, .draw(0), threads: 2)
    for (new, old) in zip(filled.columns, table.columns) {
      #expect(new.missingCount == 0)
      #expect(new.name == old.name)
      for row in 0..<900 where !old.isMissing(row) { #expect(new.number(row) == old.number(row)) }
    }
  }

  /// A cell is a function of the seed, its row and the draw: threads, blocks and the other rows do
  /// not matter.
  @Test func cellsDependOnSeedRowAndDraw() throws {
    let (table, _) = try Self.gaps(rows: 700, seed: 2)
    let law = try Self.law()
    let imputation = try Imputation(of: table, under: law, key: NoiseKey(seed: 4))
    let whole = try imputation.filled(0..<700, .draw(3), threads: 1)
    #expect(try imputation.filled(0..<700, .draw(3), threads: 3) == whole)
    let part = 333..<611
    #expect(try imputation.filled(part, .draw(3)) == whole.selecting(rows: part))
    let alone = try Imputation(
      of: table.selecting(rows: part), under: law, key: NoiseKey(seed: 4), firstRow: 333)
    #expect(try alone.filled(0..<part.count, .draw(3)) == whole.selecting(rows: part))
    #expect(try imputation.filled(0..<700, .draw(2)) != whole)
    let other = try Imputation(of: table, under: law, key: NoiseKey(seed: 5))
    #expect(try other.filled(0..<700, .draw(3)) != whole)
  }

  /// Many draws of one row have the mean and variance of the conditional law, and the filled column
  /// has its distribution function.
  ///
  /// Fails for right code with probability 4e-6.
  @Test func drawsHaveTheConditionalMoments() throws {
    let law = try Self.law()
    let rows = 40_000
    let table = try Table(columns: [
      Column(name: "x0", optionalNumbers: [Double?](repeating: nil, count: rows)),
      Column(name: "x1", numbers: [Double](repeating: 0.7, count: rows)),
      Column(name: "x2", optionalNumbers: [Double?](repeating: nil, count: rows)),
    ])
    let filled = try Imputation(of: table, under: law, key: NoiseKey(seed: 6))
      .filled(0..<rows, .draw(0), threads: 2)
    let moments = try law.conditionalMoments(on: [1: 0.7])
    for (place, name) in [(0, "x0"), (1, "x2")] {
      let values = (0..<rows).compactMap { filled[name]?.number($0) }
      #expect(
        StatisticalGate.meanAgrees(
          values, expected: moments.mean[place], falseAlarmRate: 1e-6))
      #expect(
        StatisticalGate.meanAgrees(
          values.map { ($0 - moments.mean[place]) * ($0 - moments.mean[place]) },
          expected: moments.covariance[place * 3], falseAlarmRate: 1e-6))
    }
  }

  /// Rows of the law with gaps filled at random have the law again: its mean and covariance.
  ///
  /// Fails for right code with probability 1e-6.
  @Test func filledRowsHaveTheLaw() throws {
    let law = try Self.law()
    let rows = 60_000
    let (table, _) = try Self.gaps(rows: rows, seed: 8)
    let filled = try Imputation(of: table, under: law, key: NoiseKey(seed: 9))
      .filled(0..<rows, .draw(0), threads: 2)
    let moments = law.moments
    let columns = filled.columns.map { column in (0..<rows).map { column.number($0) ?? .nan } }
    let rate = 1e-6 / 9
    for i in 0..<3 {
      let centred = columns[i].map { $0 - moments.mean[i] }
      #expect(StatisticalGate.meanAgrees(centred, expected: 0, falseAlarmRate: rate))
      for j in 0...i {
        let products = (0..<rows).map { centred[$0] * (columns[j][$0] - moments.mean[j]) }
        #expect(
          StatisticalGate.meanAgrees(
            products, expected: moments.covariance[i * 3 + j], falseAlarmRate: rate))
      }
    }
  }

  @Test func meansAreConditionalMeans() throws {
    let law = try Self.law()
    let (table, _) = try Self.gaps(rows: 60, seed: 3)
    let filled = try Imputation(of: table, under: law, key: NoiseKey(seed: 4))
      .filled(0..<60, .mean)
    for row in 0..<60 {
      let missing = (0..<3).filter { table.columns[$0].isMissing(row) }
      guard !missing.isEmpty else { continue }
      var given: [Int: Double] = [:]
      for j in 0..<3 where !missing.contains(j) { given[j] = table.columns[j].number(row) }
      let mean = try law.conditional(on: given).moments.mean
      let found = missing.map { filled.columns[$0].number(row) ?? .nan }
      #expect(agrees(found, mean, relative: 1e-10, absolute: 1e-12))
    }
  }

  @Test func columnsMayHaveOtherNamesOrCompany() throws {
    let law = try Self.law()
    let numbers = [
      Column(name: "b", optionalNumbers: [nil, 1]), Column(name: "a", optionalNumbers: [2, nil]),
      Column(name: "c", optionalNumbers: [0, nil]),
    ]
    let named = ["x0", "x1", "x2"].enumerated().map { index, name in
      Column(name: name, optionalNumbers: (0..<2).map { numbers[index].number($0) })
    }
    let note = Column(name: "note", text: [nil, "kept"])
    let plain = try Imputation(
      of: try Table(columns: numbers), under: law, key: NoiseKey(seed: 1)
    ).filled(0..<2, .draw(0))
    let mixed = try Imputation(
      of: try Table(columns: [named[2], note, named[0], named[1]]), under: law,
      key: NoiseKey(seed: 1)
    ).filled(0..<2, .draw(0))
    #expect(mixed["note"] == note)
    for (j, column) in plain.columns.enumerated() {
      #expect((0..<2).allSatisfy { mixed["x\(j)"]?.number($0) == column.number($0) })
    }
    #expect(throws: TableError.self) {
      try Imputation(
        of: try Table(columns: [named[0], named[1], note, numbers[0]]), under: law,
        key: NoiseKey(seed: 1))
    }
    #expect(throws: ImputationError.self) {
      try Imputation(of: try Table(columns: [numbers[0]]), under: law, key: NoiseKey(seed: 1))
    }
    #expect(throws: TableError.self) {
      try Imputation(
        of: try Table(columns: [numbers[0], numbers[1], note]), under: law,
        key: NoiseKey(seed: 1))
    }
  }

  @Test func valuesTooFarAreNamed() throws {
    let table = try Table(
      columns: [
        Column(name: "x0", numbers: [0, 1e200]), Column(name: "x1", optionalNumbers: [nil, nil]),
        Column(name: "x2", numbers: [0, 0]),
      ], source: "t.csv")
    let imputation = try Imputation(of: table, under: try Self.law(), key: NoiseKey(seed: 1))
    do {
      _ = try imputation.filled(0..<2, .draw(0))
      Issue.record("A row too far was filled.")
    } catch {
      #expect("\(error)".contains("row 2"))
      #expect("\(error)".contains("\"x0\""))
    }
  }
}
