import OrnsteinNumerics
import RealModule

/// A component in the coordinates of its principal axes: there noise adds to each variance, so no
/// level needs a factorisation of its own.
struct MixtureComponent: Sendable {
  let logWeight: Double
  let weight: Double
  let mean: [Double]
  /// The variance along each axis, 0 or more.
  let variances: [Double]
  /// The variance along every axis, if it is one.
  let commonVariance: Double?
  /// The axes, row-major with axis j in row j; `nil` for the axes of coordinates.
  let axes: [Double]?
  /// The coordinates of the mean along the axes.
  let axialMean: [Double]

  init(
    _ component: GaussianMixtureDescription.Component, index: Int, totalWeight: Double
  ) throws(MixtureError) {
    weight = component.weight / totalWeight
    logWeight = .log(weight)
    mean = component.mean
    let dimension = mean.count
    switch component.covariance {
    case .identity: (variances, axes) = ([Double](repeating: 1, count: dimension), nil)
    case .isotropic(let variance):
      (variances, axes) = ([Double](repeating: variance, count: dimension), nil)
    case .diagonal(let numbers): (variances, axes) = (numbers, nil)
    case .full(let rows):
      let eigen = try MixtureCovariance.eigen(rows: rows, component: index, dimension: dimension)
      (variances, axes) = (eigen.values.map { max($0, 0) }, eigen.vectors)
    }
    let first = variances.first
    commonVariance = variances.allSatisfy { $0 == first } ? first : nil
    if let axes { axialMean = Self.product(axes, mean) } else { axialMean = mean }
  }

  /// U x for axes U.
  static func product(_ axes: [Double], _ x: [Double]) -> [Double] {
    (0..<x.count).map { row in
      x.indices.reduce(0) { $0 + axes[row * x.count + $1] * x[$1] }
    }
  }

  /// The coordinates of a vector along the axes.
  func axial(_ x: [Double]) -> [Double] { axes.map { Self.product($0, x) } ?? x }

  /// The vector with given coordinates along the axes.
  func cartesian(_ y: [Double]) -> [Double] {
    guard let axes else { return y }
    let d = y.count
    return (0..<d).map { column in
      (0..<d).reduce(0) { $0 + axes[$1 * d + column] * y[$1] }
    }
  }

  /// Adds `factor` U^T diag(numbers) U to a matrix.
  func addMatrix(_ numbers: [Double], times factor: Double, to matrix: inout [Double]) {
    let d = numbers.count
    guard let axes else {
      for i in 0..<d { matrix[i * d + i] += factor * numbers[i] }
      return
    }
    for axis in 0..<d {
      for i in 0..<d {
        let left = factor * numbers[axis] * axes[axis * d + i]
        for j in 0..<d { matrix[i * d + j] += left * axes[axis * d + j] }
      }
    }
  }

  /// alpha^2 c + sigma^2 along each axis.
  func noisedVariances(at level: NoiseLevel) -> [Double] {
    variances.map { level.alpha * level.alpha * $0 + level.sigma * level.sigma }
  }

  /// log w - log det(2 pi D) / 2 for D = signal C + noise I; -infinity for the weight 0.
  func logConstant(_ signal: Double, _ noise: Double) -> Double {
    guard weight > 0 else { return -.infinity }
    if let variance = commonVariance {
      let logVariance = Double.log(2 * .pi * (signal * variance + noise))
      return logWeight - Double(variances.count) / 2 * logVariance
    }
    var constant = logWeight
    for variance in variances { constant -= .log(2 * .pi * (signal * variance + noise)) / 2 }
    return constant
  }
}
