import OrnsteinNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Schema {
  /// Turns rows into points.
  ///
  /// - A number becomes one coordinate by its transform; values with a printing resolution r are
  ///   first moved by uniform noise on (-r/2, r/2), so that points have a density and decoding,
  ///   which rounds, returns the printed value.
  /// - A boolean becomes 2 (b - p), p the share of true: the two values are 2 apart, as two
  ///   categories are.
  /// - A category becomes sqrt(2) (e_k - p) with e_k a unit vector and p the shares; a missing cell is
  ///   one more category.
  /// - An angle becomes sqrt(2) (cos, sin).
  /// - Where cells are missing, one more coordinate 2 (m - p_m) tells; the others are 0 there.
  ///
  /// Columns are found by name; columns of the table that the schema does not have are left alone. A
  /// value of a `levels` transform that is no level takes the nearest one.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - key: The randomness of the noise; row i of the table gets number `firstRow + i`.
  ///   - firstRow: The number of the first row.
  /// - Returns: `table.rowCount` points of `dimension` coordinates, none of them infinite or NaN.
  public func encode(
    _ table: Table, key: NoiseKey = NoiseKey(seed: 0), firstRow: Int = 0
  ) throws(TableError) -> Batch<Float> {
    let dimension = dimension
    guard dimension > 0 else { throw .nothingVaries(file: table.source) }
    var points = Array(repeating: Float(0), count: table.rowCount * dimension)
    for (index, (schema, range)) in zip(columns, coordinateRanges).enumerated() {
      guard let column = table[schema.name] else {
        throw .absentColumn(file: table.source, name: schema.name, present: table.names)
      }
      let encoder = ColumnEncoder(
        schema: schema, column: column, rows: rows, file: table.source,
        target: PointSlice(first: range.lowerBound, stride: dimension))
      let noise = key.stream(.encoding, step: index)
      switch schema.kind {
      case .continuous(let range):
        let uniforms = noise.uniforms(table.rowCount, first: firstRow)
        try encoder.numbers(range, isInteger: false, uniforms, into: &points)
      case .integer(let range):
        let uniforms = noise.uniforms(table.rowCount, first: firstRow)
        try encoder.numbers(range, isInteger: true, uniforms, into: &points)
      case .boolean(let categories): try encoder.boolean(categories, into: &points)
      case .categorical(let categories): try encoder.categories(categories, into: &points)
      case .angle(let angle): try encoder.angle(angle, into: &points)
      case .empty: try encoder.checkMissing()
      }
    }
    return Batch(points, dimension: dimension)
  }
}

/// Where the coordinates of a column lie among the points.
struct PointSlice {
  let first: Int
  let stride: Int

  func index(_ row: Int, _ coordinate: Int) -> Int { row * stride + first + coordinate }
}

/// The numbers that encoding and decoding share.
enum CodeGeometry {
  static let categoryScale = 2.0.squareRoot()
  static let angleScale = 2.0.squareRoot()
  static let booleanScale = 2.0

  /// The shares of categories; with `missing` cells, one more category at the end.
  static func shares(of categories: [Category], missing: Int) -> [Double] {
    let counts = categories.map { Double($0.count) } + (missing > 0 ? [Double(missing)] : [])
    let total = counts.reduce(0, +)
    return counts.map { $0 / total }
  }

  static func missingShare(_ missing: Int, rows: Int) -> Double {
    rows > 0 ? min(Double(missing) / Double(rows), 1) : 0.5
  }
}

/// Writes the coordinates of one column.
private struct ColumnEncoder {
  let schema: ColumnSchema
  let column: Column
  let rows: Int
  let file: String
  let target: PointSlice

  func numbers(
    _ range: NumberRange, isInteger: Bool, _ uniforms: [Double], into points: inout [Float]
  ) throws(TableError) {
    let values = try numbers()
    let cell = NumberCode(range, isInteger: isInteger)
    try markMissing(at: schema.isConstant ? 0 : 1, into: &points)
    guard !schema.isConstant else { return try checkConstant(range.minimum, values) }
    for row in values.indices where !column.isMissing(row) {
      let point = cell.encode(values[row], uniform: uniforms[row])
      guard point.isFinite else {
        throw .tooFar(
          file: file, row: row + 1, column: column.name, text: values[row].description)
      }
      points[target.index(row, 0)] = point
    }
  }

  func angle(_ range: AngleRange, into points: inout [Float]) throws(TableError) {
    let values = try numbers()
    try markMissing(at: 2, into: &points)
    for row in values.indices where !column.isMissing(row) {
      let turns = (values[row] / range.period)
      let (sine, cosine) = sineAndCosine(ofTurns: turns - turns.rounded())
      points[target.index(row, 0)] = Float(CodeGeometry.angleScale * cosine)
      points[target.index(row, 1)] = Float(CodeGeometry.angleScale * sine)
    }
  }

  func boolean(_ categories: [Category], into points: inout [Float]) throws(TableError) {
    let codes = try codes(categories)
    try markMissing(at: schema.isConstant ? 0 : 1, into: &points)
    guard categories.count == 2 else { return }
    let share = CodeGeometry.shares(of: categories, missing: 0)[1]
    for (row, code) in codes.enumerated() where code >= 0 {
      points[target.index(row, 0)] = Float(CodeGeometry.booleanScale * (Double(code) - share))
    }
  }

  func categories(_ categories: [Category], into points: inout [Float]) throws(TableError) {
    let codes = try codes(categories)
    let dimension = schema.dimension
    guard dimension > 0 else { return }
    let shares = CodeGeometry.shares(of: categories, missing: schema.missing)
    let rest = shares.map { Float(-CodeGeometry.categoryScale * $0) }
    let hit = shares.map { Float(CodeGeometry.categoryScale * (1 - $0)) }
    for (row, code) in codes.enumerated() {
      let vertex = code >= 0 ? code : dimension - 1
      for coordinate in 0..<dimension {
        points[target.index(row, coordinate)] =
          coordinate == vertex ? hit[coordinate] : rest[coordinate]
      }
    }
  }

  func checkMissing() throws(TableError) {
    guard let row = (0..<column.count).first(where: { !column.isMissing($0) }) else { return }
    throw .schema(
      file: file,
      reason:
        "row \(row + 1), column \"\(column.name)\" holds \"\(column.text(row) ?? "")\", but the "
        + "column was empty when the schema was made.")
  }

  private func markMissing(at coordinate: Int, into points: inout [Float]) throws(TableError) {
    guard schema.missing > 0 else {
      if let row = column.missing.firstIndex(of: true) {
        throw .unexpectedMissing(file: file, row: row + 1, column: column.name)
      }
      return
    }
    let share = CodeGeometry.missingShare(schema.missing, rows: rows)
    for row in 0..<column.count {
      let flag = column.isMissing(row) ? 1.0 : 0.0
      points[target.index(row, coordinate)] = Float(CodeGeometry.booleanScale * (flag - share))
    }
  }

  private func numbers() throws(TableError) -> [Double] {
    if case .numbers(let values) = column.cells { return values }
    throw .notNumber(column, in: file)
  }

  private func checkConstant(_ constant: Double, _ values: [Double]) throws(TableError) {
    guard let row = values.indices.first(where: { !column.isMissing($0) && values[$0] != constant })
    else { return }
    throw .schema(
      file: file,
      reason: "row \(row + 1), column \"\(column.name)\" holds \(values[row]), but the column was "
        + "always \(constant) when the schema was made.")
  }

  private func codes(_ categories: [Category]) throws(TableError) -> [Int] {
    let known = categories.map(\.value)
    let lookup = CategoryLookup(known)
    let coded = CategoryCodes(column)
    var positions: [Int] = []
    for (index, value) in coded.values.enumerated() {
      guard let position = lookup[value] else {
        throw .unknownCategory(
          file: file, row: coded.firstRow(of: index) + 1, column: column.name, text: value,
          known: known)
      }
      positions.append(position)
    }
    if schema.missing == 0, let row = coded.codes.firstIndex(of: -1) {
      throw .unexpectedMissing(file: file, row: row + 1, column: column.name)
    }
    return coded.codes.map { $0 < 0 ? -1 : positions[Int($0)] }
  }
}

extension NoiseStream {
  fileprivate func uniforms(_ count: Int, first: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      let rows = UnsafeMutableBufferPointer(rebasing: buffer.prefix(count))
      rows.initialize(repeating: 0)
      DoubleKernels.uniforms(into: rows, stream: self, first: UInt64(first))
      initialized = count
    }
  }
}

private func sineAndCosine(ofTurns turns: Double) -> (sine: Double, cosine: Double) {
  let angle = 2 * Double.pi * turns
  return (sin(angle), cos(angle))
}
