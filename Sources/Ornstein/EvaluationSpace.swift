import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// Two tables as points of one space, in which distances mean the same for every column.
struct EvaluationSpace {
  /// What is measured of one column.
  struct Part {
    var name: String
    /// The coordinates of the column.
    var coordinates: Range<Int>
    /// Whether it is a number; else the coordinates are corners of categories.
    var isNumber: Bool

    /// The distance of the column in a pool of rows of this space.
    func compare(in pool: PooledSamples) -> Comparison {
      let rows = 0..<pool.rows.count
      if isNumber {
        return Wasserstein(of: rows.map { pool.rows[$0, coordinates.lowerBound] }, in: pool)
          .comparison
      }
      return TotalVariation.compare(
        rows.map { row in
          coordinates.firstIndex { pool.rows[row, $0] > 0 }.map { $0 - coordinates.lowerBound } ?? 0
        }, in: pool)
    }
  }

  let columns: [Part]
  let samples: Batch<Float>
  let reference: Batch<Float>

  /// Puts two tables into the space of the columns of the reference.
  init(_ samples: Table, _ reference: Table, hints: SchemaHints) throws(TableError) {
    for table in [samples, reference] where table.rowCount < 2 {
      throw .schema(file: table.source, reason: "a comparison needs two rows or more.")
    }
    let schema = try Schema(of: reference, following: hints)
    var columns: [Part] = []
    var first: [[Float]] = []
    var second: [[Float]] = []
    for column in schema.columns {
      guard let sampled = samples[column.name], let known = reference[column.name] else {
        throw .absentColumn(file: samples.source, name: column.name, present: samples.names)
      }
      let axes:
        (names: [(String, isNumber: Bool, count: Int)], sampled: [[Float]], known: [[Float]])
      switch column.kind {
      case .continuous(let range), .integer(let range):
        let scale = 1 / (range.standardDeviation > 0 ? range.standardDeviation : 1)
        axes = (
          [(column.name, true, 1)],
          [try Self.numbers(sampled, samples.source) { ($0 - range.mean) * scale }],
          [try Self.numbers(known, reference.source) { ($0 - range.mean) * scale }]
        )
      case .angle(let range):
        let turn = 2 * Double.pi / range.period
        axes = (
          [("\(column.name) (cosine)", true, 1), ("\(column.name) (sine)", true, 1)],
          [
            try Self.numbers(sampled, samples.source) { .cos(turn * $0) },
            try Self.numbers(sampled, samples.source) { .sin(turn * $0) },
          ],
          [
            try Self.numbers(known, reference.source) { .cos(turn * $0) },
            try Self.numbers(known, reference.source) { .sin(turn * $0) },
          ]
        )
      case .categorical, .boolean, .empty:
        let (sampledCodes, knownCodes, count) = Self.codes(sampled, known)
        axes = (
          [(column.name, false, count)], Self.corners(sampledCodes, count),
          Self.corners(knownCodes, count)
        )
      }
      columns += Self.parts(axes.names, at: second.count)
      first += axes.sampled
      second += axes.known
      if axes.names.allSatisfy(\.isNumber), sampled.missingCount + known.missingCount > 0 {
        columns += Self.parts([("\(column.name) (missing)", false, 2)], at: second.count)
        first += Self.corners((0..<samples.rowCount).map { sampled.isMissing($0) ? 1 : 0 }, 2)
        second += Self.corners((0..<reference.rowCount).map { known.isMissing($0) ? 1 : 0 }, 2)
      }
    }
    self.columns = columns
    self.samples = Self.batch(first, rows: samples.rowCount)
    self.reference = Self.batch(second, rows: reference.rowCount)
  }

  private static func parts(
    _ names: [(String, isNumber: Bool, count: Int)], at start: Int
  ) -> [Part] {
    var start = start
    return names.map { name, isNumber, count in
      defer { start += count }
      return Part(name: name, coordinates: start..<start + count, isNumber: isNumber)
    }
  }

  /// One number a row, 0 where the cell is missing.
  private static func numbers(
    _ column: Column, _ source: String, _ transform: (Double) -> Double
  ) throws(TableError) -> [Float] {
    guard case .numbers(let values) = column.cells else {
      let row = (0..<column.count).first { column.text($0) != nil } ?? 0
      throw .notNumber(
        file: source, row: row + 1, column: column.name, text: column.text(row) ?? "")
    }
    return values.enumerated().map { column.isMissing($0) ? 0 : Float(transform($1)) }
  }

  /// The categories of two columns, by their text; a missing cell is one more.
  private static func codes(_ first: Column, _ second: Column) -> ([Int], [Int], Int) {
    var known: [String?: Int] = [:]
    func codes(_ column: Column) -> [Int] {
      (0..<column.count).map { row in
        let text = column.text(row)
        if let code = known[text] { return code }
        known[text] = known.count
        return known.count - 1
      }
    }
    let (a, b) = (codes(first), codes(second))
    return (a, b, known.count)
  }

  /// One coordinate a category, so that different categories are 1 apart.
  private static func corners(_ codes: [Int], _ count: Int) -> [[Float]] {
    let height = Float(0.5).squareRoot()
    return (0..<count).map { category in codes.map { $0 == category ? height : 0 } }
  }

  private static func batch(_ axes: [[Float]], rows: Int) -> Batch<Float> {
    var batch = Batch<Float>(count: rows, dimension: axes.count)
    batch.withUnsafeMutableBufferPointer { elements in
      for (coordinate, axis) in axes.enumerated() {
        for row in 0..<rows { elements[row * axes.count + coordinate] = axis[row] }
      }
    }
    return batch
  }
}
