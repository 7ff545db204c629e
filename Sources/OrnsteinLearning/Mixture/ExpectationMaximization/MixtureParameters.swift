import OrnsteinDiffusion
import OrnsteinNumerics

/// A mixture as it is learned: flat lists, without the factorisations that drawing and scores need.
struct MixtureParameters: Sendable, Equatable {
  let kind: CovarianceKind
  let dimension: Int
  var weights: [Double]
  /// Components by dimension.
  var means: [Double]
  /// For each component, or once where tied: nothing for identity, a number for isotropic, a row for
  /// diagonal, else a symmetric matrix, row-major.
  var covariances: [Double]

  var count: Int { weights.count }

  /// The numbers of one component's covariance.
  static func covarianceSize(_ kind: CovarianceKind, dimension d: Int) -> Int {
    switch kind {
    case .identity: 0
    case .isotropic, .tiedIsotropic: 1
    case .diagonal, .tiedDiagonal: d
    case .tied, .full: d * d
    }
  }

  /// The place of a component's covariance in ``covariances``.
  func covarianceRange(_ component: Int) -> Range<Int> {
    let size = Self.covarianceSize(kind, dimension: dimension)
    let first = kind.isTied ? 0 : component * size
    return first..<first + size
  }

  func mean(_ component: Int) -> ArraySlice<Double> {
    means[component * dimension..<(component + 1) * dimension]
  }

  /// The variance of each coordinate.
  func variances(_ component: Int) -> [Double] {
    let numbers = covariances[covarianceRange(component)]
    switch kind {
    case .identity: return [Double](repeating: 1, count: dimension)
    case .isotropic, .tiedIsotropic:
      return [Double](repeating: numbers.first ?? 1, count: dimension)
    case .diagonal, .tiedDiagonal: return Array(numbers)
    case .tied, .full:
      return (0..<dimension).map { numbers[numbers.startIndex + $0 * (dimension + 1)] }
    }
  }

  /// The covariance as a matrix.
  func matrix(_ component: Int) -> [Double] {
    guard kind.isAxisAligned else { return Array(covariances[covarianceRange(component)]) }
    var matrix = [Double](repeating: 0, count: dimension * dimension)
    for (axis, variance) in variances(component).enumerated() {
      matrix[axis * (dimension + 1)] = variance
    }
    return matrix
  }

  /// Sets a component's covariance to what its kind keeps of a matrix; nothing if tied.
  mutating func setCovariance(_ component: Int, to matrix: [Double]) {
    guard !kind.isTied else { return }
    covariances.replaceSubrange(
      covarianceRange(component), with: Self.kept(of: matrix, by: kind, dimension: dimension))
  }

  /// What a kind keeps of a covariance: its diagonal, or the mean of that.
  private static func kept(of matrix: [Double], by kind: CovarianceKind, dimension d: Int)
    -> [Double]
  {
    let diagonal = (0..<d).map { matrix[$0 * (d + 1)] }
    return switch kind {
    case .identity: []
    case .isotropic, .tiedIsotropic: [diagonal.reduce(0, +) / Double(d)]
    case .diagonal, .tiedDiagonal: diagonal
    case .tied, .full: matrix
    }
  }
}

extension MixtureParameters {
  /// What a kind keeps of a mixture: of other covariances, their diagonal, the mean of it, or the mean
  /// over components.
  init(_ mixture: GaussianMixtureDescription, kind: CovarianceKind) {
    let d = mixture.dimension
    let total = mixture.components.reduce(0) { $0 + $1.weight }
    self.kind = kind
    dimension = d
    weights = mixture.components.map { $0.weight / total }
    means = mixture.components.flatMap(\.mean)
    let matrices = mixture.components.map { $0.covariance.rows(dimension: d).flatMap(\.self) }
    guard kind.isTied else {
      covariances = matrices.flatMap { Self.kept(of: $0, by: kind, dimension: d) }
      return
    }
    var mean = [Double](repeating: 0, count: d * d)
    for (k, matrix) in matrices.enumerated() {
      for index in mean.indices { mean[index] += weights[k] * matrix[index] }
    }
    covariances = Self.kept(of: mean, by: kind, dimension: d)
  }

  /// The numbers of a mixture whose covariances are of a kind, as they are.
  init(exactly mixture: GaussianMixtureDescription, kind: CovarianceKind) {
    self.kind = kind
    dimension = mixture.dimension
    weights = mixture.components.map(\.weight)
    means = mixture.components.flatMap(\.mean)
    let own = kind.isTied ? mixture.components.prefix(1) : mixture.components[...]
    covariances = own.flatMap { component -> [Double] in
      switch component.covariance {
      case .identity: []
      case .isotropic(let variance): [variance]
      case .diagonal(let variances): variances
      case .full(let rows): Array(rows.joined())
      }
    }
  }

  /// The mixture with these parameters.
  func mixture(name: String) throws(ExpectationMaximizationError) -> GaussianMixture<Double> {
    let total = weights.reduce(0, +)
    do {
      var mixture = description(name: name)
      for k in 0..<count { mixture.components[k].weight /= total }
      return try GaussianMixture(mixture)
    } catch {
      throw .mixture(error)
    }
  }

  /// The numbers as they are.
  func description(name: String) -> GaussianMixtureDescription {
    let covariances = (0..<count).map { component in
      let numbers = self.covariances[covarianceRange(component)]
      switch kind {
      case .identity: return MixtureCovariance.identity
      case .isotropic, .tiedIsotropic: return .isotropic(numbers.first ?? 1)
      case .diagonal, .tiedDiagonal: return .diagonal(Array(numbers))
      case .tied, .full:
        return .full(
          (0..<dimension).map { row in
            let first = numbers.startIndex + row * dimension
            return Array(numbers[first..<first + dimension])
          })
      }
    }
    return GaussianMixtureDescription(
      name: name, dimension: dimension,
      components: (0..<count).map {
        .init(weight: weights[$0], mean: Array(mean($0)), covariance: covariances[$0])
      })
  }
}
