import Foundation
import OrnsteinDiffusion
import OrnsteinNumerics

/// The mixtures that the golden values belong to, and the target files.
enum Targets {
  static func make<Scalar>(
    _ weights: [Double], _ means: [[Double]], _ covariances: [MixtureCovariance],
    _: Scalar.Type
  ) -> GaussianMixture<Scalar> {
    do {
      return try GaussianMixture(weights: weights, means: means, covariances: covariances)
    } catch {
      fatalError("A test mixture is wrong: \(error)")
    }
  }

  /// One dimension, three components of different variance.
  static func gm1<Scalar>(_ type: Scalar.Type) -> GaussianMixture<Scalar> {
    make(
      [0.3, 0.5, 0.2], [[-2], [0.5], [3]], [.isotropic(0.25), .isotropic(0.5), .identity], type)
  }

  /// Two dimensions, a full and a diagonal covariance.
  static func gm2<Scalar>(_ type: Scalar.Type) -> GaussianMixture<Scalar> {
    make(
      [0.4, 0.6], [[-1, 2], [1.5, -0.5]],
      [.full([[1, 0.3], [0.3, 0.5]]), .diagonal([0.2, 0.8])], type)
  }

  /// `gm2` with both covariances written out in full.
  static func fullGM2<Scalar>(_ type: Scalar.Type) -> GaussianMixture<Scalar> {
    make(
      [0.4, 0.6], [[-1, 2], [1.5, -0.5]],
      [.full([[1, 0.3], [0.3, 0.5]]), .full([[0.2, 0], [0, 0.8]])], type)
  }

  /// A normal law with correlated coordinates of different scales.
  static func gaussian<Scalar>(_ type: Scalar.Type) -> GaussianMixture<Scalar> {
    make([1], [[1.5, -0.5]], [.full([[0.25, 0.1], [0.1, 0.6]])], type)
  }

  static let files = ["ring8_d2", "modes3_d1", "anisotropic_d4", "gmm40_d2"]

  static func description(file name: String) throws -> GaussianMixtureDescription {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "Examples/Targets/\(name).json"))
    return try JSONDecoder().decode(GaussianMixtureDescription.self, from: data)
  }
}
