import OrnsteinNumerics
import OrnsteinTheory

/// The squared Frechet distance of the moments of two samples: the squared Wasserstein-2 distance of the
/// normal laws with their means and covariances, what "FID" is of other features.
///
/// Its bias is of order d^2 / n: compare samples of one size only, and read it beside its floor. It is
/// blind to all but moments.
///
/// - Source: Dowson, Landau, Journal of Multivariate Analysis 12 (1982) 450.
public enum FrechetDistance {
  /// The largest dimension in which it is taken.
  public static let largestDimension = 256

  /// The squared distance of two samples, or `nil` beyond ``largestDimension`` dimensions.
  ///
  /// - Parameters:
  ///   - samples: The two samples.
  ///   - threads: How many threads work; does not change the result.
  public static func compare(_ samples: PooledSamples, threads: Int = 1) throws -> Comparison? {
    let rows = samples.rows.converted(to: Double.self)
    guard rows.dimension <= largestDimension else { return nil }
    let center = [Double](repeating: 0, count: rows.dimension)
    let all = SampleMoments(of: rows, center: center)
    func distance(_ first: SampleMoments, _ second: SampleMoments) throws -> Double {
      try first.law.frechetDistance(to: second.law)
    }
    func moments(_ isMember: (Int) -> Bool) -> SampleMoments {
      SampleMoments(of: rows, rows: (0..<rows.count).filter(isMember), center: center)
    }
    let distances = try samples.cuts.map { cut in
      let first = moments { cut[$0] }
      return try distance(first, all - first)
    }
    let first = moments { samples.cuts[0][$0] }
    let withoutGroup = try (0..<samples.groupCount).map { group in
      let inFirst = moments { samples.groups[$0] == group && samples.cuts[0][$0] }
      let inSecond = moments { samples.groups[$0] == group && !samples.cuts[0][$0] }
      return try distance(first - inFirst, all - first - inSecond)
    }
    return Comparison(
      value: distances[0], standardError: Wasserstein.jackknife(withoutGroup),
      floors: Array(distances.dropFirst()))
  }
}

extension SampleMoments {
  fileprivate var law: GaussianLaw { GaussianLaw(mean: shift, covariance: covariance) }
}
