import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// Learns by keeping the data: the empirical measure, stopped at the noise at which rows that had no
/// part in it are most likely.
///
/// The exact minimiser of the denoising loss on n rows gives the rows back; stopped at the noise h, it
/// is the kernel density estimate of bandwidth h. The logarithm of h is chosen by a scan of the range
/// from the smallest gaps to the spread of the rows and Brent's method at the best of it, with the mean
/// log-density of each row under the law of the others (or of held-out rows) as the goal. Rows equal to
/// the one that judges are left out with it, so that repeated values do not drive h to 0.
///
/// The bandwidth is one number for all coordinates: bring them to similar scales first. The same bits
/// for any number of threads. Costs about 30 passes over the distances of 4096 rows to all.
///
/// - Source: Duin, IEEE Transactions on Computers 25 (1976) 1175; Brent, Algorithms for Minimization
///   without Derivatives (1973), chapter 5.
public struct KernelLearner: Sendable {
  static let minimumRows = 4
  private static let scanned = 16
  private static let draws = 1024

  /// How the bandwidth is chosen.
  public var settings: KernelSettings

  /// A learner with settings.
  public init(_ settings: KernelSettings = KernelSettings()) { self.settings = settings }

  /// Chooses a bandwidth and makes the law of all rows.
  ///
  /// - Parameters:
  ///   - data: The rows, 4 or more.
  ///   - weights: One number a row, 0 or more, in any scale; `nil` for equal weights.
  ///   - key: The randomness of the choice of rows, and of the draws that are looked at.
  ///   - threads: How many threads work; does not change the result.
  ///   - events: Told of each bandwidth that was tried; answers whether to go on. A search that is
  ///     stopped gives the best so far.
  /// - Throws: ``KernelError`` if the rows have no kernel law, or nothing was tried.
  public func fit(
    _ data: Batch<Double>, weights: [Double]? = nil, key: NoiseKey, threads: Int = 1,
    events: (KernelEvent) -> Bool = { _ in true }
  ) throws(KernelError) -> KernelFit {
    try settings.validate()
    let law = try measure(data, weights)
    let judges = try split(law, key)
    let fresh = judges.distances.findings(
      of: judges.queries, bandwidths: [], leavingOutCopies: true, threads: threads)
    var search = BandwidthSearch(judges, threads: threads)
    var isConverged = true
    if let bandwidth = settings.bandwidth {
      isConverged = search.run([bandwidth], events)
    } else {
      let range = try range(of: law, fresh)
      isConverged =
        search.scan(range, count: Self.scanned, events)
        && search.refine(tolerance: settings.tolerance, events)
    }
    guard let best = search.best else { throw .stopped }
    return KernelFit(
      law: try smoothed(law, best.bandwidth), heldOutLogDensity: search.summary(best.bandwidth),
      trials: search.trials,
      memorisation: try memorisation(judges, best.bandwidth, fresh, key, threads),
      copyShare: Double(fresh.count { $0.leftOut > judges.ownCopies }) / Double(fresh.count),
      isConverged: isConverged)
  }

  /// The rows of weight above 0 as a law.
  private func measure(
    _ data: Batch<Double>, _ weights: [Double]?
  ) throws(KernelError) -> EmpiricalMeasure<Double> {
    if let weights {
      guard weights.count == data.count, weights.allSatisfy({ $0.isFinite && $0 >= 0 }),
        weights.count(where: { $0 > 0 }) >= 2
      else { throw .invalidWeights }
    }
    let bad = data.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    if let bad { throw .notFinite(row: bad / data.dimension, column: bad % data.dimension) }
    guard data.count >= Self.minimumRows,
      let measure = try? EmpiricalMeasure(points: data, weights: weights),
      measure.points.count >= Self.minimumRows
    else {
      throw .tooFewRows(
        count: weights.map { $0.count { $0 > 0 } } ?? data.count, minimum: Self.minimumRows)
    }
    return measure
  }

  private func smoothed(
    _ law: EmpiricalMeasure<Double>, _ bandwidth: Double
  ) throws(KernelError) -> SmoothedMeasure<Double> {
    do throws(TargetError) {
      return try SmoothedMeasure(law, bandwidth: bandwidth)
    } catch {
      throw .noSpread
    }
  }

  /// The rows that judge, and the points that they are judged by.
  private func split(
    _ law: EmpiricalMeasure<Double>, _ key: NoiseKey
  ) throws(KernelError) -> KernelJudges {
    let n = law.points.count
    let order = EpochPermutation(of: n, stream: key.stream(.split))
    switch settings.selection {
    case .leaveOneOut:
      let rows =
        n <= settings.mostQueries
        ? Array(0..<n) : (0..<settings.mostQueries).map { order[$0] }.sorted()
      return KernelJudges(law: law, points: Array(0..<n), queries: rows, ownCopies: 1)
    case .heldOut(let share):
      let kept = min(n - 2, max(2, Int((share * Double(n)).rounded())))
      guard n - kept >= 2 else { throw .tooFewRows(count: n, minimum: Self.minimumRows) }
      return KernelJudges(
        law: law, points: (kept..<n).map { order[$0] }.sorted(),
        queries: (0..<min(kept, settings.mostQueries)).map { order[$0] }.sorted(), ownCopies: 0)
    }
  }

  /// From below the smallest gaps to beyond the spread of the rows.
  private func range(
    of law: EmpiricalMeasure<Double>, _ fresh: [KernelDistances.Finding]
  ) throws(KernelError) -> ClosedRange<Double> {
    let moments = law.moments
    let d = law.dimension
    let trace = (0..<d).reduce(0) { $0 + moments.covariance[$1 * d + $1] }
    let spread = (trace / Double(d)).squareRoot()
    let gaps = fresh.map(\.closest).filter { $0 < .infinity }.sorted()
    guard let gap = gaps.isEmpty ? nil : gaps[gaps.count / 20], spread > 1e-90, spread < 1e90
    else { throw .noSpread }
    let highest = 2 * spread
    let lowest = min(max(gap / Double(d).squareRoot() / 4, 1e-9 * spread), highest / 100)
    return lowest...highest
  }

  private func memorisation(
    _ judges: KernelJudges, _ bandwidth: Double, _ fresh: [KernelDistances.Finding],
    _ key: NoiseKey, _ threads: Int
  ) throws(KernelError) -> KernelMemorisation {
    let drawn = try smoothed(judges.law, bandwidth)
      .drawExactly(rows: 0..<min(Self.draws, max(fresh.count, 64)), key: key)
    let found = judges.distances.findings(
      of: drawn, bandwidths: [], leavingOutCopies: false, threads: threads)
    return KernelMemorisation(
      drawn: found.map(\.closest),
      fresh: fresh.map { $0.leftOut > judges.ownCopies ? 0 : $0.closest })
  }
}

/// The rows that judge a bandwidth, and the points that they are judged by.
struct KernelJudges: Sendable {
  let law: EmpiricalMeasure<Double>
  let distances: KernelDistances
  let queries: Batch<Double>
  /// The weight of each query.
  let weights: [Double]
  /// How many copies of itself a query has among the points by being one of them.
  let ownCopies: Int

  init(law: EmpiricalMeasure<Double>, points: [Int], queries: [Int], ownCopies: Int) {
    func rows(_ rows: [Int]) -> Batch<Double> {
      let d = law.dimension
      return Batch(unsafeUninitializedCount: rows.count, dimension: d) { output in
        law.points.withUnsafeBufferPointer { points in
          for (place, row) in rows.enumerated() {
            for j in 0..<d { output[place * d + j] = points[row * d + j] }
          }
        }
      }
    }
    self.ownCopies = ownCopies
    let total = points.reduce(0) { $0 + law.weights[$1] }
    let kept = rows(points)
    distances = KernelDistances(kept, weights: points.map { law.weights[$0] / total })
    self.queries = rows(queries)
    weights = queries.map { law.weights[$0] }
    // Draws are compared with the points that fresh rows are compared with.
    self.law =
      points.count == law.points.count
      ? law : (try? EmpiricalMeasure(points: kept, weights: points.map { law.weights[$0] })) ?? law
  }
}
