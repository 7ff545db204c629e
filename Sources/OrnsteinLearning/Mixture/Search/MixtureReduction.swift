import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Mixtures of one component less, made by merging two components into the normal law with their moments.
///
/// Pairs are ordered by Runnalls' bound on the divergence that merging costs,
/// ((w_i + w_j) log det P - w_i log det C_i - w_j log det C_j) / 2 with P the covariance of the pair.
///
/// - Source: Runnalls, IEEE Transactions on Aerospace and Electronic Systems 43 (2007) 989, eq. 21.
struct MixtureReduction {
  private let mixture: GaussianMixtureDescription
  private let covariances: [[Double]]
  private let logDeterminants: [Double]

  init(_ mixture: GaussianMixtureDescription) {
    let d = mixture.dimension
    self.mixture = mixture
    covariances = mixture.components.map { $0.covariance.rows(dimension: d).flatMap(\.self) }
    logDeterminants = covariances.map { Self.logDeterminant($0, dimension: d) }
  }

  /// The mixtures that the cheapest merges make, the cheapest first.
  func merged(_ count: Int) -> [GaussianMixtureDescription] {
    let n = mixture.components.count
    guard n > 1 else { return [] }
    var pairs: [(cost: Double, first: Int, second: Int)] = []
    for second in 1..<n {
      for first in 0..<second { pairs.append((cost(first, second), first, second)) }
    }
    return pairs.sorted { $0.cost < $1.cost }.prefix(count).map { merging($0.first, $0.second) }
  }

  private func cost(_ first: Int, _ second: Int) -> Double {
    let (a, b) = (mixture.components[first].weight, mixture.components[second].weight)
    guard a > 0, b > 0 else { return -.infinity }
    let joint = Self.logDeterminant(pair(first, second).covariance, dimension: mixture.dimension)
    return ((a + b) * joint - a * logDeterminants[first] - b * logDeterminants[second]) / 2
  }

  private func pair(_ first: Int, _ second: Int) -> (mean: [Double], covariance: [Double]) {
    let d = mixture.dimension
    let (a, b) = (mixture.components[first], mixture.components[second])
    let total = max(a.weight + b.weight, .leastNormalMagnitude)
    let (share, rest) = (a.weight / total, b.weight / total)
    let mean = zip(a.mean, b.mean).map { share * $0 + rest * $1 }
    let gap = zip(a.mean, b.mean).map { $0 - $1 }
    var covariance = [Double](repeating: 0, count: d * d)
    for row in 0..<d {
      for column in 0..<d {
        let index = row * d + column
        covariance[index] =
          share * covariances[first][index] + rest * covariances[second][index]
          + share * rest * gap[row] * gap[column]
      }
    }
    return (mean, covariance)
  }

  private func merging(_ first: Int, _ second: Int) -> GaussianMixtureDescription {
    let d = mixture.dimension
    let (mean, covariance) = pair(first, second)
    var merged = mixture
    merged.components[first] = GaussianMixtureDescription.Component(
      weight: mixture.components[first].weight + mixture.components[second].weight, mean: mean,
      covariance: .full((0..<d).map { Array(covariance[$0 * d..<($0 + 1) * d]) }))
    merged.components.remove(at: second)
    return merged
  }

  private static func logDeterminant(_ matrix: [Double], dimension: Int) -> Double {
    (try? Cholesky(of: matrix, dimension: dimension))?.logDeterminant ?? -.infinity
  }
}
