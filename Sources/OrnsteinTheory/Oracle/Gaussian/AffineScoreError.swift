/// An error of a score that is affine in the point: the model returns score(x) + A x + b.
///
/// On Gaussian data an affine error keeps every law Gaussian, so the effect of a score error on the
/// points is known exactly.
public struct AffineScoreError: Sendable, Hashable {
  /// A, `d * d` numbers, row-major.
  public var matrix: [Double]
  /// b.
  public var offset: [Double]

  /// An error by its coefficients.
  public init(matrix: [Double], offset: [Double]) {
    precondition(
      matrix.count == offset.count * offset.count,
      "A matrix of \(matrix.count) numbers does not fit an offset of \(offset.count).")
    self.matrix = matrix
    self.offset = offset
  }

  /// E|A x + b|^2 for x drawn from a law: the squared score error that training measures.
  public func meanSquare(under law: GaussianLaw) -> Double {
    let d = offset.count
    precondition(
      law.dimension == d, "A law of dimension \(law.dimension) is not of dimension \(d).")
    var sum = 0.0
    for i in 0..<d {
      var mean = offset[i]
      for j in 0..<d {
        mean += matrix[i * d + j] * law.mean[j]
        for k in 0..<d {
          sum += matrix[i * d + j] * law.covariance[j * d + k] * matrix[i * d + k]
        }
      }
      sum += mean * mean
    }
    return sum
  }
}
