import RealModule

/// What an expectation step says of each component: its mass, mean and spread.
struct MixtureMoments: Sendable {
  /// The sums of weights times responsibilities.
  var masses: [Double]
  /// Components by dimension; what they were where the mass is 0.
  var means: [Double]
  /// The covariance about the mean, without ridge: a matrix a component, or a diagonal where the kind
  /// is axis-aligned.
  var spreads: [Double]

  /// The numbers of the spread of one component.
  static func spreadSize(_ kind: CovarianceKind, dimension d: Int) -> Int {
    kind.isAxisAligned ? d : d * d
  }

  /// The variance of each coordinate in one component.
  func variances(_ component: Int, kind: CovarianceKind, dimension d: Int) -> [Double] {
    let size = Self.spreadSize(kind, dimension: d)
    let step = kind.isAxisAligned ? 1 : d + 1
    return (0..<d).map { spreads[component * size + $0 * step] }
  }
}

extension MixtureParameters {
  /// The maximisation step: the parameters of greatest expected log-likelihood, the ridge added to each
  /// variance.
  ///
  /// A component without mass keeps its mean and covariance.
  func maximized(_ moments: MixtureMoments, ridge: Double) -> MixtureParameters {
    let d = dimension
    let total = moments.masses.reduce(0, +)
    var next = self
    next.weights = moments.masses.map { $0 / total }
    next.means = moments.means
    let size = MixtureMoments.spreadSize(kind, dimension: d)
    switch kind {
    case .identity: break
    case .isotropic:
      for k in 0..<count where moments.masses[k] > 0 {
        let spread = moments.spreads[k * size..<(k + 1) * size]
        next.covariances[k] = spread.reduce(0) { $0 + max($1, 0) } / Double(d) + ridge
      }
    case .diagonal:
      for k in 0..<count where moments.masses[k] > 0 {
        for index in k * size..<(k + 1) * size {
          next.covariances[index] = max(moments.spreads[index], 0) + ridge
        }
      }
    case .full:
      for k in 0..<count where moments.masses[k] > 0 {
        for index in k * size..<(k + 1) * size { next.covariances[index] = moments.spreads[index] }
        for axis in 0..<d { next.covariances[k * size + axis * (d + 1)] += ridge }
      }
    case .tiedIsotropic:
      next.covariances = [pooled(moments, size).reduce(0) { $0 + max($1, 0) } / Double(d) + ridge]
    case .tiedDiagonal:
      next.covariances = pooled(moments, size).map { max($0, 0) + ridge }
    case .tied:
      next.covariances = pooled(moments, size)
      for axis in 0..<d { next.covariances[axis * (d + 1)] += ridge }
    }
    return next
  }

  /// The mean of the spreads of all components, each by its mass.
  private func pooled(_ moments: MixtureMoments, _ size: Int) -> [Double] {
    let total = moments.masses.reduce(0, +)
    return (0..<size).map { index in
      (0..<count).reduce(0) { $0 + moments.masses[$1] * moments.spreads[$1 * size + index] } / total
    }
  }
}
