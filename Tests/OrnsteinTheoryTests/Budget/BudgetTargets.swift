import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory

/// Exact laws of every kind, on which budgets are tested.
enum BudgetTarget: String, CaseIterable, Sendable {
  case gm1, normal3, ring, correlated, vertices, cube, sphere, circle, points, product
  case affineError, constantError, sinusoidalError

  func make() throws -> any ExactTarget<Double> {
    switch self {
    case .gm1: return Targets.gm1
    case .normal3: return Targets.Normal.full3.model(Double.self)
    case .ring: return Self.fiveModes
    case .correlated:
      return Targets.mixture(
        [0.35, 0.65], [[1, -0.5, 0.2], [-1.5, 0.4, 0]],
        [
          .full([[0.8, 0.3, -0.1], [0.3, 0.5, 0.05], [-0.1, 0.05, 1.4]]),
          .diagonal([0.2, 0.05, 0.6]),
        ], Double.self)
    case .vertices: return try CubeVertices<Double>(halfWidth: 1, dimension: 3)
    case .cube: return try SolidCube<Double>(halfWidth: 1.5, dimension: 2)
    case .sphere: return try SphereUniform<Double>(radius: 1.5, dimension: 3)
    case .circle:
      return try LinearManifold(
        try SphereUniform<Double>(radius: 1, dimension: 2),
        axes: [[0.6, 0.8, 0, 0], [0, 0, 1, 0]], offset: [0.5, 0, 0, -1])
    case .points:
      return try EmpiricalMeasure(
        points: Batch<Double>(rows: [[0, 0], [1, 0.5], [-1.2, 2], [0.3, -1]]),
        weights: [0.1, 0.4, 0.3, 0.2])
    case .product:
      return try ProductTarget([
        Self.fiveModes, try CubeVertices<Double>(halfWidth: 1, dimension: 1),
      ])
    case .affineError:
      return try PerturbedScore(Targets.gm1, error: .affine(matrix: [[0.2]], offset: [-0.1]))
    case .constantError: return try PerturbedScore(Self.fiveModes, error: .constant([0.15, -0.2]))
    case .sinusoidalError:
      return try PerturbedScore(
        Targets.gm1, error: .sinusoidal(amplitude: [0.4], frequency: [2.5]))
    }
  }

  private static var fiveModes: GaussianMixture<Double> {
    Targets.mixture(
      Array(repeating: 0.2, count: 5), [[2, 0], [0, 2], [-2, 0], [0, -2], [0.2, 0.1]],
      Array(repeating: .isotropic(0.05), count: 5), Double.self)
  }
}

/// The canonical times of a grid, ascending.
func canonicalTimes(
  _ kind: GridKind, steps: Int, horizon: Double = 2, stop: Double = 0.05
) throws -> [Double] {
  try GridSpecification(kind, steps: steps, horizon: horizon, stop: stop)
    .make(for: OrnsteinUhlenbeck.canonical).times.reversed()
}
