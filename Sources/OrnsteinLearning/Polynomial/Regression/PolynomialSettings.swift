import RealModule

/// How piecewise polynomials are learned.
public struct PolynomialSettings: Codable, Sendable, Hashable {
  /// The variance s_0^2 of the data's own noise, X = mu + s_0 xi.
  public enum BaseVariance: Codable, Sendable, Hashable {
    /// A known variance, 0 or more: 1 for mixtures of identity covariance.
    case known(Double)
    /// From the data, see ``PolynomialRegression``.
    case estimated
  }

  /// The variance of the data's own noise.
  ///
  /// A value that is too large costs resolution: the score cannot vary over much less than s_0. One that
  /// is too small costs samples, no correctness.
  public var baseVariance: BaseVariance
  /// t_min, the variance of the noise added at the last level, or `nil` for 0 where the base variance is
  /// positive and 1e-4 of the mean variance of the coordinates where it is 0.
  public var stop: Double?
  /// The largest ratio by which tau^2 falls from level to level, above 0 and below 1.
  public var levelRatio: Double
  /// alpha_min, the least mass of a ball that deserves a cell, above 0 and below 1.
  public var minimumWeight: Double
  /// c: balls have radius c tau sqrt(2 log(1 / alpha_min)).
  public var coverRadius: Double
  /// The highest total degree tried, 0 to 64.
  public var maximumDegree: Int
  /// The most polynomials of a cell.
  public var maximumFeatures: Int
  /// The least number of rows of a cell for each polynomial.
  public var rowsPerFeature: Double
  /// The ridge, relative to the mean square of a polynomial.
  public var ridge: Double
  /// Whether each level has rows of its own; otherwise all levels see all rows with fresh noise.
  public var splitsRows: Bool
  /// How often a row is noised at a level, the second of two with the noise of the first reversed;
  /// `nil` for 2, and 4 below 20 000 rows.
  public var copies: Int?
  /// The posterior means that the cover of a level is made from.
  public var warmStarts: Int
  /// The dimension above which a cell's polynomials depend only on the directions along which its
  /// posterior mean is seen to vary.
  public var reducedAbove: Int

  /// Settings; those left out have their usual values.
  public init(
    baseVariance: BaseVariance = .known(1), stop: Double? = nil, levelRatio: Double = 0.7,
    minimumWeight: Double = 0.01, coverRadius: Double = 0.5, maximumDegree: Int = 16,
    maximumFeatures: Int = 600, rowsPerFeature: Double = 5, ridge: Double = 1e-8,
    splitsRows: Bool = false, copies: Int? = nil, warmStarts: Int = 2_000, reducedAbove: Int = 6
  ) {
    self.baseVariance = baseVariance
    self.stop = stop
    self.levelRatio = levelRatio
    self.minimumWeight = minimumWeight
    self.coverRadius = coverRadius
    self.maximumDegree = maximumDegree
    self.maximumFeatures = maximumFeatures
    self.rowsPerFeature = rowsPerFeature
    self.ridge = ridge
    self.splitsRows = splitsRows
    self.copies = copies
    self.warmStarts = warmStarts
    self.reducedAbove = reducedAbove
  }

  /// Checks every setting.
  func validate() throws(PolynomialError) {
    func check(_ condition: Bool, _ name: String, _ value: Any, _ expected: String)
      throws(PolynomialError)
    {
      guard condition else {
        throw .setting(name: name, value: "\(value)", expected: expected)
      }
    }
    if case .known(let variance) = baseVariance {
      try check(
        variance >= 0 && variance.isFinite, "base variance", variance, "0 or more and finite")
      if variance == 0, let stop {
        try check(stop > 0, "stop", stop, "positive where the base variance is 0")
      }
    }
    if let stop { try check(stop >= 0 && stop.isFinite, "stop", stop, "0 or more and finite") }
    try check(levelRatio > 0 && levelRatio < 1, "level ratio", levelRatio, "above 0 and below 1")
    try check(
      minimumWeight > 0 && minimumWeight < 1, "minimum weight", minimumWeight,
      "above 0 and below 1")
    try check(
      coverRadius > 0 && coverRadius.isFinite, "cover radius", coverRadius, "positive and finite")
    try check(
      (0...64).contains(maximumDegree), "maximum degree", maximumDegree, "from 0 to 64")
    try check(
      (1...20_000).contains(maximumFeatures), "maximum features", maximumFeatures,
      "from 1 to 20000")
    try check(rowsPerFeature >= 1, "rows per feature", rowsPerFeature, "1 or more")
    try check(ridge >= 0 && ridge.isFinite, "ridge", ridge, "0 or more and finite")
    if let copies { try check((1...64).contains(copies), "copies", copies, "from 1 to 64") }
    try check(
      (10...20_000).contains(warmStarts), "warm starts", warmStarts, "from 10 to 20000")
    try check(reducedAbove >= 0, "reduced above", reducedAbove, "0 or more")
  }

  /// t of each level, decreasing, and tau^2 in equal ratios of at least ``levelRatio``.
  static func addedVariances(
    from first: Double, to last: Double, baseVariance: Double, ratio: Double
  ) -> [Double] {
    let count = max(1, Int((.log(first / last) / -.log(ratio) - 1e-9).rounded(.up)))
    return (0...count).map { k in
      k == count
        ? last - baseVariance
        : first * .pow(last / first, Double(k) / Double(count)) - baseVariance
    }
  }
}
