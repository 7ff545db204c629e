/// A discrete target as a target file holds it.
///
/// `{"kind": "discrete", "name", "comment", "states": S, "dimension": d, "probabilities": [...]}`
/// with one probability for each point, the last coordinate running fastest; or, in place of the
/// table, `"points": [{"state": [...], "weight": w}, ...]`.
public struct DiscreteTargetDescription: Sendable, Hashable, Codable {
  /// A point with its probability.
  public struct Point: Sendable, Hashable, Codable {
    /// One state a coordinate.
    public var state: [Int]
    /// The probability of the point.
    public var weight: Double

    /// A point with its probability.
    public init(state: [Int], weight: Double) {
      self.state = state
      self.weight = weight
    }
  }

  /// The word by which a target file says that it is of this form.
  public static let kind = "discrete"

  /// "discrete".
  public var kind: String
  /// What the target is called.
  public var name: String?
  /// What the target is about.
  public var comment: String?
  /// The number of states of a coordinate.
  public var states: Int
  /// The number of coordinates.
  public var dimension: Int
  /// The probability of each point, or `nil` where points are listed.
  public var probabilities: [Double]?
  /// Points with their probabilities, or `nil` where there is a table.
  public var points: [Point]?

  /// A description with a table, not yet validated.
  public init(name: String? = nil, states: Int, dimension: Int, probabilities: [Double]) {
    kind = Self.kind
    self.name = name
    self.states = states
    self.dimension = dimension
    self.probabilities = probabilities
  }

  /// A description with a list of points, not yet validated.
  public init(name: String? = nil, states: Int, dimension: Int, points: [Point]) {
    kind = Self.kind
    self.name = name
    self.states = states
    self.dimension = dimension
    self.points = points
  }

  /// The target.
  ///
  /// - Throws: ``DiscreteError`` that names the first thing that is wrong.
  public func make() throws(DiscreteError) -> DiscreteTarget {
    guard kind == Self.kind else { throw .wrongKind(kind) }
    switch (probabilities, points) {
    case (let probabilities?, nil):
      return try DiscreteTarget(
        states: states, dimension: dimension, probabilities: probabilities)
    case (nil, let points?):
      return try DiscreteTarget(
        states: states, dimension: dimension, points: points.map(\.state),
        weights: points.map(\.weight))
    default: throw .needsTableOrPoints
    }
  }
}
