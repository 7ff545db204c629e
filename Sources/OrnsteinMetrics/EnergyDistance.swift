import OrnsteinNumerics

/// The energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| of two samples: 0 exactly where the laws
/// are equal, about their squared distance in scale else.
///
/// - Cost: (n + m)² d / 2 multiply-adds; at most 5000 rows a side are used by default, chosen by key.
/// - Source: Székely, Rizzo, Journal of Statistical Planning and Inference 143 (2013).
public struct EnergyDistance: Sendable, Equatable, Codable {
  /// Which average over pairs is taken.
  public enum Statistic: String, Sendable, Codable {
    /// Over pairs of different points: its mean is the distance of the laws, so it may be below 0.
    case unbiased
    /// Over all pairs: at least 0, and 0 for equal samples; biased upwards by about 1 / n.
    case biased
  }

  /// The value.
  public var value: Double
  /// The jackknife standard error over the points of both samples.
  ///
  /// Where the laws are equal the statistic is degenerate, and this is of its order only: compare with
  /// a noise floor then.
  public var standardError: Double

  /// The largest number of rows a side that is compared unless told otherwise.
  public static let rowLimit = 5000

  /// The distance of two samples.
  ///
  /// - Parameters:
  ///   - samples: At least 3 points.
  ///   - reference: At least 3 points of the same dimension, on a scale where 1 is as much in every
  ///     column (see `Standardisation`).
  ///   - statistic: The average over pairs.
  ///   - rowLimit: More rows than this are cut down to a random choice.
  ///   - key: The randomness of that choice.
  ///   - threads: How many threads work; the value does not depend on it.
  public init<Scalar: BatchScalar, Other: BatchScalar>(
    between samples: Batch<Scalar>, and reference: Batch<Other>,
    statistic: Statistic = .unbiased, rowLimit: Int = EnergyDistance.rowLimit,
    key: NoiseKey = NoiseKey(seed: 0), threads: Int = 1
  ) throws(MetricError) {
    try MetricError.check(samples, reference, rows: 3)
    let x = Self.limited(samples, rowLimit, key.stream(.metric, step: 1))
    let y = Self.limited(reference, rowLimit, key.stream(.metric, step: 2))
    self.init(
      across: PairwiseDistances(x, y).sums(threads: threads),
      within: PairwiseDistances(x, x).sums(threads: threads).left,
      reference: PairwiseDistances(y, y).sums(threads: threads).left, statistic)
  }

  private static func limited<Scalar: BatchScalar>(
    _ batch: Batch<Scalar>, _ limit: Int, _ stream: NoiseStream
  ) -> Batch<Double> {
    let rows =
      batch.count > limit
      ? batch.selecting(rows: RowChoice.choose(max(limit, 3), of: batch.count, stream: stream))
      : batch
    return rows.converted(to: Double.self)
  }

  /// The distance from the sums of distances at each point.
  private init(
    across: (left: [Double], right: [Double]), within: [Double], reference: [Double],
    _ statistic: Statistic
  ) {
    let (n, m) = (Double(within.count), Double(reference.count))
    let total = across.left.reduce(0, +)
    let inX = within.reduce(0, +)
    let inY = reference.reduce(0, +)
    func distance(_ xy: Double, _ xx: Double, _ yy: Double, _ n: Double, _ m: Double) -> Double {
      switch statistic {
      case .unbiased: 2 * xy / (n * m) - xx / (n * (n - 1)) - yy / (m * (m - 1))
      case .biased: 2 * xy / (n * m) - xx / (n * n) - yy / (m * m)
      }
    }
    value = distance(total, inX, inY, n, m)
    let withoutX = zip(across.left, within).map { toY, toX in
      distance(total - toY, inX - 2 * toX, inY, n - 1, m)
    }
    let withoutY = zip(across.right, reference).map { toX, toY in
      distance(total - toX, inX, inY - 2 * toY, n, m - 1)
    }
    standardError = (Self.jackknifeVariance(withoutX) + Self.jackknifeVariance(withoutY))
      .squareRoot()
  }

  private static func jackknifeVariance(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    return (count - 1) / count * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}
