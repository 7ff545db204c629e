import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTheory

/// Sums of rows and of their products, which can be added and taken away.
struct SampleMoments: Sendable {
  var count = 0.0
  var sum: [Double]
  /// Sums of products, row-major, or of squares alone where the dimension is large.
  var products: [Double]
  let isFull: Bool

  /// The largest dimension of which all covariances are looked at.
  static let largestFullDimension = 256

  init(dimension: Int) {
    isFull = dimension <= Self.largestFullDimension
    sum = [Double](repeating: 0, count: dimension)
    products = [Double](repeating: 0, count: isFull ? dimension * dimension : dimension)
  }

  /// The moments of some rows about a center, which keeps the digits of their spread.
  init(of points: Batch<Double>, rows: [Int]? = nil, center: [Double]) {
    let d = points.dimension
    self.init(dimension: d)
    let rows = rows ?? Array(0..<points.count)
    count = Double(rows.count)
    var turned = [Double](repeating: 0, count: d * rows.count)
    var straight = turned
    points.withUnsafeBufferPointer { elements in
      for (place, row) in rows.enumerated() {
        for j in 0..<d {
          let x = elements[row * d + j] - center[j]
          sum[j] += x
          straight[place * d + j] = x
          turned[j * rows.count + place] = x
        }
      }
    }
    if isFull {
      products = SystemLinearAlgebra.current.product(
        turned, straight, rows: d, inner: rows.count, columns: d)
    } else {
      for j in 0..<d {
        var squares = 0.0
        for place in rows.indices {
          let x = turned[j * rows.count + place]
          squares += x * x
        }
        products[j] = squares
      }
    }
  }

  static func + (left: SampleMoments, right: SampleMoments) -> SampleMoments {
    left.combined(right, 1)
  }

  static func - (left: SampleMoments, right: SampleMoments) -> SampleMoments {
    left.combined(right, -1)
  }

  private func combined(_ other: SampleMoments, _ sign: Double) -> SampleMoments {
    var result = self
    result.count += sign * other.count
    for j in sum.indices { result.sum[j] += sign * other.sum[j] }
    for j in products.indices { result.products[j] += sign * other.products[j] }
    return result
  }

  /// The mean less the center.
  var shift: [Double] { sum.map { $0 / count } }

  /// The unbiased covariance, or variances.
  var covariance: [Double] {
    let d = sum.count
    return products.indices.map { place in
      let (i, j) = isFull ? (place / d, place % d) : (place, place)
      return (products[place] - sum[i] * sum[j] / count) / (count - 1)
    }
  }
}
