import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// Tables as points of one space, in which distances mean the same for every column.
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

  /// The fewest rows of a table: of two, one left out leaves no covariance.
  private static let fewestRows = 3
  /// The most deviations from the mean, so that squares of distances stay finite.
  private static let farthest: Float = 1e15

  let columns: [Part]
  let samples: Batch<Float>
  let reference: Batch<Float>
  let training: Batch<Float>?

  /// Puts tables into the space of the columns of the reference.
  init(
    _ samples: Table, _ reference: Table, training: Table? = nil, hints: SchemaHints
  ) throws(TableError) {
    let tables = [samples, reference] + (training.map { [$0] } ?? [])
    for table in tables where table.rowCount < Self.fewestRows {
      throw .schema(
        file: table.source,
        reason: "a comparison needs \(Self.fewestRows) rows or more, and there "
          + (table.rowCount == 1 ? "is one." : "are \(table.rowCount)."))
    }
    let schema = try Schema(of: reference, following: hints)
    var columns: [Part] = []
    var axes = [[[Float]]](repeating: [], count: tables.count)
    for column in schema.columns {
      var found: [Column] = []
      for table in tables {
        guard let same = table[column.name] else {
          throw .absentColumn(file: table.source, name: column.name, present: table.names)
        }
        found.append(same)
      }
      let start = axes[0].count
      func add(_ transform: (Double) -> Double) throws(TableError) {
        for index in tables.indices {
          axes[index].append(try Self.numbers(found[index], tables[index].source, transform))
        }
      }
      func add(corners codes: [[Int]], _ count: Int) {
        for index in tables.indices { axes[index] += Self.corners(codes[index], count) }
      }
      var hasNumbers = true
      switch column.kind {
      case .continuous(let range), .integer(let range):
        let deviation = range.standardDeviation > 0 ? range.standardDeviation : 1
        columns += Self.parts([(column.name, true, 1)], at: start)
        try add { Self.deviations(of: $0, from: range.mean, deviation) }
      case .angle(let range):
        let turn = 2 * Double.pi / range.period
        columns += Self.parts(
          [("\(column.name) (cosine)", true, 1), ("\(column.name) (sine)", true, 1)], at: start)
        try add { .cos(turn * $0) }
        try add { .sin(turn * $0) }
      case .categorical, .boolean, .empty:
        let (codes, count) = Self.codes(found)
        columns += Self.parts([(column.name, false, count)], at: start)
        add(corners: codes, count)
        hasNumbers = false
      }
      if hasNumbers, found.contains(where: { $0.missingCount > 0 }) {
        columns += Self.parts([("\(column.name) (missing)", false, 2)], at: axes[0].count)
        add(
          corners: found.map { column in
            (0..<column.count).map { column.isMissing($0) ? 1 : 0 }
          }, 2)
      }
    }
    self.columns = columns
    self.samples = Self.batch(axes[0], rows: samples.rowCount)
    self.reference = Self.batch(axes[1], rows: reference.rowCount)
    self.training = training.map { Self.batch(axes[2], rows: $0.rowCount) }
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

  /// How many deviations a value lies from the mean; halved where the difference itself would overflow.
  private static func deviations(
    of value: Double, from mean: Double, _ deviation: Double
  ) -> Double {
    let difference = value - mean
    return difference.isFinite
      ? difference / deviation : (value / 2 - mean / 2) / deviation * 2
  }

  /// One number a row, 0 where the cell is missing.
  private static func numbers(
    _ column: Column, _ source: String, _ transform: (Double) -> Double
  ) throws(TableError) -> [Float] {
    guard case .numbers(let values) = column.cells else {
      throw .notNumber(column, in: source)
    }
    let numbers = values.enumerated().map { column.isMissing($0) ? 0 : Float(transform($1)) }
    if let row = numbers.firstIndex(where: { !($0.magnitude <= farthest) }) {
      throw .schema(
        file: source,
        reason: "row \(row + 1), column \"\(column.name)\" holds \(values[row]), more than 1e15 "
          + "deviations of the reference from its mean; correct the cell or leave out the column.")
    }
    return numbers
  }

  /// The categories of columns, by their text; a missing cell is one more.
  private static func codes(_ columns: [Column]) -> ([[Int]], Int) {
    var known: [String?: Int] = [:]
    let codes = columns.map { column in
      (0..<column.count).map { row in
        let text = column.text(row)
        if let code = known[text] { return code }
        known[text] = known.count
        return known.count - 1
      }
    }
    return (codes, known.count)
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
