import OrnsteinNumerics
import RealModule

/// The polynomial of one Voronoi cell of one noise level.
///
/// With z = A (y - o), shrunk to the length ``pointRadius`` where it is longer, and c the centre,
///
///     f(y) = c + clip(sum_a beta_a h_a(z), meanRadius),
///
/// h_a products of orthonormal Hermite polynomials, and clip the shrinking of longer vectors.
public struct PolynomialCell: Sendable, Hashable {
  /// c, the point whose nearest neighbours make the cell; the polynomial's values are counted from it.
  public var centre: [Double]
  /// o, where z = 0: the mean of the noised points of the cell.
  public var origin: [Double]
  /// A, one row of n numbers for each coordinate that the polynomial depends on.
  public var axes: [Double]
  /// The total degree of the polynomial.
  public var degree: Int
  /// beta, n numbers for each Hermite polynomial.
  public var coefficients: [Double]
  /// The longest z that is not shrunk.
  public var pointRadius: Double
  /// The longest value, counted from the centre, that is not shrunk.
  public var meanRadius: Double

  /// The number of coordinates of a point.
  public var dimension: Int { centre.count }
  /// The number of coordinates of z.
  public var rank: Int { axes.count / centre.count }

  /// Writes z for some points, and the factor by which it was shrunk.
  func project(
    _ points: UnsafePointer<Double>, rows: Int, into z: UnsafeMutablePointer<Double>,
    shrinking factors: UnsafeMutablePointer<Double>?
  ) {
    let (n, r) = (dimension, rank)
    for row in 0..<rows {
      var square = 0.0
      for axis in 0..<r {
        var sum = 0.0
        for j in 0..<n { sum += axes[axis * n + j] * (points[row * n + j] - origin[j]) }
        z[row * r + axis] = sum
        square += sum * sum
      }
      let length = square.squareRoot()
      let factor = length > pointRadius ? pointRadius / length : 1
      if factor < 1 { for axis in 0..<r { z[row * r + axis] *= factor } }
      if let factors { factors[row] = factor }
    }
  }
}
