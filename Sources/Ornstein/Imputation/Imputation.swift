import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables

/// Fills the missing cells of a table with exact draws of a Gaussian mixture given the cells that are
/// there.
///
/// A row whose cells all are missing is a draw of the law itself. Draw k of row i is a function of the
/// seed, i and k alone, whatever the threads and the other rows. Observed cells stay as they are, and
/// columns that the law does not have are left alone, gaps and all.
///
/// With a schema, the mixture is one of encoded rows: a missing cell is missing with all coordinates of its
/// column; what is drawn is decoded, so that whole numbers and categories come out as such; and where a
/// column of the schema has a coordinate that tells of missing cells, it is held at "there is a value".
/// Printed numbers are spread at random over their interval, as when a model is fitted.
public struct Imputation: Sendable {
  /// What is put into missing cells.
  public enum Filling: Sendable, Hashable {
    /// One of many independent draws, counted from 0.
    case draw(Int)
    /// The mean given the observed cells: of numbers, rounded as the schema prints them; of angles the
    /// direction of the mean; the most probable category.
    case mean
  }

  /// Rows of one piece of work, a constant of the algorithm.
  private static let chunk = 256
  /// Far from every value of a flag.
  private static let never = -1e6

  /// The table with its gaps.
  public let table: Table
  /// For each column of the table, how many cells are filled.
  public let filledCells: [Int]
  private let mixture: GaussianMixture<Double>
  private let columns: ImputationColumns
  private let points: Batch<Double>
  private let patterns: MissingPatterns
  private let shelf: RegressionShelf
  private let key: NoiseKey
  private let firstRow: Int

  /// Makes ready to fill a table of plain numbers: columns x0, x1, … or as many columns as the law has
  /// coordinates.
  ///
  /// - Parameters:
  ///   - table: The rows.
  ///   - mixture: Their law.
  ///   - key: The randomness.
  ///   - firstRow: The number of the first row, which decides on its randomness.
  /// - Throws: ``/OrnsteinTables/TableError`` or ``ImputationError`` that names the column that does not
  ///   fit.
  public init(
    of table: Table, under mixture: GaussianMixture<Double>, key: NoiseKey, firstRow: Int = 0
  ) throws {
    try self.init(
      table, mixture, try ImputationColumns(table, dimension: mixture.dimension), key, firstRow)
  }

  /// Makes ready to fill a table with the columns of a schema.
  ///
  /// - Parameters:
  ///   - table: The rows; columns are found by name.
  ///   - mixture: The law of encoded rows.
  ///   - schema: The columns, of as many coordinates as the mixture.
  ///   - key: The randomness.
  ///   - firstRow: The number of the first row, which decides on its randomness.
  /// - Throws: ``/OrnsteinTables/TableError`` that names the cell that does not fit the schema.
  public init(
    of table: Table, under mixture: GaussianMixture<Double>, schema: Schema, key: NoiseKey,
    firstRow: Int = 0
  ) throws {
    precondition(
      schema.dimension == mixture.dimension,
      "A schema of \(schema.dimension) coordinates does not fit a mixture of \(mixture.dimension).")
    try self.init(table, mixture, try ImputationColumns(table, schema: schema), key, firstRow)
  }

  private init(
    _ table: Table, _ mixture: GaussianMixture<Double>, _ columns: ImputationColumns,
    _ key: NoiseKey, _ firstRow: Int
  ) throws {
    self.table = table
    self.mixture = mixture
    self.columns = columns
    self.key = key
    self.firstRow = firstRow
    points = try columns.points(of: table, key: key, firstRow: firstRow)
    patterns = MissingPatterns(of: table, columns)
    shelf = RegressionShelf()
    var cells = [Int](repeating: 0, count: table.columns.count)
    for column in columns.filled { cells[column.place] = table.columns[column.place].missingCount }
    filledCells = cells
  }

  /// Some rows with their gaps filled.
  ///
  /// - Parameters:
  ///   - rows: Which rows of the table.
  ///   - filling: What is put into their gaps.
  ///   - threads: How many threads work; does not change the result.
  /// - Returns: A table of `rows.count` rows with the columns of the table.
  /// - Throws: ``ImputationError`` that names a row whose observed cells have no conditional law, or
  ///   ``/OrnsteinTables/TableError``.
  public func filled(_ rows: Range<Int>, _ filling: Filling, threads: Int = 1) throws -> Table {
    let part = table.selecting(rows: rows)
    let points = try filledPoints(rows, filling, threads: threads)
    guard let schema = columns.schema else { return try plain(part, points) }
    let decoded = try TableDecoder(schema).decode(single(points, rows)).table
    let means = filling == .mean ? try numberMeans(rows, threads: threads) : [:]
    var result = part.columns
    for column in columns.filled where part.columns[column.place].missingCount > 0 {
      let old = part.columns[column.place]
      // The schema's own column of the name.
      guard let new = decoded[old.name] else { continue }
      result[column.place] = old.filled(from: new, numbers: means[column.place])
    }
    return try Table(columns: result, source: table.source)
  }

  /// The points of some rows, encoded, with draws or means of missing coordinates.
  package func filledPoints(
    _ rows: Range<Int>, _ filling: Filling, threads: Int
  ) throws -> Batch<Double> {
    let d = mixture.dimension
    var points = points[rows]
    try points.withUnsafeMutableBufferPointer { output in
      let output = SharedPoints(buffer: output)
      try forEachRow(rows, filling, threads: threads) { row, point, values in
        let missing = point.regression.missing
        for (place, coordinate) in missing.enumerated() {
          output.buffer[(row - rows.lowerBound) * d + coordinate] = values[place]
        }
      }
    }
    return points
  }

  /// Calls `body` with the conditional law and the missing coordinates of each row that has some, from
  /// many threads.
  private func forEachRow(
    _ rows: Range<Int>, _ filling: Filling, threads: Int,
    _ body: @Sendable (Int, ConditionalPoint, [Double]) -> Void
  ) throws {
    let d = mixture.dimension
    try Chunks(of: rows, size: Self.chunk).forEach(threads: threads) { piece, _ in
      let noise = RowNoise(piece, firstRow: firstRow, dimension: d, filling, key: key)
      let rowsOfPattern = Dictionary(grouping: piece) { patterns.ofRow[$0] }
      for index in rowsOfPattern.keys.sorted() {
        let pattern = patterns.all[Int(index)]
        guard !pattern.missing.isEmpty, let rows = rowsOfPattern[index] else { continue }
        var row = rows[0]
        do throws(ConditionalError) {
          let regression = try shelf.regression(index, of: mixture, on: pattern.observed)
          var point = ConditionalPoint(of: regression)
          for next in rows {
            row = next
            try point.move(to: pattern.observed.map { points[next, $0] })
            body(next, point, noise.values(of: next, at: point))
          }
        } catch {
          throw ImputationError(reason: sentence(error, row: row))
        }
      }
    }
  }

  private func sentence(_ error: ConditionalError, row: Int) -> String {
    let place = "\(ImputationColumns.name(table)), row \(row + 1)"
    if case .tooFar(let coordinate) = error,
      let column = columns.filled.first(where: { $0.coordinates.contains(coordinate) })
    {
      return
        "\(place), column \"\(table.columns[column.place].name)\": the value is too far from the "
        + "law for its row to be filled; correct it or leave it empty."
    }
    return "\(place): \(error)"
  }

  /// For each column of numbers the means of its missing cells, by row.
  private func numberMeans(_ rows: Range<Int>, threads: Int) throws -> [Int: [Double]] {
    guard let schema = columns.schema else { return [:] }
    var means: [Int: [Double]] = [:]
    for column in columns.filled {
      let name = table.columns[column.place].name
      guard let coordinate = column.coordinates.first,
        let law = schema.columns.first(where: { $0.name == name }).flatMap(NumberMean.init)
      else { continue }
      var values = [Double](repeating: 0, count: rows.count)
      try values.withUnsafeMutableBufferPointer { output in
        let output = SharedPoints(buffer: output)
        try forEachRow(rows, .mean, threads: threads) { row, point, _ in
          guard let place = point.regression.missing.firstIndex(of: coordinate) else { return }
          var mean = 0.0
          for (component, probability) in point.probabilities.enumerated() where probability > 0 {
            mean +=
              probability
              * law.value(
                mean: point.mean(ofComponent: component)[place],
                deviation: point.variance(at: place, ofComponent: component).squareRoot())
          }
          output.buffer[row - rows.lowerBound] = law.rounded(mean)
        }
      }
      means[column.place] = values
    }
    return means
  }

  /// Points in single precision, in which no filled cell can be decoded as a gap.
  private func single(_ points: Batch<Double>, _ rows: Range<Int>) -> Batch<Float> {
    var points = points
    for column in columns.filled {
      guard let marker = column.marker else { continue }
      let cells = table.columns[column.place]
      for row in rows where cells.isMissing(row) {
        points[row - rows.lowerBound, marker] = Self.never
      }
    }
    return points.converted(to: Float.self)
  }

  /// Points of a schema as a ``/OrnsteinTables/TableWriter`` takes them.
  package func encoded(
    _ rows: Range<Int>, _ filling: Filling, threads: Int
  ) throws -> Batch<Float> {
    single(try filledPoints(rows, filling, threads: threads), rows)
  }

  private func plain(_ part: Table, _ points: Batch<Double>) throws -> Table {
    var result = part.columns
    for column in columns.filled where part.columns[column.place].missingCount > 0 {
      let old = part.columns[column.place]
      guard let coordinate = column.coordinates.first else { continue }
      result[column.place] = Column(
        name: old.name, numbers: (0..<old.count).map { points[$0, coordinate] })
    }
    return try Table(columns: result, source: table.source)
  }
}

extension Column {
  /// The column with its gaps filled from another of as many rows, or from numbers.
  fileprivate func filled(from other: Column, numbers means: [Double]?) -> Column {
    if case .numbers(let numbers) = cells, missingCount < count || other.isNumeric {
      let filled = numbers.indices.map { row -> Double? in
        guard isMissing(row) else { return numbers[row] }
        return means?[row] ?? other.number(row) ?? other.text(row).flatMap { Double($0) }
      }
      return Column(name: name, optionalNumbers: filled, print: other.print)
    }
    return Column(name: name, text: (0..<count).map { isMissing($0) ? other.text($0) : text($0) })
  }

  private var isNumeric: Bool { if case .numbers = cells { true } else { false } }
}

/// A buffer of which each row is written by one thread.
private struct SharedPoints: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Double>
}
