import OrnsteinNumerics
import RealModule

/// A Gaussian mixture with exact scores, densities, Hessians, posteriors, moments and draws at every
/// noise level.
///
/// If X_0 ~ sum_k w_k N(mu_k, C_k), then at a level x ~ sum_k w_k N(alpha mu_k, D_k) with
/// D_k = alpha^2 C_k + sigma^2 I. With g_k = D_k^{-1} (alpha mu_k - x) and rho_k the probability of
/// component k given x, the score is sum_k rho_k g_k.
///
/// Covariances may be singular, down to point masses, for sigma > 0; weights may be 0. Cost of a
/// score: 3 K d multiply-adds a point, and 2 K d^2 more if some covariance is full.
public struct GaussianMixture<Scalar: BatchScalar>: ScoreModel {
  /// The mixture as a target file holds it.
  public let description: GaussianMixtureDescription
  /// The number of coordinates.
  public let dimension: Int
  let components: [MixtureComponent]
  let rotation: MixtureRotation<Scalar>?
  /// Whether every component is isotropic as it stands, so that one precision a component says all.
  private let isIsotropic: Bool
  private let shelf = MixtureTableShelf<Scalar>()

  /// The mixture that a description describes; weights are scaled to sum to 1 to rounding.
  ///
  /// - Throws: ``MixtureError`` if the description is not a mixture.
  public init(_ description: GaussianMixtureDescription) throws(MixtureError) {
    try description.validate()
    self.description = description
    dimension = description.dimension
    let total = description.components.reduce(0) { $0 + $1.weight }
    var components: [MixtureComponent] = []
    for (index, component) in description.components.enumerated() {
      components.append(
        try MixtureComponent(component, index: index, totalWeight: total))
    }
    self.components = components
    isIsotropic = components.allSatisfy { $0.commonVariance != nil && $0.axes == nil }
    rotation =
      components.allSatisfy { $0.axes == nil }
      ? nil : MixtureRotation(components, dimension: dimension)
  }

  /// A mixture of components with given covariances.
  ///
  /// - Throws: ``MixtureError`` if the parts are not a mixture.
  public init(
    name: String = "mixture", weights: [Double], means: [[Double]],
    covariances: [MixtureCovariance]
  ) throws(MixtureError) {
    guard means.count == weights.count, covariances.count == weights.count else {
      throw .wrongLength(
        component: weights.count, part: "list of means or covariances",
        count: means.count == weights.count ? covariances.count : means.count,
        expected: weights.count)
    }
    try self.init(
      GaussianMixtureDescription(
        name: name, dimension: means.first?.count ?? 0,
        components: weights.indices.map {
          .init(weight: weights[$0], mean: means[$0], covariance: covariances[$0])
        }))
  }

  /// Multiply-adds of one score.
  public var multiplyAddsPerPoint: Int {
    let entries = components.count * dimension
    return 3 * entries + (rotation == nil ? 0 : 2 * entries * dimension)
  }

  /// Whether every component has a density, so that levels without noise are allowed.
  public var hasDensity: Bool {
    components.allSatisfy { $0.weight == 0 || $0.variances.allSatisfy { $0 > 0 } }
  }

  /// The law of alpha X_0 + sigma xi as a mixture of its own.
  public func noised(at level: NoiseLevel) throws(MixtureError) -> GaussianMixture {
    var noised = description
    for index in noised.components.indices {
      noised.components[index].covariance = description.components[index].covariance
        .noised(at: level)
      for axis in noised.components[index].mean.indices {
        noised.components[index].mean[axis] *= level.alpha
      }
    }
    return try GaussianMixture(noised)
  }

  /// Writes the score of each point.
  ///
  /// `level.sigma` may be 0 if ``hasDensity``.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    score.withUnsafeMutableBufferPointer { score in
      points.withUnsafeBufferPointer { points in
        _ = evaluate(points, at: level, score: score, logDensity: nil, workspace)
      }
    }
  }

  /// Scores, and log-densities unless `nil`; the latter lack the returned number, so that in single
  /// precision the constants of the components stay small.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func evaluate(
    _ points: UnsafeBufferPointer<Scalar>, at level: NoiseLevel,
    score: UnsafeMutableBufferPointer<Scalar>, logDensity: UnsafeMutablePointer<Scalar>?,
    _ workspace: Workspace
  ) -> Double {
    checkLevel(level)
    precondition(
      points.count == score.count && points.count.isMultiple(of: dimension),
      "\(points.count) coordinates and \(score.count) scores do not fit dimension \(dimension).")
    guard let x = points.baseAddress, let output = score.baseAddress else { return 0 }
    let rows = points.count / dimension
    let tables = shelf.tables(at: level) {
      MixtureTables(components, isIsotropic: isIsotropic, at: level)
    }
    tables.withPointers { means, precisions, constants in
      if let rotation {
        rotation.score(
          of: x, rows: rows, means: means, precisions: precisions, constants: constants,
          score: output, logDensity: logDensity, workspace)
      } else if isIsotropic {
        Scalar.Kernels.isotropicMixtureScore(
          of: x, rows: rows, dimension: dimension, components: components.count, means: means,
          precisions: precisions, constants: constants, score: output, logDensity: logDensity)
      } else {
        Scalar.Kernels.mixtureScore(
          of: x, rows: rows, dimension: dimension, components: components.count, means: means,
          precisions: precisions, constants: constants, score: output, logDensity: logDensity)
      }
    }
    return tables.offset
  }

  func checkLevel(_ level: NoiseLevel) {
    precondition(
      level.sigma > 0 || hasDensity,
      "The mixture \(description.name) has point masses and no density without noise.")
  }
}

extension GaussianMixture: LogDensityModel {
  /// Writes log p_t of each point, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    let rows = points.count / dimension
    precondition(output.count == rows, "\(rows) points do not fit \(output.count) densities.")
    workspace.withBuffer(of: Scalar.self, count: points.count + rows) { buffer in
      guard let start = buffer.baseAddress else { return }
      let offset = points.withUnsafeBufferPointer {
        evaluate(
          $0, at: level,
          score: UnsafeMutableBufferPointer(start: start, count: points.count),
          logDensity: start + points.count, workspace)
      }
      for row in 0..<rows { output[row] = Double(buffer[points.count + row]) + offset }
    }
  }
}

extension GaussianMixture: MomentsModel {
  /// The mean and covariance of X_0.
  public var moments: DataMoments {
    let d = dimension
    var mean = [Double](repeating: 0, count: d)
    for component in components {
      for axis in 0..<d { mean[axis] += component.weight * component.mean[axis] }
    }
    var covariance = [Double](repeating: 0, count: d * d)
    for component in components {
      component.addMatrix(component.variances, times: component.weight, to: &covariance)
      for i in 0..<d {
        for j in 0..<d {
          covariance[i * d + j] +=
            component.weight * (component.mean[i] - mean[i]) * (component.mean[j] - mean[j])
        }
      }
    }
    return DataMoments(mean: mean, covariance: covariance)
  }
}
