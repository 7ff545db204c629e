import OrnsteinNumerics
import RealModule

/// A distribution on {0, ..., S - 1}^d given by its points, with its exact posterior at any time.
///
/// Cost: one posterior visits every point of positive probability.
public struct DiscreteTarget: DiscreteModel, Hashable {
  /// The largest number of points of a table, states^dimension.
  public static let maximumTable = 1 << 22

  /// The number of states of a coordinate.
  public let states: Int
  /// The number of coordinates.
  public let dimension: Int
  /// The points of positive probability, one after the other.
  let support: [Int]
  /// The logarithms of their probabilities.
  let logWeights: [Double]
  /// Their probabilities.
  let weights: [Double]

  /// A target by the probabilities of all points, the last coordinate running fastest.
  ///
  /// - Throws: ``DiscreteError`` unless they are states^dimension numbers that sum to 1.
  public init(states: Int, dimension: Int, probabilities: [Double]) throws(DiscreteError) {
    let count = try Self.tableCount(states: states, dimension: dimension)
    guard probabilities.count == count else {
      throw .wrongTableLength(count: probabilities.count, expected: count)
    }
    let points = probabilities.indices.map {
      Self.point($0, symbols: states, dimension: dimension)
    }
    try self.init(states: states, dimension: dimension, points: points, weights: probabilities)
  }

  /// A target by some points and their probabilities; a point may be listed twice.
  ///
  /// - Throws: ``DiscreteError`` unless the points fit and the weights sum to 1.
  public init(
    states: Int, dimension: Int, points: [[Int]], weights: [Double]
  ) throws(DiscreteError) {
    guard states >= 2 else { throw .tooFewStates(states) }
    guard dimension >= 1 else { throw .invalidDimension(dimension) }
    guard points.count == weights.count else {
      throw .wrongTableLength(count: weights.count, expected: points.count)
    }
    for (index, weight) in weights.enumerated() {
      guard weight >= 0, weight.isFinite else { throw .invalidWeight(index: index, weight: weight) }
      let point = points[index]
      guard point.count == dimension else {
        throw .wrongPointLength(index: index, count: point.count, expected: dimension)
      }
      for (coordinate, state) in point.enumerated() where !(0..<states).contains(state) {
        throw .stateOutOfRange(
          index: index, coordinate: coordinate, state: state, states: states)
      }
    }
    let sum = weights.reduce(0, +)
    guard abs(sum - 1) <= 1e-6 else { throw .doNotSumToOne(sum) }
    let kept = weights.indices.filter { weights[$0] > 0 }
    self.states = states
    self.dimension = dimension
    support = kept.flatMap { points[$0] }
    self.weights = kept.map { weights[$0] / sum }
    logWeights = self.weights.map { .log($0) }
  }

  /// states^dimension.
  static func tableCount(states: Int, dimension: Int) throws(DiscreteError) -> Int {
    guard states >= 2 else { throw .tooFewStates(states) }
    guard dimension >= 1 else { throw .invalidDimension(dimension) }
    var count = 1
    for _ in 0..<dimension {
      guard count <= maximumTable / states else {
        throw .tableTooLarge(states: states, dimension: dimension)
      }
      count *= states
    }
    return count
  }

  /// The point of an index into a table, the last coordinate running fastest.
  static func point(_ index: Int, symbols: Int, dimension: Int) -> [Int] {
    var (point, rest) = ([Int](repeating: 0, count: dimension), index)
    for coordinate in stride(from: dimension - 1, through: 0, by: -1) {
      point[coordinate] = rest % symbols
      rest /= symbols
    }
    return point
  }

  /// Writes the exact posterior of each coordinate.
  ///
  /// A point that no data can have led to (probability 0) gets the prior, so that nothing is
  /// undefined.
  public func posterior(
    of point: Span<Int>, at time: Double, of process: DiscreteProcess,
    into posterior: inout MutableSpan<Double>
  ) {
    precondition(process.states == states, "The process has other states than the target.")
    precondition(point.count == dimension, "The point has another dimension than the target.")
    precondition(posterior.count == dimension * states, "The posterior has another size.")
    let same = Double.log(process.transition(from: 0, to: 0, after: time))
    let other = Double.log(process.transition(from: 0, to: 1, after: time))
    var largest = -Double.infinity
    for index in weights.indices {
      largest = max(largest, exponent(index, point, process, same, other))
    }
    for index in 0..<posterior.count { posterior[index] = 0 }
    var sum = 0.0
    for index in weights.indices {
      let weight =
        largest > -.infinity
        ? Double.exp(exponent(index, point, process, same, other) - largest) : weights[index]
      sum += weight
      for coordinate in 0..<dimension {
        posterior[coordinate * states + support[index * dimension + coordinate]] += weight
      }
    }
    for index in 0..<posterior.count { posterior[index] /= sum }
  }

  /// log(w P_t(x_0, x)) up to a constant: masked coordinates are as probable from any state.
  private func exponent(
    _ index: Int, _ point: Span<Int>, _ process: DiscreteProcess, _ same: Double, _ other: Double
  ) -> Double {
    var sum = logWeights[index]
    for coordinate in 0..<dimension where point[coordinate] != process.mask {
      sum += support[index * dimension + coordinate] == point[coordinate] ? same : other
    }
    return sum
  }

  /// The law of one coordinate of noised data, `process.symbols` probabilities.
  ///
  /// Exact for any number of coordinates: the process moves each on its own.
  ///
  /// - Parameters:
  ///   - coordinate: Which coordinate.
  ///   - process: What noised the data.
  ///   - time: The cumulative rate tau.
  public func marginal(
    of coordinate: Int, under process: DiscreteProcess, at time: Double
  ) -> [Double] {
    precondition(process.states == states, "The process has other states than the target.")
    precondition((0..<dimension).contains(coordinate), "There is no coordinate \(coordinate).")
    var clean = [Double](repeating: 0, count: states)
    for (index, weight) in weights.enumerated() {
      clean[support[index * dimension + coordinate]] += weight
    }
    return (0..<process.symbols).map { symbol in
      clean.indices.reduce(0) {
        $0 + clean[$1] * process.transition(from: $1, to: symbol, after: time)
      }
    }
  }

  /// Draws exact data points: one uniform a row.
  public func drawExactly(rows: Range<Int>, key: NoiseKey) -> [[Int]] {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    let uniforms = [Double](unsafeUninitializedCapacity: rows.count) { buffer, count in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<rows.count]),
        stream: key.stream(.discreteTarget), first: UInt64(rows.lowerBound))
      count = rows.count
    }
    return uniforms.map { point(at: $0) }
  }

  /// The point where the cumulative probability passes a number of (0, 1).
  func point(at uniform: Double) -> [Int] {
    var (rest, chosen) = (uniform, weights.count - 1)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 {
        chosen = index
        break
      }
    }
    return Array(support[chosen * dimension..<(chosen + 1) * dimension])
  }
}
