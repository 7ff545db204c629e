import OrnsteinDiffusion
import OrnsteinNumerics

/// How far samples are from an exact law: moments, distribution functions along directions, total
/// variation, KL divergence, energy distance and kernel discrepancy, each beside its floor.
///
/// The floor of a number is what exact samples of the same size score, measured on
/// ``Settings/repetitions`` of them. As JSON (keys in snake case): `samples`, `compared`, `dimension`,
/// `alpha`, `sigma`, `repetitions`, `moments` (`mean`, `covariance`, `frechet`, `frechet_debiased`),
/// `projections` (a list), `sliced_wasserstein1`, `sliced_wasserstein2`, `total_variation`, `partitions`
/// (a list), `kl_divergence`, `energy_distance`, `kernel_discrepancy`, `kernel_bandwidth`,
/// `pairwise_rows`, `verdict` (`is_rejected`, `tests`, `sentence`) and `notes`; where not said
/// otherwise each is a ``Comparison`` (`value`, `standard_error`, `floor`, `floor_standard_deviation`,
/// `p_value`). What cannot be measured is absent, and `notes` say why.
public struct TargetEvaluation: Sendable, Codable {
  /// What can be chosen.
  public struct Settings: Sendable, Hashable {
    /// How many random directions there are beside the coordinates.
    public var directions = 16
    /// How many exact samples make the floors.
    public var repetitions = 19
    /// The seed of directions, subsets and exact samples.
    public var seed: UInt64 = 0
    /// How many threads work; does not change the result.
    public var threads = 1

    /// The usual settings.
    public init() {}
  }

  /// The most samples that are compared; of more, the first are.
  public static let rowLimit = 200_000
  /// The most coordinates of samples that are compared.
  public static let coordinateLimit = 12_800_000
  /// The most coordinate axes that are looked along.
  public static let axisLimit = 128
  /// The most rows of a side whose distances are taken pair by pair.
  public static let pairwiseLimit = 2000
  /// The fewest samples that can be compared.
  public static let fewestRows = 20

  /// The number of samples.
  public var samples: Int
  /// How many of them are compared.
  public var compared: Int
  /// The number of coordinates.
  public var dimension: Int
  /// The samples are compared with alpha X_0 + sigma xi.
  public var alpha: Double
  /// The noise of the law that the samples are compared with.
  public var sigma: Double
  /// How many exact samples make the floors.
  public var repetitions: Int
  /// Mean, covariance and Frechet distance.
  public var moments: MomentComparison
  /// Along each coordinate and each random direction.
  public var projections: [ProjectionResult]
  /// The mean Wasserstein-1 distance over random directions, or over coordinates if there are none.
  public var slicedWasserstein1: Comparison
  /// The root of the mean squared Wasserstein-2 distance over the same directions.
  public var slicedWasserstein2: Comparison
  /// The total variation distance, from below.
  public var totalVariation: TotalVariationWitness?
  /// Total variation distances of cells, from below.
  public var partitions: [PartitionDistance]
  /// The KL divergence of the samples' law from the target.
  public var klDivergence: NeighbourDivergence?
  /// The energy distance to an exact sample; its floor is that of random cuts of both.
  public var energyDistance: Comparison
  /// The squared kernel discrepancy to an exact sample.
  public var kernelDiscrepancy: Comparison
  /// The bandwidth of the kernel, the median distance within the exact sample.
  public var kernelBandwidth: Double
  /// How many rows of samples and of the exact sample are compared pair by pair.
  public var pairwiseRows: Int
  /// What all tests say together.
  public var verdict: TargetVerdict
  /// What was not measured, and why.
  public var notes: [String]

  /// Compares samples with an exact law.
  ///
  /// - Parameters:
  ///   - points: The samples, ``fewestRows`` or more.
  ///   - law: The law that they should have.
  ///   - settings: What can be chosen.
  /// - Throws: ``MetricError`` if there are too few samples, or they are not points of that space.
  public init(
    of points: Batch<Double>, against law: ReferenceLaw, settings: Settings = Settings()
  ) throws {
    try MetricError.check(points, dimension: law.dimension, rows: Self.fewestRows)
    let key = NoiseKey(seed: settings.seed)
    let repetitions = max(settings.repetitions, 2)
    let limit = max(
      Self.fewestRows, min(Self.rowLimit, Self.coordinateLimit / law.dimension))
    let count = min(points.count, limit)
    let rows = count < points.count ? points[0..<count] : points
    samples = points.count
    compared = count
    dimension = law.dimension
    alpha = law.level.alpha
    sigma = law.level.sigma
    self.repetitions = repetitions
    var notes: [String] = []
    if count < points.count {
      notes.append("The first \(count) of \(points.count) samples are compared.")
    }

    let example = law.draw(
      rows: 0..<count, key: ReferenceLaw.key(key, repetition: 0), threads: settings.threads)
    let survey = TargetSurvey(
      law, directions: settings.directions, example: example, key: key, threads: settings.threads)
    let own = try survey.measure(rows)
    var draws = [try survey.measure(example)]
    for repetition in 1..<repetitions {
      draws.append(
        try survey.measure(
          law.draw(
            rows: 0..<count, key: ReferenceLaw.key(key, repetition: repetition),
            threads: settings.threads)))
    }

    moments = MomentComparison(
      of: rows, from: law, draws: draws.map(\.moments), key: key, threads: settings.threads)
    projections = survey.results(own, draws, rows: count)
    slicedWasserstein1 = survey.sliced(\.wasserstein1, own, draws, power: 1)
    slicedWasserstein2 = survey.sliced(\.wasserstein2, own, draws, power: 2)
    partitions = survey.partitions.enumerated().map { index, partition in
      PartitionDistance(
        name: partition.name, counts: own.counts[index], masses: partition.masses,
        draws: draws.map { $0.counts[index] })
    }
    if projections.contains(where: { $0.origin == .draws }) {
      notes.append(
        "Along some directions the law has no closed form; exact draws stand for it there.")
    }
    if law.dimension > Self.axisLimit {
      notes.append("Of \(law.dimension) coordinates the first \(Self.axisLimit) are looked along.")
    }

    totalVariation = try Self.totalVariation(rows, law, survey, key, settings, &notes)
    klDivergence = Self.divergence(rows, law, key, settings, &notes)
    let pairs = try PairwiseResult(rows, example, key: key, threads: settings.threads)
    energyDistance = pairs.energy
    kernelDiscrepancy = pairs.kernel
    kernelBandwidth = pairs.bandwidth
    pairwiseRows = pairs.rows
    if pairs.rows < count {
      notes.append(
        "Energy distance and kernel discrepancy are those of \(pairs.rows) samples and as many exact "
          + "draws.")
    }
    self.notes = notes
    verdict = TargetVerdict(
      Self.tests(moments, projections, partitions, totalVariation, klDivergence)
        + [
          ("energy distance", energyDistance.pValue),
          ("kernel discrepancy", kernelDiscrepancy.pValue),
        ])
  }

  private static func tests(
    _ moments: MomentComparison, _ projections: [ProjectionResult],
    _ partitions: [PartitionDistance], _ witness: TotalVariationWitness?,
    _ divergence: NeighbourDivergence?
  ) -> [(name: String, pValue: Double)] {
    // The directions are one test by Bonferroni.
    let least = projections.reduce(1.0) { min($0, $1.kolmogorovSmirnov.pValue) }
    var tests = [
      ("mean", moments.mean.pValue), ("covariance", moments.covariance.pValue),
      ("distribution functions", min(1, least * Double(projections.count))),
    ]
    for partition in partitions {
      tests.append((partition.testName, partition.comparison.pValue))
    }
    if let witness { tests.append(("total variation", witness.pValue)) }
    if let divergence { tests.append(("KL divergence", divergence.pValue)) }
    return tests
  }

  private static func totalVariation(
    _ rows: Batch<Double>, _ law: ReferenceLaw, _ survey: TargetSurvey, _ key: NoiseKey,
    _ settings: Settings, _ notes: inout [String]
  ) throws -> TotalVariationWitness? {
    guard law.hasDensity else {
      notes.append(
        "Total variation and KL divergence mean nothing: without noise the target has no density. "
          + "Compare with its law at the stop time instead.")
      return nil
    }
    guard rows.count >= TotalVariationWitness.fewestRows else {
      notes.append(
        "Total variation needs \(TotalVariationWitness.fewestRows) samples or more.")
      return nil
    }
    return try TotalVariationWitness(
      of: rows, from: law,
      axes: law.dimension <= Self.axisLimit
        ? Array(survey.laws.prefix(law.dimension)) : nil,
      key: key, threads: settings.threads)
  }

  private static func divergence(
    _ rows: Batch<Double>, _ law: ReferenceLaw, _ key: NoiseKey, _ settings: Settings,
    _ notes: inout [String]
  ) -> NeighbourDivergence? {
    guard law.hasDensity else { return nil }
    do throws(MetricError) {
      let divergence = try NeighbourDivergence(
        of: rows, from: law, key: key, threads: settings.threads)
      if divergence.rows < rows.count {
        notes.append("The KL divergence is that of the first \(divergence.rows) samples.")
      }
      return divergence
    } catch {
      notes.append(error.description)
      return nil
    }
  }
}

extension PartitionDistance {
  fileprivate var testName: String {
    switch name {
    case "components": "weights of components"
    case "log-density": "log-densities"
    default: name
    }
  }
}

/// What is measured pair by pair, on a part of the rows.
private struct PairwiseResult {
  let energy: Comparison
  let kernel: Comparison
  let bandwidth: Double
  let rows: Int

  init(
    _ samples: Batch<Double>, _ draws: Batch<Double>, key: NoiseKey, threads: Int
  ) throws {
    rows = min(samples.count, TargetEvaluation.pairwiseLimit)
    let first = PooledSamples.subset(
      of: samples.converted(to: Float.self), limit: rows, key: key)
    let second = draws[0..<rows].converted(to: Float.self)
    let pool = PooledSamples(first, second, key: key, cuts: 199)
    energy = try EnergyDistance.compare(pool, threads: threads)
    bandwidth = KernelDiscrepancy.medianBandwidth(of: second)
    kernel = try KernelDiscrepancy.compare(pool, bandwidth: bandwidth, threads: threads)
  }
}
