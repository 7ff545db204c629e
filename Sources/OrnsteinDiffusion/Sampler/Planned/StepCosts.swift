import OrnsteinNumerics

/// The error that a step of the sampler makes on the paths of a pilot run with the best coefficients,
/// for any nodes: everything comes from inner products of states and slopes.
struct StepCosts {
  private let deviations: [Double]
  private let amplification: [Double]
  private let dimension: Int
  /// Inner products of slopes with slopes, states with slopes and states with states.
  private let slopes: Products
  private let mixed: Products
  private let states: Products
  private var known: [[Int]: Double] = [:]

  /// The most slopes that a step uses.
  static let history = 6
  /// The weight in the inner products of points at edges, relative to typical ones.
  static let edgeWeight = 0.25

  /// Inner products with weights 1 and with the variances of the coordinates as weights.
  private struct Products {
    let columns: Int
    let plain: [Double]
    let weighted: [Double]

    /// <a, b> + <variance a, b> in units of y at a deviation of square `square`.
    @inline(__always)
    func value(_ row: Int, _ column: Int, _ square: Double) -> Double {
      weighted[row * columns + column] + square * plain[row * columns + column]
    }
  }

  init(_ paths: PilotPaths) {
    deviations = paths.deviations
    amplification = paths.amplification
    dimension = paths.score.dimension
    let (counts, d) = (paths.counts, paths.score.dimension)
    let length = counts.fit * d
    func rows(_ source: [[Double]]) -> [Double] {
      source.flatMap { values in
        values[..<length].enumerated().map { index, value in
          index < counts.typical * d ? value : Self.edgeWeight * value
        }
      }
    }
    let variances = paths.normal.variances
    let columns = (0..<length).map { variances[$0 % d % variances.count] }
    func scaled(_ matrix: [Double]) -> [Double] {
      var scaled = matrix
      for first in stride(from: 0, to: matrix.count, by: length) {
        for (column, variance) in columns.enumerated() { scaled[first + column] *= variance }
      }
      return scaled
    }
    func products(_ a: [Double], _ b: [Double]) -> Products {
      let (m, n) = (a.count / length, b.count / length)
      var transposed = [Double](repeating: 0, count: b.count)
      for i in 0..<n { for k in 0..<length { transposed[k * n + i] = b[i * length + k] } }
      func product(_ a: [Double]) -> [Double] {
        SystemLinearAlgebra.current.product(a, transposed, rows: m, inner: length, columns: n)
          .map { $0 / Double(counts.fit) }
      }
      let plain = product(a)
      let weighted =
        variances.count == 1 ? plain.map { variances[0] * $0 } : product(scaled(a))
      return Products(columns: n, plain: plain, weighted: weighted)
    }
    let (slopeRows, stateRows) = (rows(paths.slopes), rows(paths.states))
    slopes = products(slopeRows, slopeRows)
    mixed = products(stateRows, slopeRows)
    states = products(stateRows, stateRows)
  }

  /// The root mean square error at the end that the step from `nodes[index]` to the next leaves.
  mutating func cost(of nodes: [Int], step index: Int) -> Double {
    let key = Array(nodes[max(0, index - Self.history + 1)...index + 1])
    if let cost = known[key] { return cost }
    let cost = error(of: key)
    known[key] = cost
    return cost
  }

  /// The sum over some steps.
  mutating func cost(of nodes: [Int], steps: Range<Int>) -> Double {
    var sum = 0.0
    for index in steps.clamped(to: 0..<nodes.count - 1) { sum += cost(of: nodes, step: index) }
    return sum
  }

  private func error(of key: [Int]) -> Double {
    let (history, a, b) = (key.dropLast(), key[key.count - 2], key[key.count - 1])
    let p = history.count
    let square = deviations[b] * deviations[b]
    let total =
      states.value(b, b, square) - 2 * states.value(a, b, square) + states.value(a, a, square)
    var matrix = [Double](repeating: 0, count: p * p)
    var trace = 0.0
    for (i, row) in history.enumerated() {
      for (j, column) in history.enumerated() {
        matrix[i * p + j] = slopes.value(row, column, square)
      }
      trace += matrix[i * p + i]
    }
    var left = total
    if trace > 0 {
      let right = history.map { mixed.value(b, $0, square) - mixed.value(a, $0, square) }
      var regular = matrix
      for i in 0..<p { regular[i * p + i] += 1e-10 * trace / Double(p) + 1e-300 }
      if let g = RidgeFit.eliminate(regular, right) {
        for i in 0..<p {
          left -= 2 * g[i] * right[i]
          for j in 0..<p { left += g[i] * matrix[i * p + j] * g[j] }
        }
      }
    }
    let error = max(left, 1e-16 * abs(total), 1e-300) / Double(dimension)
    return amplification[b] * error.squareRoot()
  }
}
