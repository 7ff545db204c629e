/// Where on the line a density is known: equally spaced nodes, in units of the scale
/// sqrt(alpha^2 + sigma^2) of the noise level.
public struct DensityGrid: Sendable, Hashable {
  /// The first and last node.
  public var range: ClosedRange<Double>
  /// The number of nodes, 2 or more.
  public var count: Int

  /// A grid by its ends.
  ///
  /// The range should hold 6 deviations of the prior and of the data; the spacing should be below
  /// half the smallest deviation of the noise that a step adds.
  public init(_ range: ClosedRange<Double> = -9...9, count: Int = 2401) {
    precondition(count >= 2 && range.lowerBound < range.upperBound, "A grid needs two nodes.")
    self.range = range
    self.count = count
  }

  /// The distance between nodes.
  public var spacing: Double { (range.upperBound - range.lowerBound) / Double(count - 1) }

  /// The nodes, times a scale.
  public func nodes(scale: Double) -> [Double] {
    (0..<count).map { scale * (range.lowerBound + spacing * Double($0)) }
  }
}
