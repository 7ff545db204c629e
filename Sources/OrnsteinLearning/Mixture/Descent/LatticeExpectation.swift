import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Points and weights that make expectations under a Gaussian mixture exact to rounding, in few
/// dimensions.
///
/// In the coordinates in which a component is standard normal: all points of the lattice step Z^n in a
/// ball, weighted by the density. The error of this trapezoidal rule for functions analytic in a strip
/// of half-width a is of order exp(-2 pi a / step), and exp(-reach^2 / 2) for the cut.
///
/// - Source: Trefethen, Weideman, SIAM Review 56 (2014) 385, theorem 5.1.
public struct LatticeExpectation: Sendable {
  /// The most points of a lattice.
  public static let pointLimit = 4_000_000

  /// The points, those of one component after the other.
  public let points: Batch<Double>
  /// The weight of each point; they sum to 1.
  public let weights: [Double]

  /// The lattices of all components of a mixture.
  ///
  /// - Parameters:
  ///   - law: A mixture with positive definite covariances.
  ///   - step: The distance of the points, in standard deviations.
  ///   - reach: The radius of the ball, in standard deviations.
  /// - Throws: ``LatticeError`` if there are too many points, or a covariance is singular.
  public init(
    of law: GaussianMixture<Double>, step: Double = 0.15, reach: Double = 8.5
  ) throws(LatticeError) {
    precondition(step > 0 && reach > step, "A lattice needs 0 < step < reach.")
    let n = law.dimension
    let lattice = try Self.standardLattice(
      dimension: n, step: step, reach: reach, components: law.description.components.count)
    let count = lattice.weights.count
    var coordinates: [Double] = []
    var weights: [Double] = []
    let total = law.description.components.reduce(0) { $0 + $1.weight }
    for (index, component) in law.description.components.enumerated() where component.weight > 0 {
      let root = try Self.root(of: component.covariance, dimension: n, component: index)
      coordinates.reserveCapacity(coordinates.count + count * n)
      for row in 0..<count {
        for i in 0..<n {
          var sum = component.mean[i]
          for j in 0...i { sum += root[i * n + j] * lattice.coordinates[row * n + j] }
          coordinates.append(sum)
        }
      }
      weights += lattice.weights.map { $0 * component.weight / total }
    }
    points = Batch(coordinates, dimension: n)
    self.weights = weights
  }

  /// The expectation of a function of the point.
  public func mean(_ value: ([Double]) -> Double) -> Double {
    weights.indices.reduce(0) { $0 + weights[$1] * value(points.point($1)) }
  }

  private static func standardLattice(
    dimension n: Int, step: Double, reach: Double, components: Int
  ) throws(LatticeError) -> (coordinates: [Double], weights: [Double]) {
    let half = Int(reach / step)
    let side = 2 * half + 1
    // The volume of the cube bounds that of the ball; from five dimensions on both are too large.
    let cube = (0..<n).reduce(1.0) { size, _ in size * Double(side) }
    guard cube * Double(components) <= 4 * Double(pointLimit) else {
      throw .tooManyPoints(dimension: n, points: cube * Double(components))
    }
    var coordinates: [Double] = []
    var weights: [Double] = []
    var index = [Int](repeating: -half, count: n)
    let limit = Int((reach / step) * (reach / step))
    odometer: while true {
      let square = index.reduce(0) { $0 + $1 * $1 }
      if square <= limit {
        for i in index { coordinates.append(step * Double(i)) }
        weights.append(.exp(-step * step * Double(square) / 2))
      }
      var axis = n - 1
      while index[axis] == half {
        index[axis] = -half
        guard axis > 0 else { break odometer }
        axis -= 1
      }
      index[axis] += 1
    }
    let sum = weights.reduce(0, +)
    return (coordinates, weights.map { $0 / sum })
  }

  /// A lower triangle L with L L^T the covariance.
  private static func root(
    of covariance: MixtureCovariance, dimension n: Int, component: Int
  ) throws(LatticeError) -> [Double] {
    var matrix = [Double](repeating: 0, count: n * n)
    switch covariance {
    case .identity: for i in 0..<n { matrix[i * n + i] = 1 }
    case .isotropic(let variance):
      for i in 0..<n { matrix[i * n + i] = variance.squareRoot() }
    case .diagonal(let variances):
      for i in 0..<n { matrix[i * n + i] = variances[i].squareRoot() }
    case .full(let rows):
      guard let factor = try? Cholesky(of: rows.flatMap(\.self), dimension: n) else {
        throw .singular(component: component)
      }
      return factor.lower
    }
    guard (0..<n).allSatisfy({ matrix[$0 * n + $0] > 0 }) else {
      throw .singular(component: component)
    }
    return matrix
  }
}

/// Why a mixture has no lattice.
public enum LatticeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The points are too many: the dimension or the number of components is too large for the step.
  case tooManyPoints(dimension: Int, points: Double)
  /// The covariance of a component is not positive definite.
  case singular(component: Int)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .tooManyPoints(let dimension, let points):
      "A lattice in \(dimension) dimensions would have \(points) points. Take a mean over draws, or a "
        + "larger step."
    case .singular(let component):
      "The covariance of component \(component) (counted from 0) is singular. Add noise first."
    }
  }
}
