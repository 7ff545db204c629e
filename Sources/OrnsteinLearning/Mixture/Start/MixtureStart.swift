import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Where the learning of a mixture begins.
public enum MixtureStart: Sendable, Hashable, Codable {
  /// Clusters of k-means, begun by k-means++ (Arthur and Vassilvitskii 2007).
  case kMeans
  /// The rows nearest to each centre that k-means++ picks.
  case kMeansPlusPlus
  /// Clusters of k-means in the span of the K - 1 leading eigenvectors of the covariance, where the means
  /// of well-spread mixtures lie (Vempala and Wang 2004).
  case spectral
  /// A mixture.
  case mixture(GaussianMixtureDescription)
  /// The component of each row: the maximisation step from responsibilities 0 and 1.
  case labels([Int])
  /// The responsibilities of the components for each row, row after row: the maximisation step from
  /// them.
  case responsibilities([Double])

  /// Whether the start is the same for every seed.
  public var isGiven: Bool {
    switch self {
    case .kMeans, .kMeansPlusPlus, .spectral: false
    case .mixture, .labels, .responsibilities: true
    }
  }

  /// Makes sure that a mixture lives in a space.
  static func check(
    _ mixture: GaussianMixtureDescription, dimension: Int
  ) throws(ExpectationMaximizationError) {
    guard mixture.dimension == dimension else {
      throw .start(
        reason: "the mixture has dimension \(mixture.dimension), the points \(dimension).")
    }
  }

  /// The parameters of the start.
  func parameters(
    of points: MixturePoints, settings: ExpectationMaximizationSettings, key: NoiseKey,
    restart: Int, threads: Int
  ) throws(ExpectationMaximizationError) -> MixtureParameters {
    let components = settings.components
    let hard = ClusterMoments(
      kind: settings.covariance, components: components, ridge: settings.ridge)
    switch self {
    case .mixture(let mixture):
      try Self.check(mixture, dimension: points.dimension)
      guard mixture.components.count == components else {
        throw .start(
          reason: "the mixture has \(mixture.components.count) components, the settings say "
            + "\(components).")
      }
      return MixtureParameters(mixture, kind: settings.covariance)
    case .labels(let labels):
      guard labels.count == points.count else {
        throw .start(reason: "\(labels.count) labels were given for \(points.count) rows.")
      }
      if let row = labels.firstIndex(where: { !(0..<components).contains($0) }) {
        throw .start(
          reason: "the label of row \(row) is \(labels[row]); labels are 0 to \(components - 1).")
      }
      return hard.parameters(
        StartRows(all: points), shrinkage: 0,
        responsibilities: { row, body in body(labels[row], 1) })
    case .responsibilities(let numbers):
      guard numbers.count == points.count * components else {
        throw .start(
          reason: "\(numbers.count) responsibilities were given for \(points.count) rows and "
            + "\(components) components.")
      }
      if let index = numbers.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw .start(
          reason: "a responsibility of row \(index / components) is \(numbers[index]); it must be "
            + "0 or more.")
      }
      return hard.parameters(
        StartRows(all: points), shrinkage: 0,
        responsibilities: { row, body in
          for k in 0..<components { body(k, numbers[row * components + k]) }
        })
    case .kMeans, .kMeansPlusPlus, .spectral:
      let rows = StartRows(someOf: points, components: components, key: key, restart: restart)
      let labels = labels(
        of: rows, settings: settings, key: key, restart: restart, threads: threads)
      return hard.parameters(
        rows, shrinkage: Double(points.dimension + 1),
        responsibilities: { row, body in body(labels[row], 1) })
    }
  }

  /// The cluster of each row.
  private func labels(
    of rows: StartRows, settings: ExpectationMaximizationSettings, key: NoiseKey, restart: Int,
    threads: Int
  ) -> [Int] {
    let components = settings.components
    // Where covariances are I, or a multiple of it, all coordinates have the same unit.
    var points = rows.centred(
      scaled: settings.covariance != .identity && settings.covariance != .isotropic)
    if case .spectral = self {
      points = SpectralSubspace(of: points, weights: rows.weights, dimension: components - 1)
        .coordinates(of: points)
    }
    let means = KMeans(points: points, weights: rows.weights, threads: threads)
    let centres = means.seeded(components, key: key, restart: restart)
    if case .kMeansPlusPlus = self { return means.labels(centres) }
    return means.refined(centres)
  }
}
