import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import TestSupport
import Testing

@Suite struct ScoreDerivativeTests {
  private func directions(_ points: Batch<Double>) -> Batch<Double> {
    var directions = points
    directions.withUnsafeMutableBufferPointer {
      DoubleKernels.normals(into: $0, stream: NoiseKey(seed: 21).stream(.test, step: 1), first: 0)
    }
    return directions
  }

  /// The derivative of an exact score is the slope of the score, by differences of sixth order.
  @Test(arguments: ExactExample.all)
  func exactTargetsDifferentiateThemselves(example: ExactExample) {
    func check(_ target: some ExactTarget<Double>) {
      let derivative = ScoreDerivative(target)
      #expect(derivative.source == .model)
      #expect(derivative.hasClosedTrace)
      for level in ExactExample.levels {
        let points = ExactExample.noised(target, at: level, count: 20, seed: 4)
        let directions = directions(points)
        let (score, found) = derivative.score(of: points, along: directions, at: level)
        #expect(score == target.score(of: points, at: level))
        let step = 2e-3 * level.sigma
        func moved(_ factor: Double) -> [Double] {
          let elements = zip(points.elements, directions.elements).map { $0 + factor * step * $1 }
          return target.score(of: Batch(elements, dimension: target.dimension), at: level).elements
        }
        var slope = [Double](repeating: 0, count: points.elements.count)
        for (factor, weight) in [(1.0, 45.0), (2, -9), (3, 1)] {
          for (index, (a, b)) in zip(moved(factor), moved(-factor)).enumerated() {
            slope[index] += weight * (a - b) / (60 * step)
          }
        }
        let size = slope.reduce(0) { max($0, abs($1)) }
        #expect(agrees(found.elements, slope, relative: 1e-7, absolute: 1e-7 * size))
      }
    }
    check(example.double)
  }

  /// Entries of the Jacobian, its trace and products agree, also where it is not symmetric.
  @Test func jacobianOfAnErrorThatIsNotSymmetric() throws {
    let matrix = [[0.1, 0.7], [-0.4, 0.2]]
    let law = Targets.gm2(Double.self)
    let target = try PerturbedScore(law, error: .affine(matrix: matrix, offset: [1, -1]))
    let level = ExactExample.levels[2]
    let points = ExactExample.noised(law, at: level, count: 5, seed: 9)
    let hessians = law.hessian(of: points, at: level)
    let jacobian = ScoreDerivative(target).jacobian(of: points, at: level)
    for index in jacobian.indices {
      let entry = matrix[index % 4 / 2][index % 2]
      #expect(agrees(jacobian[index], hessians[index] + entry, absolute: 1e-12))
    }
    var divergence = [Double](repeating: 0, count: 5)
    var score = points
    points.withSpan { points in
      score.withMutableSpan { score in
        var span = divergence.mutableSpan
        ScoreDerivative(target).score(
          of: points, at: level, into: &score, divergence: &span, workspace: Workspace())
      }
    }
    for row in 0..<5 {
      #expect(agrees(divergence[row], jacobian[4 * row] + jacobian[4 * row + 3], absolute: 1e-12))
    }
  }

  /// A score that says nothing of its derivatives is differentiated by differences: a square is
  /// differentiated without truncation error, a sine to the error that is stated.
  @Test func differencesWhereThereIsNothingBetter() {
    let model = ClosureScore<Double>(dimension: 3) { points, _, score in
      for row in 0..<points.count / 3 {
        let (x, y, z) = (points[3 * row], points[3 * row + 1], points[3 * row + 2])
        score[3 * row] = x * y
        score[3 * row + 1] = 2 * x - z
        score[3 * row + 2] = .sin(z)
      }
    }
    let derivative = ScoreDerivative(model)
    #expect(derivative.source == .differences)
    #expect(!derivative.hasClosedTrace)
    let points = Batch<Double>(rows: [[1, 2, 0.5], [-3, 0.25, 1], [0, 0, 0]])
    let level = NoiseLevel(time: 0, alpha: 1, sigma: 0.5)
    let jacobian = derivative.jacobian(of: points, at: level)
    for row in 0..<3 {
      let (x, y, z) = (points[row, 0], points[row, 1], points[row, 2])
      let expected = [y, x, 0, 2, 0, -1, 0, 0, .cos(z)]
      #expect(
        agrees(Array(jacobian[9 * row..<9 * row + 9]), expected, relative: 1e-9, absolute: 3e-10))
    }
    let still = derivative.score(of: points, along: Batch(count: 3, dimension: 3), at: level)
    #expect(still.derivative.elements.allSatisfy { $0 == 0 })
  }

  @Test func differencesDoNotDependOnBatchMates() {
    let model = ClosureScore<Float>(dimension: 2) { points, _, score in
      for index in 0..<points.count { score[index] = -points[index] * points[index ^ 1] }
    }
    let derivative = ScoreDerivative(model)
    let points = Batch<Float>(rows: [[1, 2], [30, -4], [0.1, 7]])
    let directions = Batch<Float>(rows: [[1, 0.5], [0, 1], [-1, 3]])
    let level = NoiseLevel(time: 0, alpha: 1, sigma: 0.5)
    let together = derivative.score(of: points, along: directions, at: level).derivative
    for row in 0..<3 {
      let alone = derivative.score(
        of: points[row..<row + 1], along: directions[row..<row + 1], at: level)
      #expect(alone.derivative.point(0) == together.point(row))
      for j in 0..<2 {
        let truth =
          -points[row, j] * directions[row, 1 - j] - points[row, 1 - j] * directions[row, j]
        #expect(abs(together[row, j] - truth) < 2e-3 * max(1, abs(points[row, 0] * points[row, 1])))
      }
    }
  }
}
