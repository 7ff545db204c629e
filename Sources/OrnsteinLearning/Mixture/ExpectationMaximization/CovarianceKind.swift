/// The form of the covariances of a learned mixture.
public enum CovarianceKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// I for every component.
  case identity
  /// v I, one v for all components.
  case tiedIsotropic = "tied-isotropic"
  /// v_k I.
  case isotropic
  /// One variance a coordinate for all components.
  case tiedDiagonal = "tied-diagonal"
  /// One variance a component and coordinate.
  case diagonal
  /// One symmetric matrix for all components.
  case tied
  /// One symmetric matrix a component.
  case full

  /// Whether covariances have no entries beside the diagonal.
  var isAxisAligned: Bool {
    switch self {
    case .identity, .tiedIsotropic, .isotropic, .tiedDiagonal, .diagonal: true
    case .tied, .full: false
    }
  }

  /// Whether all components share one covariance that is learned.
  var isTied: Bool {
    switch self {
    case .tiedIsotropic, .tiedDiagonal, .tied: true
    case .identity, .isotropic, .diagonal, .full: false
    }
  }

  /// The free numbers of the covariances alone.
  func covarianceParameterCount(components: Int, dimension d: Int) -> Int {
    switch self {
    case .identity: 0
    case .tiedIsotropic: 1
    case .isotropic: components
    case .tiedDiagonal: d
    case .diagonal: components * d
    case .tied: d * (d + 1) / 2
    case .full: components * d * (d + 1) / 2
    }
  }

  /// The free numbers of a mixture: weights, means and covariances.
  public func parameterCount(components: Int, dimension: Int) -> Int {
    components - 1 + components * dimension
      + covarianceParameterCount(components: components, dimension: dimension)
  }
}
