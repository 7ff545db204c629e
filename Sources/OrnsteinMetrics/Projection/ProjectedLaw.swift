import OrnsteinNumerics
import RealModule

/// A law on the line by its distribution function: straight between nodes, with jumps at some.
///
/// Every law against which a sample is measured takes this form, so that all distances are exact sums
/// over the merged nodes of sample and law. Point masses are jumps and nothing else. A smooth law is
/// tabulated so finely (``nodesPerDeviation`` nodes for each of its smallest standard deviations) that
/// its distribution function is right to 2e-6.
public struct ProjectedLaw: Sendable {
  /// How a law came about.
  public enum Origin: String, Sendable, Codable {
    /// From a closed form.
    case exact
    /// From a numerical convolution, right to about 1e-5.
    case convolution
    /// From a large sample of exact draws.
    case draws
  }

  /// A normal law on the line, or a point mass.
  public struct Part: Sendable, Hashable {
    /// The probability of the part.
    public var weight: Double
    /// The mean.
    public var mean: Double
    /// The standard deviation, 0 for a point mass.
    public var deviation: Double

    /// A part by its numbers.
    public init(weight: Double, mean: Double, deviation: Double) {
      self.weight = weight
      self.mean = mean
      self.deviation = deviation
    }
  }

  /// Where the distribution function is given, ascending.
  public let nodes: [Double]
  /// Its limit from the left at each node.
  public let below: [Double]
  /// Its value at each node.
  public let at: [Double]
  /// How the law came about.
  public let origin: Origin
  /// For a law from draws, how many there were.
  public let rows: Int?

  /// How finely a normal law is tabulated.
  public static let nodesPerDeviation = 128.0
  private static let reach = 9.0
  private static let largestTable = 1 << 17

  private init(
    nodes: [Double], below: [Double], at: [Double], origin: Origin, rows: Int? = nil
  ) {
    self.nodes = nodes
    self.below = below
    self.at = at
    self.origin = origin
    self.rows = rows
  }

  /// Whether the law has no point mass.
  public var isContinuous: Bool { zip(below, at).allSatisfy { $0 == $1 } }

  /// The law of some numbers, each as probable as the others.
  ///
  /// - Parameter sample: One finite number or more, in any order.
  public init(sample: [Double]) {
    precondition(!sample.isEmpty, "A law of no numbers has no distribution function.")
    self.init(
      atoms: sample.sorted().map { ($0, 1 / Double(sample.count)) }, origin: .draws,
      rows: sample.count)
  }

  private init(atoms: [(place: Double, mass: Double)], origin: Origin, rows: Int?) {
    var (nodes, below, at): ([Double], [Double], [Double]) = ([], [], [])
    var sum = 0.0
    for (place, mass) in atoms {
      if place != nodes.last {
        nodes.append(place)
        below.append(sum)
        at.append(sum)
      }
      sum += mass
      at[at.count - 1] = sum
    }
    at[at.count - 1] = 1
    self.init(nodes: nodes, below: below, at: at, origin: origin, rows: rows)
  }

  /// A mixture of normal laws and point masses on the line.
  ///
  /// - Parameter parts: Weights of 0 or more that sum to 1, deviations of 0 or more.
  public init(_ parts: [Part]) {
    let parts = parts.filter { $0.weight > 0 }
    precondition(!parts.isEmpty, "A mixture needs a part of weight above 0.")
    let atoms = parts.filter { $0.deviation == 0 }.sorted { $0.mean < $1.mean }
    let normals = parts.filter { $0.deviation > 0 }
    guard !normals.isEmpty else {
      self.init(
        atoms: atoms.map { ($0.mean, $0.weight) }, origin: .exact, rows: nil)
      return
    }
    let grid = Self.grid(of: normals)
    var values = Self.cumulative(of: normals, on: grid)
    let mass = normals.reduce(0) { $0 + $1.weight }
    values[0] = 0
    values[values.count - 1] = mass
    // Jumps go in between.
    var (nodes, below, at): ([Double], [Double], [Double]) = ([], [], [])
    nodes.reserveCapacity(grid.count + atoms.count)
    below.reserveCapacity(grid.count + atoms.count)
    at.reserveCapacity(grid.count + atoms.count)
    var (next, jumped) = (0, 0.0)
    func add(_ place: Double, _ value: Double) {
      let before = jumped
      while next < atoms.count, atoms[next].mean == place {
        jumped += atoms[next].weight
        next += 1
      }
      nodes.append(place)
      below.append(value + before)
      at.append(value + jumped)
    }
    for index in grid.indices {
      while next < atoms.count, atoms[next].mean < grid[index] {
        let place = atoms[next].mean
        var value = 0.0
        if index > 0 {
          let share = (place - grid[index - 1]) / (grid[index] - grid[index - 1])
          value = values[index - 1] + share * (values[index] - values[index - 1])
        }
        add(place, value)
      }
      add(grid[index], values[index])
    }
    while next < atoms.count { add(atoms[next].mean, mass) }
    at[at.count - 1] = 1
    self.init(nodes: nodes, below: below, at: at, origin: .exact)
  }

  /// A continuous law by its distribution function.
  ///
  /// - Parameters:
  ///   - range: Beyond which the function is 0 or 1.
  ///   - count: How many nodes, 2 or more.
  ///   - origin: How the function came about.
  ///   - cumulative: The distribution function.
  public init(
    range: ClosedRange<Double>, nodes count: Int, origin: Origin = .exact,
    cumulative: (Double) -> Double
  ) {
    precondition(count >= 2, "A table needs two nodes.")
    let width = range.upperBound - range.lowerBound
    let nodes = (0..<count).map { range.lowerBound + width * Double($0) / Double(count - 1) }
    var largest = 0.0
    var values = nodes.map { node in
      largest = min(max(cumulative(node), largest), 1)
      return largest
    }
    values[0] = 0
    values[count - 1] = 1
    self.init(nodes: nodes, below: values, at: values, origin: origin)
  }

  /// An even grid where that is not too long, else one of the grids of all parts together.
  private static func grid(of normals: [Part]) -> [Double] {
    let low = normals.reduce(Double.infinity) { min($0, $1.mean - reach * $1.deviation) }
    let high = normals.reduce(-Double.infinity) { max($0, $1.mean + reach * $1.deviation) }
    let least = normals.reduce(Double.infinity) { min($0, $1.deviation) }
    let count = (high - low) / least * nodesPerDeviation
    if count <= Double(largestTable) {
      let count = max(Int(count.rounded(.up)), 2)
      return (0...count).map { low + (high - low) * Double($0) / Double(count) }
    }
    let half = max(16, min(Int(reach * 64), largestTable / (2 * normals.count)))
    let all = normals.flatMap { part in
      (-half...half).map { part.mean + reach * part.deviation * Double($0) / Double(half) }
    }.sorted()
    var distinct: [Double] = []
    for place in all where place != distinct.last { distinct.append(place) }
    return distinct
  }

  private static func cumulative(of normals: [Part], on grid: [Double]) -> [Double] {
    var values = [Double](repeating: 0, count: grid.count)
    // What lies wholly below a node is added by running sums.
    var steps = [Double](repeating: 0, count: grid.count + 1)
    for part in normals {
      let first = firstIndex(in: grid) { $0 > part.mean - reach * part.deviation }
      let last = firstIndex(in: grid) { $0 > part.mean + reach * part.deviation }
      let scale = -1 / (part.deviation * Double.sqrt(2))
      for index in first..<last {
        values[index] += part.weight * .erfc((grid[index] - part.mean) * scale) / 2
      }
      steps[last] += part.weight
    }
    var sum = 0.0
    for index in grid.indices {
      sum += steps[index]
      values[index] += sum
    }
    return values
  }

  /// By bisection, the first index at which a condition holds that stays true, or the count.
  static func firstIndex(in list: [Double], where holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(list[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The distribution function, P(X <= x).
  public func cumulative(_ x: Double) -> Double {
    let next = Self.firstIndex(in: nodes) { $0 > x }
    if next == 0 { return 0 }
    if next == nodes.count { return 1 }
    let share = (x - nodes[next - 1]) / (nodes[next] - nodes[next - 1])
    return at[next - 1] + share * (below[next] - at[next - 1])
  }

  /// The least x with P(X <= x) >= u.
  public func quantile(_ u: Double) -> Double {
    let index = min(Self.firstIndex(in: at) { $0 >= u }, nodes.count - 1)
    guard index > 0, below[index] > at[index - 1], u <= below[index] else { return nodes[index] }
    let share = (u - at[index - 1]) / (below[index] - at[index - 1])
    return nodes[index - 1] + min(max(share, 0), 1) * (nodes[index] - nodes[index - 1])
  }

  /// The law of factor X + offset.
  func moved(by offset: Double, factor: Double) -> ProjectedLaw {
    precondition(factor != 0, "A law times 0 is a point.")
    if factor > 0 {
      return ProjectedLaw(
        nodes: nodes.map { factor * $0 + offset }, below: below, at: at, origin: origin, rows: rows)
    }
    return ProjectedLaw(
      nodes: nodes.reversed().map { factor * $0 + offset }, below: at.reversed().map { 1 - $0 },
      at: below.reversed().map { 1 - $0 }, origin: origin, rows: rows)
  }

  /// The law of X + w U for an independent U uniform on [-1, 1]: F is averaged over [x - w, x + w].
  ///
  /// - Parameters:
  ///   - width: w, above 0.
  ///   - count: The number of nodes of the new table.
  func spread(by width: Double, nodes count: Int) -> ProjectedLaw {
    var area = [Double](repeating: 0, count: nodes.count)
    for index in nodes.indices.dropFirst() {
      area[index] =
        area[index - 1] + (nodes[index] - nodes[index - 1]) * (at[index - 1] + below[index]) / 2
    }
    let (low, high) = (nodes[0], nodes[nodes.count - 1])
    let last = area[nodes.count - 1]
    func integral(_ x: Double) -> Double {
      if x <= low { return 0 }
      if x >= high { return last + x - high }
      let next = Self.firstIndex(in: nodes) { $0 > x }
      let step = x - nodes[next - 1]
      let slope = (below[next] - at[next - 1]) / (nodes[next] - nodes[next - 1])
      return area[next - 1] + step * (at[next - 1] + slope * step / 2)
    }
    return ProjectedLaw(
      range: low - width...high + width, nodes: count, origin: .convolution
    ) { (integral($0 + width) - integral($0 - width)) / (2 * width) }
  }
}
