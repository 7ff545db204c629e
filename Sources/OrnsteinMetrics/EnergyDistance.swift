import OrnsteinNumerics

/// The energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|: 0 for equal laws only.
///
/// Estimated without bias (pairs of a row with itself are left out), so it may come out below 0. The
/// standard error is the delete-one jackknife; where the laws are equal it is too large rather than
/// too small. Costs (n + m)^2 (d + cuts) multiply-adds: choose a subset of large samples.
///
/// - Source: Szekely, Rizzo, Journal of Statistical Planning and Inference 143 (2013) 1249.
public enum EnergyDistance {
  /// The distance of two samples.
  ///
  /// - Parameters:
  ///   - samples: The two samples.
  ///   - threads: How many threads work; does not change the result.
  public static func compare(_ samples: PooledSamples, threads: Int = 1) throws -> Comparison {
    try PairwiseSums(of: samples, .distance, threads: threads).comparison
  }
}
