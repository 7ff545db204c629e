import OrnsteinDiffusion
import OrnsteinNumerics

extension LearnedScore {
  /// The law of encoded rows as a mixture, whose conditional laws are exact.
  ///
  /// It is a learned mixture, or the mixture of the rows with noise; `nil` for a network or polynomials.
  /// Rows are those of the schema, with
  /// the coordinates that tell of gaps; ``TableModel/mixtureOfRows()`` is the law of complete rows.
  ///
  /// - Throws: ``/OrnsteinDiffusion/MixtureError`` if the rows with noise are no mixture.
  public func mixtureOfRows() throws -> GaussianMixture<Double>? {
    switch self {
    case .network, .polynomial: return nil
    case .mixture(let mixture, _): return mixture
    case .kernel(let law, _):
      let variance = law.bandwidth * law.bandwidth
      return try GaussianMixture(
        GaussianMixtureDescription(
          name: "kernel", dimension: law.dimension,
          components: law.base.weights.indices.map {
            .init(
              weight: law.base.weights[$0], mean: law.base.points.point($0),
              covariance: .isotropic(variance))
          }))
    }
  }
}
