import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory

/// The laws of the data that the oracles are tested on.
enum Targets {
  static func mixture<Scalar>(
    _ weights: [Double], _ means: [[Double]], _ covariances: [MixtureCovariance], _: Scalar.Type
  ) -> GaussianMixture<Scalar> {
    do {
      return try GaussianMixture(weights: weights, means: means, covariances: covariances)
    } catch {
      fatalError("A test mixture is wrong: \(error)")
    }
  }

  /// One dimension, three components of different variance.
  static let gm1: GaussianMixture<Double> = mixture(
    [0.3, 0.5, 0.2], [[-2], [0.5], [3]], [.isotropic(0.25), .isotropic(0.5), .identity],
    Double.self)

  /// Normal laws of two and three dimensions, with correlated coordinates and without.
  enum Normal: String, CaseIterable, Sendable {
    case full2, diagonal2, full3, diagonal3

    private var parts: (mean: [Double], covariance: MixtureCovariance) {
      switch self {
      case .full2: ([1.5, -0.5], .full([[0.25, 0.1], [0.1, 0.6]]))
      case .diagonal2: ([0.4, -1], .diagonal([0.3, 1.7]))
      case .full3:
        ([1, -0.5, 0.2], .full([[0.8, 0.3, -0.1], [0.3, 0.5, 0.05], [-0.1, 0.05, 1.4]]))
      case .diagonal3: ([-1, 0, 0.7], .diagonal([0.2, 1, 2.5]))
      }
    }

    func model<Scalar: BatchScalar>(_ type: Scalar.Type) -> GaussianMixture<Scalar> {
      mixture([1], [parts.mean], [parts.covariance], type)
    }

    var law: GaussianLaw { GaussianLaw(model(Double.self).moments) }
  }

  /// N(1.5, 0.25), the target of the published table of laws.
  static let line = GaussianLaw(mean: 1.5, variance: 0.25)

  /// Two axes of different means and variances, for orders.
  static let axes = GaussianLaw(mean: [1.5, -0.5], covariance: [0.25, 0, 0, 2])
}

/// The levels of the canonical process on a grid.
func levels(
  _ kind: GridKind, steps: Int, horizon: Double, stop: Double
) throws -> [NoiseLevel] {
  let process = OrnsteinUhlenbeck.canonical
  return try GridSpecification(kind, steps: steps, horizon: horizon, stop: stop)
    .make(for: process).levels(of: process)
}
