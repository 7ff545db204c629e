import OrnsteinNumerics

extension DataMoments {
  /// The mean and covariance of some points, summed in `Double` in row order.
  ///
  /// The covariance is divided by the count, not by the count less one. Costs `n d^2 / 2`
  /// multiply-adds.
  ///
  /// - Parameter points: At least one point.
  public init<Scalar: BatchScalar>(of points: Batch<Scalar>) {
    precondition(points.count >= 1, "The moments of no points are not defined.")
    let (n, d) = (points.count, points.dimension)
    var mean = [Double](repeating: 0, count: d)
    var covariance = [Double](repeating: 0, count: d * d)
    points.withUnsafeBufferPointer { elements in
      for row in 0..<n { for j in 0..<d { mean[j] += Double(elements[row * d + j]) } }
      for j in 0..<d { mean[j] /= Double(n) }
      var centred = [Double](repeating: 0, count: d)
      for row in 0..<n {
        for j in 0..<d { centred[j] = Double(elements[row * d + j]) - mean[j] }
        for i in 0..<d { for j in 0...i { covariance[i * d + j] += centred[i] * centred[j] } }
      }
    }
    for i in 0..<d {
      for j in 0...i {
        covariance[i * d + j] /= Double(n)
        covariance[j * d + i] = covariance[i * d + j]
      }
    }
    self.init(mean: mean, covariance: covariance)
  }
}
