import OrnsteinNumerics

/// The rows to learn from and those that judge.
struct JudgingRows {
  let training: Batch<Double>
  let trainingWeights: [Double]?
  let heldOut: Batch<Double>?
  let heldOutWeights: [Double]?

  init(_ points: Batch<Double>, _ weights: [Double]?, holdsOut: Bool, key: NoiseKey) {
    let kept = max(points.count / 10, min(2000, points.count / 5))
    guard holdsOut, kept > 0 else {
      (training, trainingWeights) = (points, weights)
      (heldOut, heldOutWeights) = (nil, nil)
      return
    }
    let order = EpochPermutation(of: points.count, stream: key.stream(.mixtureSplit))
    func rows(_ places: Range<Int>) -> (Batch<Double>, [Double]?) {
      (
        Batch(places.flatMap { points.point(order[$0]) }, dimension: points.dimension),
        weights.map { weights in places.map { weights[order[$0]] } }
      )
    }
    (heldOut, heldOutWeights) = rows(0..<kept)
    (training, trainingWeights) = rows(kept..<points.count)
  }
}
