import OrnsteinNumerics

/// All products of one-dimensional Hermite polynomials up to a total degree, orthonormal under the
/// standard normal law of R^d.
///
/// The function of a multi-index a is h_{a_1}(z_1) ... h_{a_d}(z_d); functions are ordered by total
/// degree, so the first `count(degree: k)` span the polynomials of degree k. A value costs one
/// multiplication: a function is another one times a polynomial of one coordinate.
public struct HermiteBasis: Sendable, Hashable {
  /// The number of coordinates, 0 or more; with 0 the constant is the only function.
  public let dimension: Int
  /// The highest total degree.
  public let degree: Int
  /// The number of functions, binomial(dimension + degree, degree).
  public let count: Int
  /// The number of functions up to each degree.
  let cumulativeCounts: [Int]
  /// The multi-indices, `dimension` numbers a function.
  let exponents: [Int32]
  /// The function without its last coordinate's factor.
  private let parents: [Int32]
  /// The place of that factor among the one-dimensional values.
  private let factors: [Int32]
  /// For each function and coordinate, the function of one degree less there, or -1.
  private let lower: [Int32]

  /// The functions up to a total degree.
  ///
  /// - Parameters:
  ///   - dimension: The number of coordinates, 0 or more.
  ///   - degree: The highest total degree, 0 to 255.
  public init(dimension: Int, degree: Int) {
    precondition(
      dimension >= 0 && (0...255).contains(degree),
      "There is no basis of degree \(degree) in \(dimension) dimensions.")
    self.dimension = dimension
    self.degree = degree
    let d = dimension
    var exponents: [Int32] = []
    var parents: [Int32] = []
    var factors: [Int32] = []
    var lower: [Int32] = []
    var places: [[Int32]: Int32] = [:]
    var cumulative: [Int] = []
    func append(_ index: [Int32]) {
      var (parent, factor) = (Int32(0), Int32(0))
      if let last = index.lastIndex(where: { $0 > 0 }) {
        var rest = index
        rest[last] = 0
        parent = places[rest] ?? 0
        factor = Int32(last * (degree + 1)) + index[last]
      }
      for l in 0..<d {
        var less = index
        less[l] -= 1
        lower.append(index[l] > 0 ? places[less] ?? 0 : -1)
      }
      places[index] = Int32(parents.count)
      exponents += index
      parents.append(parent)
      factors.append(factor)
    }
    for total in 0...degree {
      Self.forEachIndex(dimension: d, total: total, append)
      cumulative.append(parents.count)
    }
    self.exponents = exponents
    self.parents = parents
    self.factors = factors
    self.lower = lower
    cumulativeCounts = cumulative
    count = parents.count
  }

  /// The number of functions up to a total degree, `nil` if it does not fit an `Int`.
  public static func count(dimension: Int, degree: Int) -> Int? {
    var count = 1
    for k in 1..<max(degree + 1, 1) {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension + k)
      if overflow { return nil }
      count = product / k
    }
    return count
  }

  /// The number of functions of this basis up to a total degree.
  public func count(degree: Int) -> Int {
    degree < 0 ? 0 : cumulativeCounts[min(degree, self.degree)]
  }

  /// The degrees by coordinate of a function.
  public func multiIndex(_ function: Int) -> [Int] {
    exponents[(function * dimension)..<((function + 1) * dimension)].map { Int($0) }
  }

  /// The total degree of a function.
  public func totalDegree(_ function: Int) -> Int {
    cumulativeCounts.firstIndex { function < $0 } ?? degree
  }

  /// The place of a multi-index, or `nil` if it is not in the basis.
  public func function(_ multiIndex: [Int]) -> Int? {
    (0..<count).first { self.multiIndex($0) == multiIndex }
  }

  /// The values of all functions at a point.
  public func values(at point: [Double]) -> [Double] {
    precondition(
      point.count == dimension,
      "A point of \(point.count) coordinates is not one of \(dimension).")
    var values = [Double](repeating: 0, count: count)
    let workspace = Workspace()
    values.withUnsafeMutableBufferPointer { values in
      point.withUnsafeBufferPointer { point in
        guard let values = values.baseAddress else { return }
        write(
          at: point.baseAddress, rows: 1, into: values, stride: count, workspace: workspace)
      }
    }
    return values
  }

  /// The derivatives of all functions along a coordinate at a point.
  public func derivatives(at point: [Double], coordinate: Int) -> [Double] {
    var direction = [Double](repeating: 0, count: dimension)
    direction[coordinate] = 1
    let values = values(at: point)
    var derivatives = values
    derivatives.withUnsafeMutableBufferPointer { derivatives in
      values.withUnsafeBufferPointer { values in
        guard let values = values.baseAddress, let output = derivatives.baseAddress else { return }
        writeDerivatives(
          of: values, along: direction, rows: 1, into: output, stride: count)
      }
    }
    return derivatives
  }

  /// The function and the factor that a function's derivative by a coordinate is; `nil` if it is 0.
  func derivative(of function: Int, coordinate: Int) -> (function: Int, factor: Double)? {
    let place = function * dimension + coordinate
    guard lower[place] >= 0 else { return nil }
    return (Int(lower[place]), Double(exponents[place]).squareRoot())
  }

  /// Writes the values of all functions at some points.
  ///
  /// - Parameters:
  ///   - points: `rows * dimension` numbers; not read in 0 dimensions.
  ///   - rows: The number of points.
  ///   - values: Receives `count` numbers a point.
  ///   - stride: The distance between two points' values.
  ///   - workspace: Scratch memory.
  func write(
    at points: UnsafePointer<Double>?, rows: Int, into values: UnsafeMutablePointer<Double>,
    stride: Int, workspace: Workspace
  ) {
    let (d, width) = (dimension, degree + 1)
    guard d > 0, let points else {
      for row in 0..<rows { values[row * stride] = 1 }
      return
    }
    workspace.withBuffer(of: Double.self, count: d * width) { table in
      guard let table = table.baseAddress else { return }
      parents.withUnsafeBufferPointer { parents in
        factors.withUnsafeBufferPointer { factors in
          for row in 0..<rows {
            for l in 0..<d {
              HermitePolynomials.write(
                at: points[row * d + l], degree: degree, into: table + l * width)
            }
            let output = values + row * stride
            output[0] = 1
            for index in 1..<max(count, 1) {
              output[index] = output[Int(parents[index])] * table[Int(factors[index])]
            }
          }
        }
      }
    }
  }

  /// Writes the derivatives of all functions along a direction of each point's own.
  ///
  /// - Parameters:
  ///   - values: The values at the points, as ``write(at:rows:into:stride:workspace:)`` leaves them.
  ///   - directions: `rows * dimension` numbers.
  ///   - rows: The number of points.
  ///   - derivatives: Receives `count` numbers a point.
  ///   - stride: The distance between two points' numbers in both.
  func writeDerivatives(
    of values: UnsafePointer<Double>, along directions: UnsafePointer<Double>, rows: Int,
    into derivatives: UnsafeMutablePointer<Double>, stride: Int
  ) {
    let d = dimension
    lower.withUnsafeBufferPointer { lower in
      exponents.withUnsafeBufferPointer { exponents in
        for row in 0..<rows {
          let (input, output) = (values + row * stride, derivatives + row * stride)
          let direction = directions + row * d
          for index in 0..<count {
            var sum = 0.0
            for l in 0..<d where lower[index * d + l] >= 0 {
              sum +=
                direction[l] * Double(exponents[index * d + l]).squareRoot()
                * input[Int(lower[index * d + l])]
            }
            output[index] = sum
          }
        }
      }
    }
  }

  /// Calls `body` with every multi-index of one total degree, in lexicographic order from above.
  private static func forEachIndex(dimension: Int, total: Int, _ body: ([Int32]) -> Void) {
    guard dimension > 0 else {
      if total == 0 { body([]) }
      return
    }
    var index = [Int32](repeating: 0, count: dimension)
    func descend(_ coordinate: Int, _ left: Int) {
      if coordinate == dimension - 1 {
        index[coordinate] = Int32(left)
        body(index)
        return
      }
      for value in stride(from: left, through: 0, by: -1) {
        index[coordinate] = Int32(value)
        descend(coordinate + 1, left - value)
      }
    }
    descend(0, total)
  }
}
