import RealModule

/// A linear map of (position, velocity) of one coordinate, the same for all coordinates.
public struct PhaseMatrix: Sendable, Hashable {
  /// Position from position.
  public var xx: Double
  /// Position from velocity.
  public var xv: Double
  /// Velocity from position.
  public var vx: Double
  /// Velocity from velocity.
  public var vv: Double

  /// A map by its entries.
  public init(xx: Double, xv: Double, vx: Double, vv: Double) {
    (self.xx, self.xv, self.vx, self.vv) = (xx, xv, vx, vv)
  }

  /// The map that changes nothing.
  public static let identity = PhaseMatrix(xx: 1, xv: 0, vx: 0, vv: 1)

  /// The image of a vector.
  public func applied(to u: PhaseVector) -> PhaseVector {
    PhaseVector(x: xx * u.x + xv * u.v, v: vx * u.x + vv * u.v)
  }

  /// This map after another one.
  public func after(_ other: PhaseMatrix) -> PhaseMatrix {
    PhaseMatrix(
      xx: xx * other.xx + xv * other.vx, xv: xx * other.xv + xv * other.vv,
      vx: vx * other.xx + vv * other.vx, vv: vx * other.xv + vv * other.vv)
  }

  /// The covariance F C F^T of the image.
  public func applied(to c: PhaseCovariance) -> PhaseCovariance {
    PhaseCovariance(
      xx: xx * xx * c.xx + 2 * xx * xv * c.xv + xv * xv * c.vv,
      xv: xx * vx * c.xx + (xx * vv + xv * vx) * c.xv + xv * vv * c.vv,
      vv: vx * vx * c.xx + 2 * vx * vv * c.xv + vv * vv * c.vv)
  }
}

/// Position and velocity of one coordinate.
public struct PhaseVector: Sendable, Hashable {
  /// The position.
  public var x: Double
  /// The velocity.
  public var v: Double

  /// A vector by its parts.
  public init(x: Double, v: Double) { (self.x, self.v) = (x, v) }
}

/// The covariance of position and velocity of one coordinate.
public struct PhaseCovariance: Sendable, Hashable {
  /// The variance of the position.
  public var xx: Double
  /// The covariance of position and velocity.
  public var xv: Double
  /// The variance of the velocity.
  public var vv: Double

  /// A covariance by its entries.
  public init(xx: Double, xv: Double, vv: Double) { (self.xx, self.xv, self.vv) = (xx, xv, vv) }

  /// xx vv - xv^2.
  public var determinant: Double { xx * vv - xv * xv }

  /// The sum of two covariances.
  public static func + (left: PhaseCovariance, right: PhaseCovariance) -> PhaseCovariance {
    PhaseCovariance(xx: left.xx + right.xx, xv: left.xv + right.xv, vv: left.vv + right.vv)
  }

  /// The lower triangular factor: x = `xx` z1, v = `vx` z1 + `vv` z2 has this covariance.
  public var factor: (xx: Double, vx: Double, vv: Double) {
    guard xx > 0 else { return (0, 0, .sqrt(max(vv, 0))) }
    let root = Double.sqrt(xx)
    let slope = xv / root
    return (root, slope, .sqrt(max(vv - slope * slope, 0)))
  }
}
