import OrnsteinNumerics
import RealModule

/// What a pilot run asks of a model: the predicted noise of points y = x / alpha at a deviation
/// sigma / alpha, in `Double` whatever the precision of the model.
struct PilotScore {
  let dimension: Int
  let levels: PlannedLevels
  /// The relative rounding of a slope.
  let rounding: Double
  private let score: ([Double], NoiseLevel) -> [Double]

  init<Scalar: BatchScalar>(_ model: any ScoreModel<Scalar>, levels: PlannedLevels) {
    self.levels = levels
    dimension = model.dimension
    rounding = Scalar.self == Float.self ? 3e-7 : 1e-9
    let workspace = Workspace()
    score = { y, level in
      let points = y.map { Scalar($0 * level.alpha) }
      var scores = [Scalar](repeating: 0, count: y.count)
      var span = scores.mutableSpan
      model.score(of: points.span, at: level, into: &span, workspace: workspace)
      return scores.map { -level.sigma * Double($0) }
    }
  }

  /// E[xi | y] of some points, row-major.
  func noise(of y: [Double], at sigma: Double) -> [Double] {
    score(y, levels.level(sigma))
  }

  /// One Euler step of dy / dsigma = eps.
  func euler(_ y: [Double], from sigma: Double, to next: Double) -> [Double] {
    y.adding(noise(of: y, at: sigma), times: next - sigma)
  }

  /// One step of the classical Runge-Kutta method in a variable of which sigma is a function.
  ///
  /// - Parameters:
  ///   - y: The points.
  ///   - first: The slope at the points, if it is known.
  ///   - step: The step of the variable.
  ///   - slope: The slope of points after a part of the step.
  static func rungeKutta(
    _ y: [Double], first: [Double]? = nil, step: Double, slope: ([Double], Double) -> [Double]
  ) -> [Double] {
    let k1 = first ?? slope(y, 0)
    let k2 = slope(y.adding(k1, times: step / 2), 0.5)
    let k3 = slope(y.adding(k2, times: step / 2), 0.5)
    let k4 = slope(y.adding(k3, times: step), 1)
    return y.indices.map { y[$0] + step / 6 * (k1[$0] + 2 * k2[$0] + 2 * k3[$0] + k4[$0]) }
  }
}

extension [Double] {
  /// self + factor other.
  func adding(_ other: [Double], times factor: Double) -> [Double] {
    indices.map { self[$0] + factor * other[$0] }
  }

  /// `count` numbers from `first` to `last` with equal steps.
  static func evenly(from first: Double, to last: Double, count: Int) -> [Double] {
    guard count > 1 else { return [first] }
    return (0..<count).map { first + (last - first) * Double($0) / Double(count - 1) }
  }

  /// `count` numbers from `first` to `last` in a fixed ratio.
  static func geometric(from first: Double, to last: Double, count: Int) -> [Double] {
    evenly(from: .log(first), to: .log(last), count: count).map { .exp($0) }
  }

  /// The mean of the squares of each of the points of which these are the coordinates.
  func meanSquares(dimension: Int) -> [Double] {
    stride(from: 0, to: count, by: dimension).map { first in
      var sum = 0.0
      for index in first..<first + dimension { sum += self[index] * self[index] }
      return sum / Double(dimension)
    }
  }

  /// The root of the mean of the squares, where those above a quantile count as the quantile.
  func clippedRootMeanSquare(quantile: Double) -> Double {
    guard !isEmpty else { return 0 }
    let sorted = map { $0.isFinite ? $0 : 1e30 }.sorted()
    let cut = sorted[Int(quantile * Double(count))]
    let sum = sorted.reduce(0) { $0 + Swift.min($1, cut) * Swift.min($1, cut) }
    return (sum / Double(count)).squareRoot()
  }

  /// The root of the mean of the lowest part of the squares.
  func trimmedRootMeanSquare(share: Double) -> Double {
    let kept = map { $0 * $0 }.sorted().prefix(Int(share * Double(count)))
    return kept.isEmpty ? 0 : (kept.reduce(0, +) / Double(kept.count)).squareRoot()
  }
}
