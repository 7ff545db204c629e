/// What was learned at one level.
public struct PolynomialLevelRecord: Codable, Sendable, Hashable {
  /// t, the variance of the added noise.
  public var addedVariance: Double
  /// tau^2 = s_0^2 + t.
  public var variance: Double
  /// The number of cells.
  public var cells: Int
  /// The lowest and highest degree of a cell.
  public var degrees: ClosedRange<Int>
  /// The most coordinates that a polynomial depends on.
  public var rank: Int
  /// The most polynomials of a cell.
  public var features: Int
  /// The rows it was learned from.
  public var rows: Int
  /// An estimate of E‖s - s*‖^2, the mean square error of the score of y.
  ///
  /// It is the variance of the fit, as
  /// the difference of the fits to both halves tells it, and the bias that polynomials of the other
  /// degrees tried would not have. Bias that no degree tried sees is not in it.
  public var scoreError: Double
}

/// Why learning ended.
public enum PolynomialFinish: String, Codable, Sendable {
  /// All levels were learned.
  case levels
  /// The caller asked for it; the model ends at the last level done.
  case stopped
}

/// How a piecewise polynomial score came about.
public struct PolynomialRecord: Codable, Sendable, Hashable {
  /// The settings.
  public var settings: PolynomialSettings
  /// The seed.
  public var seed: UInt64
  /// The rows of the data.
  public var rows: Int
  /// s_0^2 as used.
  public var baseVariance: Double
  /// The levels, from the noisiest.
  public var levels: [PolynomialLevelRecord]
  /// The seconds of learning.
  public var seconds: Double
  /// Why learning ended.
  public var finish: PolynomialFinish

  /// The KL divergence of the paths of the reverse process from t_1 down to the last level that follows
  /// from the errors of the levels, 1/2 of the integral of E‖s - s*‖^2 by t, in nats.
  ///
  /// An estimate as the errors are; start and steps of a sampler come on top. Trapezoids between levels.
  public var pathDivergence: Double {
    zip(levels, levels.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.0.addedVariance - pair.1.addedVariance)
        * (pair.0.scoreError + pair.1.scoreError) / 4
    }
  }
}

/// Where learning stands: after each level.
public struct PolynomialEvent: Sendable, Hashable {
  /// The level just done, counted from 0.
  public var level: Int
  /// The number of levels.
  public var levels: Int
  /// What was learned at it.
  public var record: PolynomialLevelRecord
  /// Seconds since the beginning.
  public var elapsedSeconds: Double
}
