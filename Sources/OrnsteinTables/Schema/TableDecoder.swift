import OrnsteinNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns points back into rows: a schema made ready for many points.
///
/// Immutable, so any number of threads may use one.
public struct TableDecoder: Sendable {
  /// The schema.
  public let schema: Schema
  /// The number of coordinates of a point.
  public let dimension: Int
  let columns: [ColumnDecoder]

  /// A decoder of a schema.
  ///
  /// - Parameters:
  ///   - schema: The columns.
  ///   - held: Numbers by the name of their column, which stand in every row as they are, whatever the
  ///     points say.
  public init(_ schema: Schema, holding held: [String: Double] = [:]) {
    self.schema = schema
    dimension = schema.dimension
    columns = zip(schema.columns, schema.coordinateRanges).map { column, range in
      held[column.name].map { ColumnDecoder(name: column.name, value: $0) }
        ?? ColumnDecoder(column, first: range.lowerBound, rows: schema.rows)
    }
  }

  /// The rows of some points.
  ///
  /// Numbers are rounded to the printing of the data and moved into the bounds of the schema;
  /// categories are those of the nearest vertex.
  ///
  /// - Parameter points: Points of `dimension` coordinates.
  /// - Throws: `TableError` if a coordinate is not finite or the dimension is wrong.
  public func decode(_ points: Batch<Float>) throws(TableError) -> DecodedTable {
    try check(points)
    var clipped: [Int] = []
    var result: [Column] = []
    var cells = Array(repeating: 0.0, count: points.count)
    for column in columns {
      var count = 0
      cells.withUnsafeMutableBufferPointer { cells in
        points.withUnsafeBufferPointer { points in
          count = column.decode(points, dimension, rows: 0..<cells.count, into: cells)
        }
      }
      clipped.append(count)
      result.append(column.column(of: cells))
    }
    return DecodedTable(
      table: Table(unchecked: result, rowCount: points.count, source: ""), clipped: clipped)
  }

  func check(_ points: Batch<Float>) throws(TableError) {
    guard points.dimension == dimension else {
      throw .wrongDimension(found: points.dimension, expected: dimension)
    }
    let bad = points.withUnsafeBufferPointer { elements in
      elements.firstIndex { !$0.isFinite }
    }
    guard let bad else { return }
    let coordinate = bad % dimension
    let column = schema.coordinateRanges.firstIndex { $0.contains(coordinate) } ?? 0
    throw .pointNotFinite(row: bad / dimension, column: schema.columns[column].name)
  }
}

/// Rows made from points, and how many of their cells had to be moved into the bounds.
public struct DecodedTable: Sendable, Equatable {
  /// The rows.
  public var table: Table
  /// For each column, how many cells were beyond the bounds of the schema.
  public var clipped: [Int]

  /// The number of cells of all columns that were beyond the bounds.
  public var clippedCells: Int { clipped.reduce(0, +) }
}

/// Reads the cells of one column from points.
///
/// A cell is a double: the number, or the index of the category; NaN where the cell is missing,
/// inside this module only.
struct ColumnDecoder: Sendable {
  private enum Code: Sendable {
    case constant(Double)
    case number(NumberCode)
    case boolean(threshold: Float)
    case categorical(shift: [Float], hasMissing: Bool)
    case angle(period: Double, lowest: Double, format: NumberFormat)
  }

  let name: String
  let print: Column.Print
  /// The texts of the categories, or `nil` for a column of numbers.
  let values: [String]?
  private let code: Code
  private let first: Int
  private let missingCoordinate: Int?
  private let missingThreshold: Float

  /// A column in which every cell is one number.
  init(name: String, value: Double) {
    self.name = name
    print = Column.Print()
    values = nil
    numbers = []
    code = .constant(value)
    first = 0
    missingCoordinate = nil
    missingThreshold = 0
  }

  init(_ schema: ColumnSchema, first: Int, rows: Int) {
    name = schema.name
    self.first = first
    var texts: [String]?
    var print = Column.Print()
    var marker: Int? = schema.missing > 0 ? first + schema.dimension - 1 : nil
    switch schema.kind {
    case .continuous(let range), .integer(let range):
      print = range.print
      let isInteger = schema.kindName == .integer
      code =
        schema.isConstant
        ? .constant(range.minimum) : .number(NumberCode(range, isInteger: isInteger))
    case .boolean(let categories):
      texts = categories.map(\.value)
      let share = CodeGeometry.shares(of: categories, missing: 0)[categories.count - 1]
      code = categories.count == 1 ? .constant(0) : .boolean(threshold: Self.threshold(share))
    case .categorical(let categories):
      texts = categories.map(\.value)
      let shares = CodeGeometry.shares(of: categories, missing: schema.missing)
      code =
        schema.dimension == 0
        ? .constant(0)
        : .categorical(
          shift: shares.map { Float(CodeGeometry.categoryScale * $0) }, hasMissing: marker != nil)
      marker = nil
    case .angle(let range):
      print = range.print
      code = .angle(
        period: range.period, lowest: range.lowest, format: NumberFormat(range.print))
    case .empty:
      code = .constant(.nan)
      marker = nil
    }
    missingCoordinate = marker
    missingThreshold = Self.threshold(CodeGeometry.missingShare(schema.missing, rows: rows))
    values = Self.asNumbers(texts) == nil ? texts : nil
    numbers = Self.asNumbers(texts) ?? []
    self.print = texts == nil ? print : Column.Print()
  }

  /// Categories that all are numbers, as 0 and 1, come out as numbers.
  private let numbers: [Double]

  private static func asNumbers(_ texts: [String]?) -> [Double]? {
    guard let texts else { return nil }
    let numbers = texts.compactMap { text in
      Double(text).flatMap { NumberFormat(Column.Print()).text(of: $0) == text ? $0 : nil }
    }
    return numbers.count == texts.count ? numbers : nil
  }

  /// Half-way between 2 (0 - share) and 2 (1 - share).
  private static func threshold(_ share: Double) -> Float {
    Float(CodeGeometry.booleanScale * (0.5 - share))
  }

  /// Writes the cells of some rows; how many were beyond the bounds.
  func decode(
    _ points: UnsafeBufferPointer<Float>, _ stride: Int, rows: Range<Int>,
    into cells: UnsafeMutableBufferPointer<Double>
  ) -> Int {
    var clipped = 0
    switch code {
    case .constant(let value):
      for place in 0..<rows.count { cells[place] = value }
    case .number(let number):
      for (place, row) in rows.enumerated() {
        let (value, isClipped) = number.decode(points[row * stride + first])
        cells[place] = value
        if isClipped { clipped += 1 }
      }
    case .boolean(let threshold):
      for (place, row) in rows.enumerated() {
        cells[place] = points[row * stride + first] > threshold ? 1 : 0
      }
    case .categorical(let shift, let hasMissing):
      for (place, row) in rows.enumerated() {
        var best = 0
        var largest = -Float.infinity
        for coordinate in shift.indices {
          let height = points[row * stride + first + coordinate] + shift[coordinate]
          if height > largest { (best, largest) = (coordinate, height) }
        }
        cells[place] = hasMissing && best == shift.count - 1 ? .nan : Double(best)
      }
    case .angle(let period, let lowest, let format):
      for (place, row) in rows.enumerated() {
        let cosine = Double(points[row * stride + first])
        let sine = Double(points[row * stride + first + 1])
        let turns = atan2(sine, cosine) / (2 * Double.pi)
        var value = turns * period
        value -= ((value - lowest) / period).rounded(.down) * period
        value = format.rounded(value)
        cells[place] = value < lowest + period ? value : format.rounded(lowest)
      }
    }
    if let missingCoordinate {
      for (place, row) in rows.enumerated()
      where points[row * stride + missingCoordinate] > missingThreshold {
        cells[place] = .nan
      }
    }
    if !numbers.isEmpty {
      for place in 0..<rows.count where !cells[place].isNaN {
        cells[place] = numbers[Int(cells[place])]
      }
    }
    return clipped
  }

  func column(of cells: [Double]) -> Column {
    if let values {
      return Column(
        name: name, codes: cells.map { $0.isNaN ? -1 : Int32($0) }, values: values)
    }
    let missing = cells.contains(where: \.isNaN) ? cells.map(\.isNaN) : []
    return Column(
      name: name, numbers: missing.isEmpty ? cells : cells.map { $0.isNaN ? 0 : $0 },
      missing: missing, print: print)
  }
}
