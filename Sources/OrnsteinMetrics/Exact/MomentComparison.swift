import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory
import RealModule

/// How far the mean and covariance of samples are from the exact ones.
public struct MomentComparison: Sendable, Hashable, Codable {
  /// The length of the error of the mean, each coordinate in standard deviations of the target; its
  /// p-value is that of n (m - mu)^T C^{-1} (m - mu), chi-squared but for the kurtosis of the law.
  public var mean: Comparison
  /// The error of the covariance over the covariance, Frobenius norms (beyond 256 dimensions of the
  /// variances alone); its p-value is Bonferroni's for the errors of the entries, each by its standard
  /// error and skewness among exact draws.
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
  ///   - key: The randomness of the exact draws that say how moments vary.
  ///   - threads: How many threads draw.
  init(
    of samples: Batch<Double>, from law: ReferenceLaw, draws: [SampleMoments], key: NoiseKey,
    threads: Int
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
    let rows = Self.exampleRows(beside: samples.count, dimension: law.dimension)
    let example = law.draw(
      rows: 0..<rows, key: ReferenceLaw.key(key, repetition: 6500), threads: threads)
    mean = compare(truth.meanError, truth.meanTail(all, among: example))
    covariance = compare(truth.covarianceError, truth.covarianceTail(all, among: example))
    frechet =
      all.isFull && truth.frechet(all) != nil ? compare({ truth.frechet($0) ?? 0 }, nil) : nil
    frechetDebiased = frechet.map { $0.value - $0.floor }
  }

  /// How many exact draws say how moments vary: so many that what the samples reach now and then is among
  /// them, as far as time allows.
  private static func exampleRows(beside samples: Int, dimension d: Int) -> Int {
    let pairs = d <= Truth.pairedDimension ? d * (d + 1) / 2 : d
    return min(100 * samples, max(20_000, 4_000_000 / (pairs + d)))
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

    /// x^T C^{-1} x; beyond the dimension of decompositions as if coordinates were independent.
    private func size(_ x: [Double], along axes: [Int]) -> Double {
      guard let eigen else {
        return x.indices.reduce(0) {
          variance($1) > 0 ? $0 + x[$1] * x[$1] / variance($1) : $0
        }
      }
      return axes.reduce(0) { sum, axis in
        var along = 0.0
        for j in x.indices { along += eigen.vectors[axis * x.count + j] * x[j] }
        return sum + along * along / eigen.values[axis]
      }
    }

    /// The p-value of the mean: n (m - mu)^T C^{-1} (m - mu) has the mean k, the rank, and the variance
    /// 2 k + (E s^2 - k (k + 2)) / n where s is the same of one point.
    func meanTail(_ sample: SampleMoments, among points: Batch<Double>) -> Double {
      let (axes, k) = (usedAxes, Double(max(rank, 1)))
      let limit = max(2000, 100_000_000 / (moments.dimension * moments.dimension))
      let rows = min(points.count, limit)
      var fourth = 0.0
      for row in 0..<rows {
        let x = moments.mean.indices.map { points[row, $0] - moments.mean[$0] }
        let square = size(x, along: axes)
        fourth += square * square
      }
      let excess = max(0, fourth / Double(rows) - k * (k + 2)) / sample.count
      return Significance.squaresTail(
        sample.count * size(sample.shift, along: axes), mean: k, variance: 2 * k + excess)
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

    /// The largest dimension of which all entries of the covariance are tested, beyond it variances.
    static let pairedDimension = 64

    /// The p-value of the covariance.
    func covarianceTail(_ sample: SampleMoments, among points: Batch<Double>) -> Double {
      let d = moments.dimension
      let (found, expected) = (sample.covariance, expected(sample))
      let pairs: [(Int, Int)] =
        d <= Self.pairedDimension
        ? (0..<d).flatMap { i in (0...i).map { (i, $0) } } : (0..<d).map { ($0, $0) }
      var squares = [Double](repeating: 0, count: pairs.count)
      var cubes = squares
      for row in 0..<points.count {
        let x = (0..<d).map { points[row, $0] - moments.mean[$0] }
        for (place, (i, j)) in pairs.enumerated() {
          let gap = x[i] * x[j] - moments.covariance[i * d + j]
          squares[place] += gap * gap
          cubes[place] += gap * gap * gap
        }
      }
      let rows = Double(points.count)
      var least = 1.0
      for (place, (i, j)) in pairs.enumerated() where squares[place] > 0 {
        let index = sample.isFull ? i * d + j : i
        let deviation = (squares[place] / rows).squareRoot()
        let away = (found[index] - expected[index]) / (deviation / sample.count.squareRoot())
        // Samples too far away for numbers.
        guard away.isFinite else { return 0 }
        let skewness =
          cubes[place] / rows / (deviation * deviation * deviation) / sample.count.squareRoot()
        least = min(
          least, Significance.skewedTail(abs(away), skewness: away > 0 ? skewness : -skewness))
      }
      return min(1, 2 * Double(pairs.count) * least)
    }
  }
}
