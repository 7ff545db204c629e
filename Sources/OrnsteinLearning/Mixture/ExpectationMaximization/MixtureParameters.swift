import OrnsteinDiffusion
import OrnsteinNumerics

/// A mixture as it is learned: flat lists, without the factorisations that drawing and scores need.
struct MixtureParameters: Sendable, Equatable {
  let kind: CovarianceKind
  let dimension: Int
  var weights: [Double]
  /// Components by dimension.
  var means: [Double]
  /// Nothing for identity, a number a component for isotropic, a row a component for diagonal, one
  /// matrix for tied and one a component for full; symmetric, row-major.
  var covariances: [Double]

  var count: Int { weights.count }

  /// The numbers of one component's covariance.
  static func covarianceSize(_ kind: CovarianceKind, dimension d: Int) -> Int {
    switch kind {
    case .identity: 0
    case .isotropic: 1
    case .diagonal: d
    case .tied, .full: d * d
    }
  }

  /// The place of a component's covariance in ``covariances``.
  func covarianceRange(_ component: Int) -> Range<Int> {
    let size = Self.covarianceSize(kind, dimension: dimension)
    let first = kind == .tied ? 0 : component * size
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
    case .isotropic:
      return [Double](repeating: numbers.first ?? 1, count: dimension)
    case .diagonal: return Array(numbers)
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
    let d = dimension
    let range = covarianceRange(component)
    switch kind {
    case .identity, .tied: break
    case .isotropic:
      covariances[range.lowerBound] =
        (0..<d).reduce(0) { $0 + matrix[$1 * (d + 1)] } / Double(d)
    case .diagonal:
      for axis in 0..<d { covariances[range.lowerBound + axis] = matrix[axis * (d + 1)] }
    case .full: covariances.replaceSubrange(range, with: matrix)
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
    let matrices = mixture.components.map { $0.covariance.matrix(dimension: d) }
    let size = Self.covarianceSize(kind, dimension: d)
    if kind == .tied {
      covariances = [Double](repeating: 0, count: size)
      for (k, matrix) in matrices.enumerated() {
        for index in 0..<size { covariances[index] += weights[k] * matrix[index] }
      }
    } else {
      covariances = [Double](repeating: 0, count: size * matrices.count)
      for (k, matrix) in matrices.enumerated() { setCovariance(k, to: matrix) }
    }
  }

  /// The mixture with these parameters.
  func mixture(name: String) throws(ExpectationMaximizationError) -> GaussianMixture<Double> {
    let total = weights.reduce(0, +)
    let covariances = (0..<count).map { component in
      let numbers = self.covariances[covarianceRange(component)]
      switch kind {
      case .identity: return MixtureCovariance.identity
      case .isotropic: return .isotropic(numbers.first ?? 1)
      case .diagonal: return .diagonal(Array(numbers))
      case .tied, .full:
        return .full(
          (0..<dimension).map { row in
            let first = numbers.startIndex + row * dimension
            return Array(numbers[first..<first + dimension])
          })
      }
    }
    do {
      return try GaussianMixture(
        name: name, weights: weights.map { $0 / total },
        means: (0..<count).map { Array(mean($0)) }, covariances: covariances)
    } catch {
      throw .mixture(error)
    }
  }
}

extension MixtureCovariance {
  /// All entries, row-major.
  func matrix(dimension d: Int) -> [Double] {
    if case .full(let rows) = self { return rows.flatMap(\.self) }
    var matrix = [Double](repeating: 0, count: d * d)
    for axis in 0..<d {
      switch self {
      case .identity, .full: matrix[axis * (d + 1)] = 1
      case .isotropic(let variance): matrix[axis * (d + 1)] = variance
      case .diagonal(let variances): matrix[axis * (d + 1)] = variances[axis]
      }
    }
    return matrix
  }
}
