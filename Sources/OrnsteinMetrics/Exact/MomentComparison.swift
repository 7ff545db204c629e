import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule

/// How far the mean and covariance of samples are from the exact ones.
public struct MomentComparison: Sendable, Hashable, Codable {
  /// The length of the error of the mean, each coordinate in standard deviations of the target; its
  /// p-value is that of n (m - mu)^T C^{-1} (m - mu), chi-squared.
  public var mean: Comparison
  /// The error of the covariance over the covariance, Frobenius norms (beyond 256 dimensions of the
  /// variances alone); its p-value is Bonferroni's for the largest error of an entry in units of its
  /// standard error among exact draws.
  public var covariance: Comparison
  /// The squared Frechet distance |m - mu|^2 + tr(S + C - 2 (S^{1/2} C S^{1/2})^{1/2}).
  ///
  /// It is the squared Wasserstein-2 distance of the normal laws with these moments, blind to all but
  /// moments; `nil` beyond 256 dimensions.
  public var frechet: Comparison?
  /// The squared Frechet distance less its floor, which is of order 1 / n.
  public var frechetDebiased: Double?

  private static let groups = 20

  /// Compares moments.
  ///
  /// - Parameters:
  ///   - samples: The rows, two groups or more.
  ///   - law: The law.
  ///   - draws: The moments of exact samples of the same size.
  ///   - example: One exact sample, which says how entries of the covariance vary.
  init(
    of samples: Batch<Double>, from law: ReferenceLaw, draws: [SampleMoments],
    example: Batch<Double>
  ) {
    let truth = Truth(law.moments)
    let groupCount = min(Self.groups, samples.count / 2)
    let parts = (0..<groupCount).map { group in
      SampleMoments(
        of: samples, rows: Array(stride(from: group, to: samples.count, by: groupCount)),
        center: truth.moments.mean)
    }
    let all = parts.dropFirst().reduce(parts[0], +)
    let without = parts.map { all - $0 }
    func compare(
      _ measure: (SampleMoments) -> Double, _ pValue: Double?
    ) -> Comparison {
      Comparison(
        value: measure(all), standardError: Wasserstein.jackknife(without.map(measure)),
        floors: draws.map(measure), pValue: pValue)
    }
    mean = compare(
      truth.meanError,
      Significance.chiSquaredTail(truth.hotelling(all), degreesOfFreedom: max(truth.rank, 1)))
    covariance = compare(truth.covarianceError, truth.covarianceTail(all, example: example))
    frechet =
      all.isFull && truth.frechet(all) != nil ? compare({ truth.frechet($0) ?? 0 }, nil) : nil
    frechetDebiased = frechet.map { $0.value - $0.floor }
  }

  /// Exact moments and what is measured by them.
  private struct Truth {
    let moments: DataMoments
    private let eigen: SymmetricEigendecomposition?
    private let law: GaussianLaw

    init(_ moments: DataMoments) {
      self.moments = moments
      law = GaussianLaw(
        mean: [Double](repeating: 0, count: moments.dimension), covariance: moments.covariance)
      eigen =
        moments.dimension <= SampleMoments.largestFullDimension
        ? try? SymmetricEigendecomposition(of: moments.covariance, dimension: moments.dimension)
        : nil
    }

    private func variance(_ j: Int) -> Double {
      moments.covariance[j * moments.dimension + j]
    }

    private var usedAxes: [Int] {
      guard let eigen else { return [] }
      let largest = eigen.values.reduce(0, max)
      return eigen.values.indices.filter { eigen.values[$0] > 1e-12 * largest }
    }

    /// The number of directions in which the law varies.
    var rank: Int {
      eigen == nil
        ? (0..<moments.dimension).count { variance($0) > 0 } : usedAxes.count
    }

    func meanError(_ sample: SampleMoments) -> Double {
      var sum = 0.0
      for (j, shift) in sample.shift.enumerated() where variance(j) > 0 {
        sum += shift * shift / variance(j)
      }
      return sum.squareRoot()
    }

    func hotelling(_ sample: SampleMoments) -> Double {
      let shift = sample.shift
      guard let eigen else {
        // Beyond the dimension of decompositions, as if coordinates were independent.
        let error = meanError(sample)
        return sample.count * error * error
      }
      return usedAxes.reduce(0) { sum, axis in
        var along = 0.0
        for j in shift.indices { along += eigen.vectors[axis * shift.count + j] * shift[j] }
        return sum + sample.count * along * along / eigen.values[axis]
      }
    }

    private func expected(_ sample: SampleMoments) -> [Double] {
      sample.isFull ? moments.covariance : (0..<moments.dimension).map(variance)
    }

    func covarianceError(_ sample: SampleMoments) -> Double {
      let expected = expected(sample)
      var (error, size) = (0.0, 0.0)
      for (found, truth) in zip(sample.covariance, expected) {
        error += (found - truth) * (found - truth)
        size += truth * truth
      }
      return size > 0 ? (error / size).squareRoot() : 0
    }

    func frechet(_ sample: SampleMoments) -> Double? {
      try? law.frechetDistance(
        to: GaussianLaw(mean: sample.shift, covariance: sample.covariance))
    }

    func covarianceTail(_ sample: SampleMoments, example: Batch<Double>) -> Double {
      let d = moments.dimension
      let (found, expected) = (sample.covariance, expected(sample))
      // Standard errors of all entries up to 64 dimensions, of the variances beyond.
      let pairs: [(Int, Int)] =
        d <= 64 ? (0..<d).flatMap { i in (0...i).map { (i, $0) } } : (0..<d).map { ($0, $0) }
      var squares = [Double](repeating: 0, count: pairs.count)
      let rows = min(example.count, 20_000)
      for row in 0..<rows {
        let x = (0..<d).map { example[row, $0] - moments.mean[$0] }
        for (place, (i, j)) in pairs.enumerated() {
          let gap = x[i] * x[j] - moments.covariance[i * d + j]
          squares[place] += gap * gap
        }
      }
      var largest = 0.0
      for (place, (i, j)) in pairs.enumerated() where squares[place] > 0 {
        let index = sample.isFull ? i * d + j : i
        let error = (squares[place] / Double(rows) / sample.count).squareRoot()
        largest = max(largest, abs(found[index] - expected[index]) / error)
      }
      return min(1, 2 * Double(pairs.count) * Significance.normalTail(largest))
    }
  }
}
