import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A program on the points of a chunk and on the derivatives of every register by the points at the
/// horizon.
///
/// Tangent k of all rows lies together: element `k * n * d + row * d + axis`.
struct TangentRun<Scalar: BatchScalar> {
  private let dimension: Int
  private let count: Int
  private var values: [[Double]?]
  private var tangents: [[Double]?]
  private var step = 0

  init(from points: [Double], dimension: Int, registerCount: Int) {
    self.dimension = dimension
    count = points.count
    values = Array(repeating: nil, count: registerCount)
    tangents = values
    values[0] = points
    var identity = [Double](repeating: 0, count: dimension * count)
    for axis in 0..<dimension {
      for row in 0..<count / dimension {
        identity[axis * count + row * dimension + axis] = 1
      }
    }
    tangents[0] = identity
  }

  /// The points.
  var position: [Double] { values[0] ?? [] }

  /// Runs the instructions in order.
  mutating func follow(
    _ program: SamplerProgram, _ derivative: ScoreDerivative<Scalar>, _ workspace: Workspace
  ) throws(OracleError) {
    for instruction in program.instructions {
      switch instruction {
      case .begin(let step, _): self.step = step
      case .evaluate(let register, let level, let output):
        let (point, directions) = try read(register)
        evaluate(point, directions, at: level, into: output, derivative, workspace)
      case .combine(let combination):
        try combine(combination.terms.map { ($0.register, nil, $0.coefficient) })
          .store(in: &self, combination.output)
      case .combineColumns(let combination):
        try combine(
          combination.registers.enumerated().map {
            ($0.element, combination.coefficients(ofTerm: $0.offset), 0)
          }
        ).store(in: &self, combination.output)
      case .fill(let register, let point):
        values[register.index] = (0..<count).map { point.values[$0 % dimension] }
        tangents[register.index] = [Double](repeating: 0, count: dimension * count)
      case .apply(let operation):
        throw .notAffine(step: step, operation: "\(type(of: operation))")
      }
    }
  }

  private func read(_ register: Register) throws(OracleError) -> ([Double], [Double]) {
    guard let point = values[register.index], let directions = tangents[register.index] else {
      throw .readsNothing(step: step, register: register.index)
    }
    return (point, directions)
  }

  private struct Sum {
    var values: [Double]
    var tangents: [Double]

    func store(in run: inout TangentRun, _ output: Register) {
      run.values[output.index] = values
      run.tangents[output.index] = tangents
    }
  }

  private func combine(
    _ terms: [(register: Register, columns: [Double]?, coefficient: Double)]
  ) throws(OracleError) -> Sum {
    var sum = Sum(
      values: [Double](repeating: 0, count: count),
      tangents: [Double](repeating: 0, count: dimension * count))
    for term in terms {
      let (point, directions) = try read(term.register)
      if let columns = term.columns {
        for index in point.indices {
          sum.values[index] += columns[index % dimension] * point[index]
        }
        for index in directions.indices {
          sum.tangents[index] += columns[index % dimension] * directions[index]
        }
      } else {
        for index in point.indices { sum.values[index] += term.coefficient * point[index] }
        for index in directions.indices {
          sum.tangents[index] += term.coefficient * directions[index]
        }
      }
    }
    return sum
  }

  private mutating func evaluate(
    _ point: [Double], _ directions: [Double], at level: NoiseLevel, into output: Register,
    _ derivative: ScoreDerivative<Scalar>, _ workspace: Workspace
  ) {
    let points = point.map { Scalar($0) }
    let along = directions.map { Scalar($0) }
    var score = [Scalar](repeating: 0, count: count)
    var products = [Scalar](repeating: 0, count: directions.count)
    var scoreSpan = score.mutableSpan
    var productSpan = products.mutableSpan
    derivative.score(
      of: points.span, alongEach: along.span, at: level, into: &scoreSpan,
      derivatives: &productSpan, workspace: workspace)
    values[output.index] = score.map { Double($0) }
    tangents[output.index] = products.map { Double($0) }
  }

  /// log |det| of the Jacobian of the map at a row; `nil` where it turns the space inside out.
  func logVolume(ofRow row: Int, step: Int) throws(OracleError) -> Double? {
    guard let tangents = tangents[0] else { throw .readsNothing(step: step, register: 0) }
    var matrix = [Double](repeating: 0, count: dimension * dimension)
    for column in 0..<dimension {
      for axis in 0..<dimension {
        matrix[axis * dimension + column] = tangents[column * count + row * dimension + axis]
      }
    }
    guard matrix.allSatisfy(\.isFinite) else { throw .notFinite(step: step) }
    let (sign, logarithm) = SystemLinearAlgebra.current.determinant(
      of: matrix, dimension: dimension)
    return sign > 0 ? logarithm : nil
  }
}
