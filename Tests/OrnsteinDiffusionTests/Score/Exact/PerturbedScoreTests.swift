import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule
import Testing
import TestSupport

@Suite struct PerturbedScoreTests {
  static let errors: [ScoreError] = [
    .constant([0.3, -0.2]),
    .affine(matrix: [[0.1, 0.4], [-0.3, 0.2]], offset: [0.5, 0]),
    .sinusoidal(amplitude: [0.2, 0.1], frequency: [3, 0.5]),
  ]
  let level = OrnsteinUhlenbeck.canonical.level(at: 0.4)

  func delta(_ error: ScoreError, _ x: [Double]) -> [Double] {
    switch error {
    case .constant(let c): c
    case .affine(let a, let b): (0..<2).map { a[$0][0] * x[0] + a[$0][1] * x[1] + b[$0] }
    case .sinusoidal(let a, let w): (0..<2).map { a[$0] * .sin(w[$0] * x[$0]) }
    }
  }

  @Test(arguments: errors) func onlyTheScoreIsWrong(_ error: ScoreError) throws {
    let base = Targets.gm2(Double.self)
    let target = try PerturbedScore(base, error: error)
    let x = ExactExample.noised(base, at: level, count: 30, seed: 51)
    let (right, wrong) = (base.score(of: x, at: level), target.score(of: x, at: level))
    for row in 0..<30 {
      let expected = zip(right.point(row), delta(error, x.point(row))).map { $0 + $1 }
      #expect(agrees(wrong.point(row), expected, absolute: 1e-14))
    }
    #expect(target.logDensity(of: x, at: level) == base.logDensity(of: x, at: level))
    #expect(target.moments == base.moments)
    #expect(target.posteriorMean(of: x, at: level) == base.posteriorMean(of: x, at: level))
    let key = NoiseKey(seed: 52)
    #expect(target.drawExactly(rows: 0..<9, key: key) == base.drawExactly(rows: 0..<9, key: key))
  }

  /// The Jacobian, column by column, against differences of order 4.
  @Test(arguments: errors) func jacobianIsThatOfTheWrongScore(_ error: ScoreError) throws {
    let target = try PerturbedScore(Targets.gm2(Double.self), error: error)
    let x = Batch<Double>(rows: [[0.3, -0.7]])
    let jacobian = target.hessian(of: x, at: level)
    let h = 1e-3
    for j in 0..<2 {
      func score(_ shift: Double) -> [Double] {
        var moved = x
        moved[0, j] += shift
        return target.score(of: moved, at: level).elements
      }
      let (a, b, c, d) = (score(-2 * h), score(-h), score(h), score(2 * h))
      for i in 0..<2 {
        let expected = (a[i] - 8 * b[i] + 8 * c[i] - d[i]) / (12 * h)
        #expect(agrees(jacobian[i * 2 + j], expected, relative: 1e-8, absolute: 1e-8))
      }
    }
    #expect(
      agrees(
        target.hessianTrace(of: x, at: level), [jacobian[0] + jacobian[3]], relative: 1e-12))
  }

  /// E |delta|^2 over exact draws; false-alarm rate 1e-6 each.
  @Test(arguments: errors) func meanSquareOfTheError(_ error: ScoreError) throws {
    let base = Targets.gm2(Double.self)
    let target = try PerturbedScore(base, error: error)
    let x = ExactExample.noised(base, at: level, count: 100_000, seed: 53)
    let squares = (0..<x.count).map { row in
      delta(error, x.point(row)).reduce(0) { $0 + $1 * $1 }
    }
    switch error {
    case .constant:
      #expect(agrees(target.meanSquaredError(at: level) ?? .nan, 0.13, relative: 1e-14))
    case .affine:
      #expect(
        StatisticalGate.meanAgrees(
          squares, expected: target.meanSquaredError(at: level) ?? .nan, falseAlarmRate: 1e-6))
    case .sinusoidal: #expect(target.meanSquaredError(at: level) == nil)
    }
  }
}
