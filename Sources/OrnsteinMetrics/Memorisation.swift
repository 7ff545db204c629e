import OrnsteinNumerics

/// Whether samples lie closer to the rows a model was trained on than fresh rows of the law do.
///
/// Distances reward a model that copies its training rows; this shows the copying.
public struct Memorisation: Sendable, Equatable, Codable {
  /// The median distance from a sample to the closest training row, over that from a held-out row.
  ///
  /// 1 for a perfect model; far below 1: memorised; far above 1: off the data; `nil` where half of the
  /// held-out rows are copies of training rows themselves.
  public var medianRatio: Double?
  /// The share of samples closer to a training row than the closest 5 % of held-out rows are; 0.05 for
  /// a perfect model.
  public var closeShare: Double
  /// The share of samples equal to a training row.
  public var copyShare: Double
  /// The share of held-out rows equal to a training row: what a perfect model scores.
  public var heldOutCopyShare: Double

  /// Measures distances to the closest training row.
  ///
  /// - Parameters:
  ///   - samples: The rows of a model.
  ///   - training: The rows it was trained on.
  ///   - heldOut: Fresh rows of the law.
  ///   - threads: How many threads work; the values do not depend on it.
  public init<Scalar: BatchScalar>(
    of samples: Batch<Scalar>, training: Batch<Scalar>, heldOut: Batch<Scalar>, threads: Int = 1
  ) throws(MetricError) {
    try MetricError.check(samples, training, rows: 1)
    try MetricError.check(heldOut, training, rows: 1)
    let rows = training.converted(to: Double.self)
    func closest(_ batch: Batch<Scalar>) -> [Double] {
      PairwiseDistances(batch.converted(to: Double.self), rows).closest(threads: threads).sorted()
    }
    let ours = closest(samples)
    let fresh = closest(heldOut)
    let median = fresh[fresh.count / 2]
    medianRatio = median > 0 ? ours[ours.count / 2] / median : nil
    let limit = fresh[fresh.count / 20]
    closeShare = Double(ours.count { $0 < limit }) / Double(ours.count)
    copyShare = Double(ours.count { $0 == 0 }) / Double(ours.count)
    heldOutCopyShare = Double(fresh.count { $0 == 0 }) / Double(fresh.count)
  }
}
