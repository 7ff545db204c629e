import OrnsteinNumerics

/// The total variation distance of categories: half the sum of differences of shares.
public enum TotalVariation {
  /// The distance of two samples of categories.
  ///
  /// - Parameters:
  ///   - codes: The category of each row of the pool, 0 or more.
  ///   - samples: The pool.
  public static func compare(_ codes: [Int], in samples: PooledSamples) -> Comparison {
    precondition(codes.count == samples.rows.count, "One category a row is needed.")
    let categories = (codes.max() ?? 0) + 1
    func distance(_ cut: [Bool], without group: Int? = nil) -> Double {
      var shares = [(first: Double, second: Double)](repeating: (0, 0), count: categories)
      var counts = (first: 0.0, second: 0.0)
      for (row, code) in codes.enumerated() where samples.groups[row] != group {
        if cut[row] {
          shares[code].first += 1
          counts.first += 1
        } else {
          shares[code].second += 1
          counts.second += 1
        }
      }
      return shares.reduce(0) {
        $0 + abs($1.first / counts.first - $1.second / counts.second) / 2
      }
    }
    let groups = (0..<samples.groupCount).map { distance(samples.cuts[0], without: $0) }
    return Comparison(
      value: distance(samples.cuts[0]), standardError: Wasserstein.jackknife(groups),
      floors: samples.cuts.dropFirst().map { distance($0) })
  }
}
