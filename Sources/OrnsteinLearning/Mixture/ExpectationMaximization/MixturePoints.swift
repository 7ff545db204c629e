import OrnsteinNumerics

/// The points that a mixture is learned from, checked, with the rows grouped by what is missing.
struct MixturePoints: Sendable {
  /// Coordinates that some rows have in common; the others are missing in them.
  struct Pattern: Sendable {
    let observed: [Int]
    let missing: [Int]
    /// The places of the rows in ``MixturePoints/order``.
    var places: Range<Int>
  }

  /// What a coordinate may be at most, so that squares of differences stay finite.
  static let largest = 1e150

  let points: Batch<Double>
  let weights: [Double]?
  let totalWeight: Double
  /// The rows with a weight above 0.
  let weightedRows: Int
  /// The mean of each coordinate, over the rows that have it.
  let centre: [Double]
  /// The standard deviation of each coordinate, 1 where it is 0.
  let scale: [Double]
  /// The rows, pattern by pattern; `nil` where nothing is missing.
  let order: [Int]?
  let patterns: [Pattern]

  var count: Int { points.count }
  var dimension: Int { points.dimension }
  var isComplete: Bool { order == nil }

  /// - Parameter learns: Whether every column must hold a value.
  /// - Throws: ``ExpectationMaximizationError`` if a row, a column or a weight is not usable.
  init(
    _ points: Batch<Double>, weights: [Double]?, learns: Bool = true
  ) throws(ExpectationMaximizationError) {
    let d = points.dimension
    if let weights {
      guard weights.count == points.count else {
        throw .weightCount(weights.count, rows: points.count)
      }
      if let row = weights.firstIndex(where: { !($0 >= 0 && $0 <= Self.largest) }) {
        throw .invalidWeight(row: row, weight: weights[row])
      }
    }
    self.points = points
    self.weights = weights
    totalWeight = weights.map { $0.reduce(0, +) } ?? Double(points.count)
    weightedRows = weights.map { $0.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } } ?? points.count
    guard weightedRows > 0 else { throw .tooFewRows(count: 0, components: 1) }
    let isComplete = try Self.check(points)
    (centre, scale) = try Self.location(of: points, weights: weights, learns: learns)
    if isComplete {
      order = nil
      patterns = [Pattern(observed: Array(0..<d), missing: [], places: 0..<points.count)]
    } else {
      let grouped = Self.group(points)
      order = grouped.order
      patterns = grouped.patterns
    }
  }

  /// The row at a place of the order.
  func row(_ place: Int) -> Int { order?[place] ?? place }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

  /// Whether nothing is missing.
  private static func check(
    _ points: Batch<Double>
  ) throws(ExpectationMaximizationError) -> Bool {
    let d = points.dimension
    let wrong = points.withUnsafeBufferPointer { x -> (index: Int?, empty: Int?, missing: Bool) in
      var missing = false
      for row in 0..<points.count {
        var absent = 0
        for column in 0..<d {
          let value = x[row * d + column]
          if abs(value) <= largest { continue }
          if !value.isNaN { return (row * d + column, nil, missing) }
          absent += 1
        }
        if absent == d { return (nil, row, missing) }
        if absent > 0 { missing = true }
      }
      return (nil, nil, missing)
    }
    if let index = wrong.index { throw .notFinite(row: index / d, column: index % d) }
    if let row = wrong.empty { throw .emptyRow(row) }
    return !wrong.missing
  }

  /// Means and standard deviations of what is not missing.
  private static func location(
    of points: Batch<Double>, weights: [Double]?, learns: Bool
  ) throws(ExpectationMaximizationError) -> (centre: [Double], scale: [Double]) {
    let d = points.dimension
    var (masses, sums) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
    points.withUnsafeBufferPointer { x in
      for row in 0..<points.count {
        let weight = weights?[row] ?? 1
        for column in 0..<d where !x[row * d + column].isNaN {
          masses[column] += weight
          sums[column] += weight * x[row * d + column]
        }
      }
    }
    if learns, let column = masses.firstIndex(where: { !($0 > 0) }) { throw .emptyColumn(column) }
    let centre = zip(sums, masses).map { $1 > 0 ? $0 / $1 : 0 }
    var squares = [Double](repeating: 0, count: d)
    points.withUnsafeBufferPointer { x in
      for row in 0..<points.count {
        let weight = weights?[row] ?? 1
        for column in 0..<d where !x[row * d + column].isNaN {
          let difference = x[row * d + column] - centre[column]
          squares[column] += weight * difference * difference
        }
      }
    }
    let scale = zip(squares, masses).map { ($0 / $1).squareRoot() }
    return (centre, scale.map { $0 > 0 ? $0 : 1 })
  }

  /// The rows by pattern, patterns in the order in which they first appear.
  private static func group(_ points: Batch<Double>) -> (order: [Int], patterns: [Pattern]) {
    let d = points.dimension
    let words = (d + 63) / 64
    var numbers: [[UInt64]: Int] = [:]
    var keys: [[UInt64]] = []
    var rows: [[Int]] = []
    var key = [UInt64](repeating: 0, count: words)
    points.withUnsafeBufferPointer { x in
      for row in 0..<points.count {
        for word in 0..<words { key[word] = 0 }
        for column in 0..<d where !x[row * d + column].isNaN {
          key[column / 64] |= 1 << UInt64(column % 64)
        }
        if let number = numbers[key] {
          rows[number].append(row)
        } else {
          numbers[key] = keys.count
          keys.append(key)
          rows.append([row])
        }
      }
    }
    var order: [Int] = []
    var patterns: [Pattern] = []
    for (key, rows) in zip(keys, rows) {
      let isObserved = { (column: Int) in key[column / 64] >> UInt64(column % 64) & 1 == 1 }
      patterns.append(
        Pattern(
          observed: (0..<d).filter(isObserved), missing: (0..<d).filter { !isObserved($0) },
          places: order.count..<order.count + rows.count))
      order += rows
    }
    return (order, patterns)
  }
}
