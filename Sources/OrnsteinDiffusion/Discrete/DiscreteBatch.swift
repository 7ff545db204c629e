/// Points with discrete coordinates: `count` rows of `dimension` states, row-major.
public struct DiscreteBatch: Sendable, Hashable {
  /// The number of coordinates of a point.
  public let dimension: Int
  /// All states, point after point.
  public let elements: [Int]

  /// Points from their states, one point after the other.
  public init(_ elements: [Int], dimension: Int) {
    precondition(
      dimension >= 1 && elements.count.isMultiple(of: dimension),
      "\(elements.count) states do not make points of dimension \(dimension).")
    self.elements = elements
    self.dimension = dimension
  }

  /// The number of points.
  public var count: Int { elements.count / dimension }

  /// The states of one point.
  public func point(_ row: Int) -> [Int] {
    precondition(row >= 0 && row < count, "Row \(row) is outside a batch of \(count) points.")
    return Array(elements[row * dimension..<(row + 1) * dimension])
  }

  /// How often each point occurs, indexed with the last coordinate running fastest.
  ///
  /// - Parameter symbols: The number of states of a coordinate, the mask included.
  public func counts(symbols: Int) -> [Int] {
    var size = 1
    for _ in 0..<dimension { size *= symbols }
    var counts = [Int](repeating: 0, count: size)
    for row in 0..<count {
      var index = 0
      for coordinate in 0..<dimension {
        index = index * symbols + elements[row * dimension + coordinate]
      }
      counts[index] += 1
    }
    return counts
  }
}
