import OrnsteinDiffusion

/// How the raw output F of a network becomes a score.
///
/// The input is x / kappa, the point in canonical coordinates (alpha^2 + sigma^2 = 1), of unit size
/// for data of unit variance. The target of F has unit size at every level too:
///
/// | parametrisation | target of F |
/// |---|---|
/// | noise | xi |
/// | denoiser | X_0 |
/// | score | -xi, so F = sigma s |
/// | velocity | alpha xi - sigma X_0 |
///
/// The velocity is the preconditioning of Karras et al. (arXiv 2206.00364, table 1) with
/// sigma_data = 1: the denoiser is alpha x - sigma F.
package struct Preconditioning: Sendable {
  package let parametrization: ScoreParametrization

  package init(_ parametrization: ScoreParametrization) { self.parametrization = parametrization }

  /// The target of F is `data` X_0 + `noise` xi, with alpha and sigma canonical.
  package func target(alpha: Double, sigma: Double) -> (data: Double, noise: Double) {
    switch parametrization {
    case .noise: (0, 1)
    case .denoiser: (1, 0)
    case .score: (0, -1)
    case .velocity: (-sigma, alpha)
    }
  }

  /// The score at any level is `position` x + `output` F.
  package func score(at level: NoiseLevel) -> (position: Double, output: Double) {
    let (alpha, sigma, scale) = (level.alpha, level.sigma, level.scale)
    switch parametrization {
    case .noise: return (0, -1 / sigma)
    case .denoiser: return (-1 / (sigma * sigma), alpha / (sigma * sigma))
    case .score: return (0, 1 / sigma)
    case .velocity: return (-1 / (scale * scale), -(alpha / scale) / sigma)
    }
  }

  /// The squared error of F is this times the squared error of the canonical score.
  ///
  /// noise sigma^2, denoiser sigma^4 / alpha^2, score (F = sigma s) sigma^2, velocity
  /// sigma^2 / alpha^2.
  package func errorFactor(alpha: Double, sigma: Double) -> Double {
    let variance = sigma * sigma
    switch parametrization {
    case .noise, .score: return variance
    case .denoiser: return variance * variance / (alpha * alpha)
    case .velocity: return variance / (alpha * alpha)
    }
  }
}
