#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import OrnsteinNumerics

/// In what a density of a column is measured.
public enum DensityMeasure: String, Sendable, Codable {
  /// A density: a number for each unit of the column.
  case perUnit = "density"
  /// A probability: a number for each value.
  case probability
}

extension ColumnSchema {
  /// In what a density of this column is measured.
  ///
  /// Real numbers and angles have a density for each unit of theirs, values that are one of a few
  /// levels a probability, and so have whole numbers, categories, booleans and whether a cell is
  /// missing. A real number that repeats often and is not printed to some digit counts by its
  /// probability too.
  public var densityMeasure: DensityMeasure {
    switch kind {
    case .continuous(let range): range.transform.name == .levels ? .probability : .perUnit
    case .angle: .perUnit
    case .integer, .categorical, .boolean, .empty: .probability
    }
  }
}

/// Encoded rows, and what makes of a density of points one of rows.
public struct MeasuredPoints: Sendable {
  /// What a coordinate of an encoded row tells.
  public enum Role: UInt8, Sendable {
    /// A number, by a map with a derivative.
    case value
    /// One of some values, always with the same coordinates: a category or a flag.
    case label
    /// The cosine of an angle; the next coordinate is the sine.
    case cosine
    /// The sine of an angle.
    case sine
    /// What stands for the value of a missing cell, always the same.
    case gap
    /// Whether a cell is missing, always the same for each answer.
    case marker
  }

  /// The encoded rows.
  public var points: Batch<Float>
  /// The role of each coordinate of each row, row-major.
  public var roles: [Role]
  /// For each row the sum of log dcoordinate/dvalue over its numbers and angles, an angle in radians
  /// being the coordinate of an angle.
  public var logDerivatives: [Double]

  /// A copy of some consecutive rows.
  public subscript(rows: Range<Int>) -> MeasuredPoints {
    let d = points.dimension
    return MeasuredPoints(
      points: points[rows],
      roles: Array(roles[rows.lowerBound * d..<rows.upperBound * d]),
      logDerivatives: Array(logDerivatives[rows]))
  }
}

extension Schema {
  /// Turns rows into points, with what makes of a density of points one of rows.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - key: The randomness that spreads printed numbers over their interval.
  ///   - firstRow: The number of the first row, which decides on its randomness.
  /// - Throws: ``TableError`` that names the column and row that cannot be encoded.
  public func measure(
    _ table: Table, key: NoiseKey = NoiseKey(seed: 0), firstRow: Int = 0
  ) throws(TableError) -> MeasuredPoints {
    measure(try encode(table, key: key, firstRow: firstRow), of: table)
  }

  /// What makes of a density of encoded rows one of rows.
  ///
  /// - Parameters:
  ///   - points: What ``encode(_:key:firstRow:)`` made of the table.
  ///   - table: The table.
  public func measure(_ points: Batch<Float>, of table: Table) -> MeasuredPoints {
    let d = dimension
    precondition(
      points.dimension == d && points.count == table.rowCount,
      "\(points.count) points are not the \(table.rowCount) rows of a table.")
    var measured = MeasuredPoints(
      points: points, roles: Array(repeating: .label, count: points.count * d),
      logDerivatives: Array(repeating: 0, count: points.count))
    for (schema, range) in zip(columns, coordinateRanges) {
      guard let column = table[schema.name] else { continue }
      switch schema.kind {
      case .continuous(let numbers) where !schema.isConstant:
        measured.addNumbers(
          NumberCode(numbers, isInteger: false).code, column, at: range.lowerBound)
      case .integer(let numbers) where !schema.isConstant:
        measured.addNumbers(NumberCode(numbers, isInteger: true).code, column, at: range.lowerBound)
      case .angle(let angle):
        measured.addAngles(logDerivative: log(2 * .pi / angle.period), column, at: range.lowerBound)
      case .continuous, .integer, .categorical, .boolean, .empty: break
      }
    }
    for marker in gapMarkers {
      guard let column = table[columns[marker.column].name] else { continue }
      measured.addGaps(column, marker)
    }
    return measured
  }
}

extension MeasuredPoints {
  fileprivate mutating func addNumbers(_ code: MarginalCode, _ column: Column, at place: Int) {
    guard !code.isAtomic else { return }
    for row in logDerivatives.indices where !column.isMissing(row) {
      roles[row * points.dimension + place] = .value
      logDerivatives[row] += code.logDerivative(at: Double(points[row, place]))
    }
  }

  fileprivate mutating func addGaps(_ column: Column, _ marker: GapMarker) {
    for row in logDerivatives.indices {
      let first = row * points.dimension
      roles[first + marker.coordinate] = .marker
      guard column.isMissing(row) else { continue }
      for coordinate in marker.values { roles[first + coordinate] = .gap }
    }
  }

  fileprivate mutating func addAngles(logDerivative: Double, _ column: Column, at place: Int) {
    for row in logDerivatives.indices where !column.isMissing(row) {
      roles[row * points.dimension + place] = .cosine
      roles[row * points.dimension + place + 1] = .sine
      logDerivatives[row] += logDerivative
    }
  }
}
