import OrnsteinNumerics
import RealModule

/// How much scratch memory the rows of ``GapChunk`` take.
struct GapRows {
  let lanes: ComponentLanes
  let most: Int
  /// The coordinates of a row in scratch memory, an even number.
  let width: Int

  init(_ lanes: ComponentLanes, mostRows: Int) {
    self.lanes = lanes
    most = mostRows
    width = (lanes.dimension + 1) & ~1
  }

  /// Differences and exponents of all rows, weighted differences of one group, one whitened row.
  var laneCount: Int { lanes.groups * most * (width + 1) + most * width + lanes.dimension }
  /// Factors and logarithms of densities of rows, and one row.
  var numberCount: Int { 2 * most + lanes.dimension }
}

/// Some rows of one pattern after another, in the pass over many patterns.
struct GapChunk {
  typealias Lane = ComponentLanes.Lane

  private let rows: GapRows
  private let points: MixturePoints
  private let factors: GapFactors
  /// Groups by rows by axes: differences from the means, of missing axes expected ones.
  private let differences: UnsafeMutablePointer<Lane>
  /// Rows by groups: exponents, then weights times responsibilities.
  private let exponents: UnsafeMutablePointer<Lane>
  private let weighted: UnsafeMutablePointer<Lane>
  private let whitened: UnsafeMutablePointer<Lane>
  private let weights: UnsafeMutablePointer<Double>
  private let logSums: UnsafeMutablePointer<Double>
  private let row: UnsafeMutablePointer<Double>
  private let sums: UnsafeMutablePointer<Lane>?
  private var count = 0
  private(set) var logLikelihood = 0.0

  private var lanes: ComponentLanes { rows.lanes }

  init(
    _ rows: GapRows, _ points: MixturePoints, _ factors: GapFactors,
    memory: UnsafeMutablePointer<Lane>, numbers: UnsafeMutablePointer<Double>,
    sums: UnsafeMutableRawPointer?
  ) {
    let groups = rows.lanes.groups
    self.rows = rows
    self.points = points
    self.factors = factors
    differences = memory
    exponents = differences + groups * rows.most * rows.width
    weighted = exponents + groups * rows.most
    whitened = weighted + rows.most * rows.width
    weights = numbers
    logSums = weights + rows.most
    row = logSums + rows.most
    self.sums = sums?.assumingMemoryBound(to: Lane.self)
    differences.update(repeating: .zero, count: groups * rows.most * rows.width)
  }

  /// Takes the rows of a pattern, to which the factors have moved.
  mutating func add(
    _ pattern: MixturePoints.Pattern, _ places: Range<Int>,
    logDensities: UnsafeMutablePointer<Double>
  ) {
    var first = places.lowerBound
    while first < places.upperBound {
      if count == rows.most { flush() }
      let end = min(places.upperBound, first + rows.most - count)
      take(pattern, first..<end, logDensities: logDensities)
      first = end
    }
  }

  private mutating func take(
    _ pattern: MixturePoints.Pattern, _ places: Range<Int>,
    logDensities: UnsafeMutablePointer<Double>
  ) {
    let (d, groups) = (lanes.dimension, lanes.groups)
    let (observed, missing) = pattern.positions
    let normalization = -0.5 * Double(observed.count) * Double.log(2 * .pi)
    observed.withUnsafeBufferPointer { observed in
      missing.withUnsafeBufferPointer { missing in
        for (index, place) in places.enumerated() {
          let number = points.row(place)
          weights[index] = points.weight(number)
          points.points.withUnsafeBufferPointer { x in
            for axis in observed { row[axis] = x[number * d + points.axes[axis]] }
          }
          for group in 0..<groups {
            let constant =
              lanes.logWeights[group] + normalization
              - factors.logDeterminant(group, observed: observed.count) / 2
            let square = differ(group, count + index, observed, missing)
            exponents[(count + index) * groups + group] = constant - square / 2
          }
        }
      }
    }
    let own = exponents + count * groups
    DoubleKernels.softmaxRows(
      UnsafeMutableRawPointer(own).assumingMemoryBound(to: Double.self), rows: places.count,
      columns: lanes.lanes, factors: weights, logSums: logSums)
    for (index, place) in places.enumerated() {
      logDensities[points.row(place)] = logSums[index]
      logLikelihood += weights[index] * logSums[index]
    }
    if sums != nil, !missing.isEmpty { addConditional(missing, own, rows: places.count) }
    count += places.count
  }

  /// Writes the differences of a row; the square of its whitened ones.
  @inline(__always)
  private func differ(
    _ group: Int, _ index: Int, _ observed: UnsafeBufferPointer<Int>,
    _ missing: UnsafeBufferPointer<Int>
  ) -> Lane {
    let d = lanes.dimension
    let output = differences + (group * rows.most + index) * rows.width
    let columns = factors.columns + group * d * d
    let inverses = factors.inverses + group * d
    var square = Lane.zero
    lanes.means.withUnsafeBufferPointer { means in
      for (ordinal, axis) in observed.enumerated() {
        let difference = Lane(repeating: row[axis]) - means[group * d + axis]
        output[axis] = difference
        let own =
          (difference - product(columns + axis * d, ordinal)) * inverses[axis]
        whitened[ordinal] = own
        square += own * own
      }
    }
    if sums != nil {
      for axis in missing { output[axis] = product(columns + axis * d, observed.count) }
    }
    return square
  }

  /// The product of a row of the factor and the whitened row.
  @inline(__always)
  private func product(_ line: UnsafeMutablePointer<Lane>, _ count: Int) -> Lane {
    var (even, odd) = (Lane.zero, Lane.zero)
    var index = 0
    while index + 1 < count {
      even += line[index] * whitened[index]
      odd += line[index + 1] * whitened[index + 1]
      index += 2
    }
    if index < count { even += line[index] * whitened[index] }
    return even + odd
  }

  /// Adds the conditional covariances of missing coordinates, once for the rows of a pattern.
  private func addConditional(
    _ missing: [Int], _ responsibilities: UnsafeMutablePointer<Lane>, rows: Int
  ) {
    guard let sums else { return }
    let (d, groups) = (lanes.dimension, lanes.groups)
    let size = 1 + d + ComponentLanes.triangle(d)
    for group in 0..<groups {
      var mass = Lane.zero
      for row in 0..<rows { mass += responsibilities[row * groups + group] }
      var conditional = factors.conditional(group, observed: d - missing.count)
      for (u, axis) in missing.enumerated() {
        let line = sums + group * size + 1 + d + ComponentLanes.triangle(axis)
        for v in 0...u { line[missing[v]] += mass * conditional[v] }
        conditional += u + 1
      }
    }
  }

  /// Adds the rows that wait to the sums.
  mutating func flush() {
    defer { count = 0 }
    guard let sums, count > 0 else { return }
    let (d, groups, width) = (lanes.dimension, lanes.groups, rows.width)
    let size = 1 + d + ComponentLanes.triangle(d)
    for group in 0..<groups {
      let own = differences + group * rows.most * width
      let first = sums + group * size
      for row in 0..<count {
        let share = exponents[row * groups + group]
        first[0] += share
        for axis in 0..<width {
          weighted[row * width + axis] = share * own[row * width + axis]
        }
      }
      for axis in 0..<d {
        var sum = Lane.zero
        for row in 0..<count { sum += weighted[row * width + axis] }
        first[1 + axis] += sum
      }
      for i in stride(from: 0, to: d, by: 2) {
        for j in stride(from: 0, through: i, by: 2) {
          addProducts(i, j, weighted, own, to: first + 1 + d)
        }
      }
    }
  }

  /// The sums of products of two axes with two others.
  @inline(__always)
  private func addProducts(
    _ i: Int, _ j: Int, _ left: UnsafeMutablePointer<Lane>, _ right: UnsafeMutablePointer<Lane>,
    to triangle: UnsafeMutablePointer<Lane>
  ) {
    let (d, width) = (lanes.dimension, rows.width)
    var (ii, ij, ji, jj) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)
    var (left, right) = (left + i, right + j)
    for _ in 0..<count {
      ii += left[0] * right[0]
      ij += left[0] * right[1]
      ji += left[1] * right[0]
      jj += left[1] * right[1]
      left += width
      right += width
    }
    triangle[ComponentLanes.triangle(i) + j] += ii
    if j + 1 <= i { triangle[ComponentLanes.triangle(i) + j + 1] += ij }
    guard i + 1 < d else { return }
    triangle[ComponentLanes.triangle(i + 1) + j] += ji
    triangle[ComponentLanes.triangle(i + 1) + j + 1] += jj
  }
}
