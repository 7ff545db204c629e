import OrnsteinNumerics

/// The equations of a least-squares fit: sums of products of features with each other and with the
/// responses.
struct NormalEquations: Sendable {
  /// The number of features.
  let features: Int
  /// The number of responses.
  let outputs: Int
  /// The sum of the weights.
  var weight: Double
  /// The features' products, `features` squared, lower triangle.
  var gram: [Double]
  /// The products of features and responses, `features` by `outputs`.
  var right: [Double]
  /// The sum of the squares of the responses; 0 for an implicit loss.
  var square: Double

  /// Both together.
  static func + (a: NormalEquations, b: NormalEquations) -> NormalEquations {
    var sum = a
    sum.weight += b.weight
    sum.square += b.square
    for index in sum.gram.indices { sum.gram[index] += b.gram[index] }
    for index in sum.right.indices { sum.right[index] += b.right[index] }
    return sum
  }

  /// tr(beta^T G beta) for coefficients of the first features.
  func square(of coefficients: [Double]) -> Double {
    let count = coefficients.count / outputs
    var sum = 0.0
    gram.withUnsafeBufferPointer { gram in
      coefficients.withUnsafeBufferPointer { beta in
        for i in 0..<count {
          for j in 0...i {
            var inner = 0.0
            for l in 0..<outputs { inner += beta[i * outputs + l] * beta[j * outputs + l] }
            sum += (i == j ? 1 : 2) * gram[i * features + j] * inner
          }
        }
      }
    }
    return sum
  }

  /// The mean loss of coefficients of the first features: mean square of the residual, or the
  /// implicit loss, which lacks a constant.
  func risk(of coefficients: [Double]) -> Double {
    var inner = 0.0
    for index in coefficients.indices { inner += coefficients[index] * right[index] }
    return (square(of: coefficients) - 2 * inner + square) / weight
  }
}

/// Ridge regression on nested sets of features: one Cholesky factor serves them all.
///
/// Features are scaled to mean square 1, then the ridge is added; it grows tenfold while the matrix
/// is not positive definite to rounding.
struct RidgeRegression: Sendable {
  private let features: Int
  private let outputs: Int
  /// 1 / rms of each feature, 0 for one that vanishes.
  private let scales: [Double]
  private let lower: [Double]
  /// L^-1 of the scaled right side.
  private let forward: [Double]

  /// Factors the equations; `nil` if no ridge up to 1 makes them solvable.
  init?(_ equations: NormalEquations, ridge: Double) {
    let (count, outputs) = (equations.features, equations.outputs)
    features = count
    self.outputs = outputs
    guard equations.weight > 0 else { return nil }
    var scales = [Double](repeating: 0, count: count)
    for index in 0..<count {
      let square = equations.gram[index * count + index] / equations.weight
      if square > 0 { scales[index] = 1 / square.squareRoot() }
    }
    guard scales.allSatisfy(\.isFinite) else { return nil }
    var matrix = equations.gram
    for i in 0..<count {
      for j in 0...i {
        matrix[i * count + j] *= scales[i] * scales[j] / equations.weight
      }
      if scales[i] == 0 { matrix[i * count + i] = 1 }
    }
    guard matrix.allSatisfy(\.isFinite), equations.right.allSatisfy(\.isFinite) else { return nil }
    var (ridge, added) = (max(ridge, 1e-15), 0.0)
    var factor: Cholesky?
    while factor == nil, ridge <= 1 {
      for i in 0..<count { matrix[i * count + i] += ridge - added }
      added = ridge
      factor = try? Cholesky(of: matrix, dimension: count)
      ridge *= 10
    }
    guard let factor else { return nil }
    self.scales = scales
    lower = factor.lower
    var forward = [Double](repeating: 0, count: count * outputs)
    let triangle = lower
    forward.withUnsafeMutableBufferPointer { forward in
      triangle.withUnsafeBufferPointer { lower in
        for i in 0..<count {
          for l in 0..<outputs {
            forward[i * outputs + l] =
              scales[i] * equations.right[i * outputs + l] / equations.weight
          }
          for j in 0..<i {
            let entry = lower[i * count + j]
            for l in 0..<outputs { forward[i * outputs + l] -= entry * forward[j * outputs + l] }
          }
          let pivot = 1 / lower[i * count + i]
          for l in 0..<outputs { forward[i * outputs + l] *= pivot }
        }
      }
    }
    self.forward = forward
  }

  /// The coefficients of the fit with the first `count` features.
  func coefficients(first count: Int) -> [Double] {
    var solution = Array(forward[..<(count * outputs)])
    solution.withUnsafeMutableBufferPointer { solution in
      lower.withUnsafeBufferPointer { lower in
        for i in (0..<count).reversed() {
          let pivot = 1 / lower[i * features + i]
          for l in 0..<outputs { solution[i * outputs + l] *= pivot }
          for j in 0..<i {
            let entry = lower[i * features + j]
            for l in 0..<outputs { solution[j * outputs + l] -= entry * solution[i * outputs + l] }
          }
        }
        for i in 0..<count { for l in 0..<outputs { solution[i * outputs + l] *= scales[i] } }
      }
    }
    return solution
  }
}
