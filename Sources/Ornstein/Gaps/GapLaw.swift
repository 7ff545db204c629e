import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// A law of values together with which of them are missing.
///
/// Values are taken to be missing at random: whether a cell is missing depends on nothing but the cells that
/// are there. The law of the values is then learned from the marginal laws of what rows have, and what is
/// missing does not enter (Rubin 1976). Afterwards every component gets one more normal coordinate for each
/// column with gaps: the cell is missing where it is above a threshold. Its mean is that of the right share;
/// its covariances with the values are cov(missing, value) / phi(threshold), those of two such
/// coordinates make both missing as often as they are. The law of the values stays what it was.
///
/// - Source: Rubin, Biometrika 63 (1976) 581; Pearson, Phil. Trans. R. Soc. A 195 (1900) 1 (biserial and
///   tetrachoric correlations).
struct GapLaw {
  private let layout: GapLayout

  init(_ layout: GapLayout) {
    self.layout = layout
  }

  /// The law of rows of a schema.
  ///
  /// - Parameters:
  ///   - law: The law of the values.
  ///   - points: Encoded rows.
  ///   - weights: How much each row counts, a number above 0, or `nil` for 1.
  func joined(
    _ law: GaussianMixture<Double>, _ points: Batch<Double>, weights: [Double]? = nil
  ) throws -> GaussianMixture<Double> {
    guard !layout.markers.isEmpty else { return law }
    let statistics = try GapStatistics(
      under: law, layout.values(of: points), weights: weights,
      isMissing: layout.markers.map { layout.isMissing($0, in: points) })
    let description = law.description
    return try GaussianMixture(
      GaussianMixtureDescription(
        name: description.name, dimension: layout.dimension, comment: description.comment,
        components: description.components.enumerated().map { index, component in
          joined(component, index, statistics)
        }))
  }

  private func joined(
    _ component: GaussianMixtureDescription.Component, _ index: Int, _ statistics: GapStatistics
  ) -> GaussianMixtureDescription.Component {
    let (markers, values) = (layout.markers, layout.values)
    let count = statistics.rows[index]
    let shares = markers.indices.map { gap in
      // Half a row more of each kind, so that nothing is impossible; without rows the share of all.
      count > 0
        ? (statistics.shares[index][gap] * count + 0.5) / (count + 1) : markers[gap].share
    }
    let scales = markers.map { 2 * ($0.share * (1 - $0.share)).squareRoot() }
      .map { max($0, 1e-3) }
    let quantiles = shares.map { NormalDistribution.quantile($0) }
    var mean = [Double](repeating: 0, count: layout.dimension)
    for (place, coordinate) in values.enumerated() { mean[coordinate] = component.mean[place] }
    for (gap, marker) in markers.enumerated() {
      mean[marker.coordinate] = marker.threshold + scales[gap] * quantiles[gap]
    }
    let latent = LatentGaps(
      component.covariance.rows(dimension: values.count), statistics, index, shares: shares,
      quantiles: quantiles)
    guard !latent.isIndependent || !component.covariance.isAxisAligned else {
      var variances = [Double](repeating: 0, count: layout.dimension)
      for (place, coordinate) in values.enumerated() {
        variances[coordinate] = latent.values[place][place]
      }
      for (gap, marker) in markers.enumerated() {
        variances[marker.coordinate] = scales[gap] * scales[gap]
      }
      return .init(weight: component.weight, mean: mean, covariance: .diagonal(variances))
    }
    var rows = [[Double]](
      repeating: [Double](repeating: 0, count: layout.dimension), count: layout.dimension)
    for (i, first) in values.enumerated() {
      for (j, second) in values.enumerated() { rows[first][second] = latent.values[i][j] }
      for (gap, marker) in markers.enumerated() {
        let covariance = scales[gap] * latent.withValues[gap][i]
        rows[first][marker.coordinate] = covariance
        rows[marker.coordinate][first] = covariance
      }
    }
    for (i, first) in markers.enumerated() {
      for (j, second) in markers.enumerated() {
        rows[first.coordinate][second.coordinate] =
          scales[i] * scales[j] * latent.withEachOther[i][j]
      }
    }
    return .init(weight: component.weight, mean: mean, covariance: .full(rows))
  }
}

/// The covariances of standard normal coordinates, which tell of missing cells, with values and with each
/// other.
private struct LatentGaps {
  /// The least variance of a coordinate given everything else.
  private static let leastVariance = 0.02

  let values: [[Double]]
  /// Markers by values.
  private(set) var withValues: [[Double]]
  /// Markers by markers.
  private(set) var withEachOther: [[Double]]

  var isIndependent: Bool {
    withValues.allSatisfy { $0.allSatisfy { $0 == 0 } }
      && withEachOther.indices.allSatisfy { i in
        withEachOther.indices.allSatisfy { i == $0 || withEachOther[i][$0] == 0 }
      }
  }

  init(
    _ values: [[Double]], _ statistics: GapStatistics, _ component: Int, shares: [Double],
    quantiles: [Double]
  ) {
    let (v, m) = (values.count, shares.count)
    let count = statistics.rows[component]
    self.values = values
    withValues = [[Double]](repeating: [Double](repeating: 0, count: v), count: m)
    withEachOther = (0..<m).map { i in (0..<m).map { $0 == i ? 1 : 0 } }
    guard count > 0, let factor = try? Cholesky(of: values.flatMap(\.self), dimension: v) else {
      return
    }
    for gap in 0..<m {
      let height =
        Double.exp(-quantiles[gap] * quantiles[gap] / 2) / (2 * Double.pi).squareRoot()
      let raw = statistics.covariances[component][gap].map { $0 / height }
      // How much of the marker the values tell; what chance alone would tell is taken away.
      let told = Self.square(raw, factor)
      guard told.isFinite, told > 0 else { continue }
      let kept = max(0, 1 - Double(v) / (count * told))
      let most = (1 - Self.leastVariance) / (kept * kept * told)
      withValues[gap] = raw.map { $0 * kept * min(1, most.squareRoot()) }
    }
    for i in 0..<m {
      for j in 0..<i {
        let joint = statistics.jointShares[component][i][j]
        // As shares are: a little towards independence.
        let probability = (joint * count + shares[i] * shares[j]) / (count + 1)
        let raw = NormalOrthant.correlation(
          below: quantiles[i], quantiles[j], probability: probability)
        let kept = raw * max(0, 1 - 1 / (count * raw * raw))
        withEachOther[i][j] = kept.isFinite ? kept : 0
        withEachOther[j][i] = withEachOther[i][j]
      }
    }
    shrink(factor)
  }

  /// x^T C^{-1} x.
  private static func square(_ x: [Double], _ factor: Cholesky) -> Double {
    whitened(x, factor).reduce(0) { $0 + $1 * $1 }
  }

  private static func whitened(_ x: [Double], _ factor: Cholesky) -> [Double] {
    let n = x.count
    var y = x
    for row in 0..<n {
      for k in 0..<row { y[row] -= factor.lower[row * n + k] * y[k] }
      y[row] /= factor.lower[row * n + row]
    }
    return y
  }

  /// Makes correlations smaller until they belong to a law.
  private mutating func shrink(_ factor: Cholesky) {
    let m = withValues.count
    let whitened = withValues.map { Self.whitened($0, factor) }
    for step in 0...40 {
      let kept = 1 - Double(step) / 40
      let rest = (0..<m).flatMap { i in
        (0..<m).map { j in
          let told = zip(whitened[i], whitened[j]).reduce(0) { $0 + $1.0 * $1.1 }
          return (i == j ? 1 - Self.leastVariance / 2 : kept * withEachOther[i][j])
            - kept * kept * told
        }
      }
      guard (try? Cholesky(of: rest, dimension: m)) != nil else { continue }
      for i in 0..<m {
        withValues[i] = withValues[i].map { $0 * kept }
        for j in 0..<m where j != i { withEachOther[i][j] *= kept }
      }
      return
    }
  }
}
