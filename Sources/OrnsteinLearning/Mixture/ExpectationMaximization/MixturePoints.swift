import OrnsteinNumerics

/// The points that a mixture is learned from, checked, with the rows grouped by what is missing.
struct MixturePoints: Sendable {
  /// Coordinates that some rows have in common; the others are missing in them.
  struct Pattern: Sendable {
    let observed: [Int]
    let missing: [Int]
    /// The places of the rows in ``MixturePoints/order``.
    var places: Range<Int>
    /// The observed and missing coordinates by their places in ``MixturePoints/axes``.
    var positions: (observed: [Int], missing: [Int])
    /// How many of the first axes the pattern before has in common with it.
    var shared: Int
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
  /// The coordinates, those of which the fewest are missing first.
  let axes: [Int]
  /// The patterns in the order of a tree that asks of one axis after another whether it is observed, so
  /// that neighbours have as much as possible in common.
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
      axes = Array(0..<d)
      patterns = [
        Pattern(
          observed: axes, missing: [], places: 0..<points.count, positions: (axes, []), shared: 0)
      ]
    } else {
      (axes, order, patterns) = Self.group(points)
    }
  }

  /// The patterns that some places have a part in.
  func patterns(of places: Range<Int>) -> ArraySlice<Pattern> {
    let first = patterns.partitioningIndex { $0.places.upperBound > places.lowerBound }
    let end = patterns.partitioningIndex { $0.places.lowerBound >= places.upperBound }
    return patterns[first..<max(first, end)]
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

  /// The rows by pattern.
  private static func group(
    _ points: Batch<Double>
  ) -> (axes: [Int], order: [Int], patterns: [Pattern]) {
    let d = points.dimension
    let axes = axesByGaps(points)
    let words = (d + 63) / 64
    var numbers: [[UInt64]: Int] = [:]
    var keys: [[UInt64]] = []
    var rows: [[Int]] = []
    var key = [UInt64](repeating: 0, count: words)
    points.withUnsafeBufferPointer { x in
      for row in 0..<points.count {
        for word in 0..<words { key[word] = 0 }
        for (place, axis) in axes.enumerated() where !x[row * d + axis].isNaN {
          key[place / 64] |= 1 << UInt64(63 - place % 64)
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
    order.reserveCapacity(points.count)
    var patterns: [Pattern] = []
    var last: [UInt64]?
    for number in keys.indices.sorted(by: { keys[$0].lexicographicallyPrecedes(keys[$1]) }) {
      let key = keys[number]
      let isObserved = { (place: Int) in key[place / 64] >> UInt64(63 - place % 64) & 1 == 1 }
      let positions = ((0..<d).filter(isObserved), (0..<d).filter { !isObserved($0) })
      patterns.append(
        Pattern(
          observed: positions.0.map { axes[$0] }.sorted(),
          missing: positions.1.map { axes[$0] }.sorted(),
          places: order.count..<order.count + rows[number].count, positions: positions,
          shared: last.map { sharedBits($0, key) } ?? 0))
      order += rows[number]
      last = key
    }
    return (axes, order, patterns)
  }

  private static func axesByGaps(_ points: Batch<Double>) -> [Int] {
    let d = points.dimension
    var gaps = [Int](repeating: 0, count: d)
    points.withUnsafeBufferPointer { x in
      for row in 0..<points.count {
        for column in 0..<d where x[row * d + column].isNaN { gaps[column] += 1 }
      }
    }
    return (0..<d).sorted { (gaps[$0], $0) < (gaps[$1], $1) }
  }

  /// How many bits two different keys have in common from the top.
  private static func sharedBits(_ one: [UInt64], _ other: [UInt64]) -> Int {
    for word in one.indices where one[word] != other[word] {
      return 64 * word + (one[word] ^ other[word]).leadingZeroBitCount
    }
    return 64 * one.count
  }
}

extension Array {
  /// The first index at which a condition holds that holds for all elements from some on.
  fileprivate func partitioningIndex(where isLate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isLate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
