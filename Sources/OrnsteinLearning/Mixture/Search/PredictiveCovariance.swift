import OrnsteinDiffusion

/// How much wider than the most likely covariances those are that predict best.
///
/// The covariance of greatest likelihood is that of the rows it was learned from, which lie closer to
/// their own mean than others will. For n independent rows of a normal law N(mu, C) with the estimates
/// m and S = sum (x - m)(x - m)^T / n, the mean over samples of KL(N(mu, C) || N(m, c S)) is least for
/// c = (n + 1) / (n - d - 2), since E S^-1 = n / (n - d - 2) C^-1 and E (m - mu)(m - mu)^T = C / n
/// (Aitchison 1975, Goodness of prediction fit, Biometrika 62). Other forms have their own degrees of
/// freedom. Rows that belong to several components count by their shares, which leaves c, if anything,
/// too small.
package struct PredictiveCovariance {
  private static let greatestFactor = 2.0

  let kind: CovarianceKind
  let components: Int
  let dimension: Int
  let rows: Double

  package init(kind: CovarianceKind, components: Int, dimension: Int, rows: Double) {
    self.kind = kind
    self.components = components
    self.dimension = dimension
    self.rows = rows
  }

  /// The factor for a component of given weight.
  package func factor(weight: Double) -> Double {
    let (d, k) = (Double(dimension), Double(components))
    let own = weight * rows
    let (top, bottom): (Double, Double) =
      switch kind {
      case .identity: (1, 1)
      case .tiedIsotropic: ((rows + k) * d, d * (rows - k) - 2)
      case .isotropic: ((own + 1) * d, d * (own - 1) - 2)
      case .tiedDiagonal: (rows + k, rows - k - 2)
      case .diagonal: (own + 1, own - 3)
      case .tied: (rows + k, rows - k - d - 1)
      case .full: (own + 1, own - d - 2)
      }
    return bottom > 0 ? min(top / bottom, Self.greatestFactor) : Self.greatestFactor
  }

  /// The components of a fit with the covariances that predict best.
  static func components(of fit: MixtureFit) -> [GaussianMixtureDescription.Component] {
    let mixture = fit.mixture.description
    let widening = PredictiveCovariance(
      kind: fit.record.settings.covariance, components: mixture.components.count,
      dimension: mixture.dimension, rows: fit.record.totalWeight)
    return mixture.components.map { component in
      var component = component
      let factor = widening.factor(weight: component.weight)
      component.covariance =
        switch component.covariance {
        case .identity: .identity
        case .isotropic(let variance): .isotropic(factor * variance)
        case .diagonal(let variances): .diagonal(variances.map { factor * $0 })
        case .full(let rows): .full(rows.map { $0.map { factor * $0 } })
        }
      return component
    }
  }
}
