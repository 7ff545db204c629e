import OrnsteinMetrics
import OrnsteinNumerics
import OrnsteinTables

/// How far samples are from a reference: jointly and column by column.
///
/// Numbers are standardised by mean and standard deviation of the reference; categories are corners
/// 1 apart, a missing cell being one more category; an angle is a point of the circle. A value of one
/// thus means a standard deviation, or another category.
public struct TableEvaluation: Sendable, Codable {
  /// How a column of the samples differs from that of the reference.
  public struct ColumnResult: Sendable, Codable {
    /// The name of the column.
    public var name: String
    /// What is measured: `wasserstein`, in standard deviations of the reference, or
    /// `total-variation`.
    public var measure: String
    /// The distance and its noise floor.
    public var comparison: Comparison
  }

  /// The rows of the samples.
  public var sampleRows: Int
  /// The rows of the reference.
  public var referenceRows: Int
  /// The rows of each that are compared, at most ``rowLimit``.
  public var comparedRows: Compared
  /// The energy distance of whole rows.
  public var energyDistance: Comparison
  /// The sliced Wasserstein-1 distance of whole rows.
  public var slicedWasserstein: Comparison
  /// The squared maximum mean discrepancy of whole rows.
  public var kernelDiscrepancy: Comparison
  /// The bandwidth of its kernel, the median distance within the reference.
  public var kernelBandwidth: Double
  /// The exact Wasserstein-2 distance of whole rows, of ``transportRows`` of each table.
  public var transportDistance: Comparison
  /// How many rows of each table the exact distance is of.
  public var transportRows: Compared
  /// The squared Frechet distance of mean and covariance; `nil` beyond 256 coordinates.
  public var frechet: Comparison?
  /// Whether the samples copy the rows of training, where those were given.
  public var memorisation: Memorisation?
  /// The columns, in the order of the reference.
  public var columns: [ColumnResult]

  /// How many rows of each table are compared.
  public struct Compared: Sendable, Codable {
    /// Rows of the samples.
    public var samples: Int
    /// Rows of the reference.
    public var reference: Int
  }

  /// The most rows of a table that are compared; of larger tables, a random subset is.
  public static let rowLimit = 5000
  /// The most rows of a table whose exact transport is sought.
  public static let transportLimit = 400

  /// Compares two tables.
  ///
  /// - Parameters:
  ///   - samples: The rows to judge, with the columns of the reference.
  ///   - reference: Real rows, best ones that the model has not seen.
  ///   - training: The rows that the model has seen, to look for copies of them; with the reference's
  ///     columns, and rows of which none is in the reference.
  ///   - hints: What the user knows about the columns.
  ///   - seed: The seed of subsets, cuts and directions.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``/OrnsteinTables/TableError`` if the tables do not have the same columns, or have
  ///   too few rows.
  public init(
    of samples: Table, against reference: Table, training: Table? = nil,
    hints: SchemaHints = SchemaHints(), seed: UInt64 = 0, threads: Int = 1
  ) throws {
    let space = try EvaluationSpace(samples, reference, training: training, hints: hints)
    let key = NoiseKey(seed: seed)
    let first = PooledSamples.subset(of: space.samples, limit: Self.rowLimit, key: key)
    let second = PooledSamples.subset(of: space.reference, limit: Self.rowLimit, key: key)
    let pool = PooledSamples(first, second, key: key)
    sampleRows = samples.rowCount
    referenceRows = reference.rowCount
    comparedRows = Compared(samples: first.count, reference: second.count)
    energyDistance = try EnergyDistance.compare(pool, threads: threads)
    slicedWasserstein = try SlicedWasserstein.compare(pool, key: key, threads: threads)
    kernelBandwidth = KernelDiscrepancy.medianBandwidth(of: second)
    kernelDiscrepancy = try KernelDiscrepancy.compare(
      pool, bandwidth: kernelBandwidth, threads: threads)
    let few = PooledSamples(
      PooledSamples.subset(of: first, limit: Self.transportLimit, key: key),
      PooledSamples.subset(of: second, limit: Self.transportLimit, key: key), key: key, cuts: 9)
    transportRows = Compared(samples: few.firstCount, reference: few.secondCount)
    transportDistance = try OptimalTransport.compare(few, threads: threads)
    frechet = try FrechetDistance.compare(pool, threads: threads)
    memorisation = try space.training.map {
      try Memorisation(of: space.samples, training: $0, heldOut: space.reference, threads: threads)
    }
    columns = space.columns.map { column in
      ColumnResult(
        name: column.name, measure: column.isNumber ? "wasserstein" : "total-variation",
        comparison: column.compare(in: pool))
    }
  }
}
