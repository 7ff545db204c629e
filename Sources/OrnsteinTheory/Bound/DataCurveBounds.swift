import RealModule

/// What is known of the curves J(t), I(t) and M(u) of a law from a few numbers.
///
/// For any law with finite second moment, with alpha and sigma those of the canonical process,
///
///     J(t) <= d / sigma^2,
///     I(t) <= alpha^2 M_2 + d alpha^4 / sigma^2,
///     M(u) <= min(k / u, d M_2 / (d + u M_2)),
///     E |Hessian of log p_t|_F^2 <= (d^2 + 3 d) / sigma^4;
///
/// with a Hessian bounded by L, J <= d L and E |H|_F^2 <= d L^2; with finite relative Fisher
/// information, I(t) <= e^{-2t} I(0).
public struct DataCurveBounds: Sendable, Hashable {
  /// The number of coordinates.
  public var dimension: Double
  /// M_2, or `nil`.
  public var secondMoment: Double?
  /// A bound of the norm of the Hessian of log p_t, or `nil`.
  public var lipschitz: Double?
  /// I(0), or `nil`.
  public var fisherInformation: Double?
  /// k with u M(u) <= k, or `nil` for the number of coordinates.
  public var intrinsicDimension: Double?

  /// Curves from what is known.
  ///
  /// - Parameters:
  ///   - dimension: The number of coordinates.
  ///   - secondMoment: M_2, or `nil`.
  ///   - lipschitz: A bound of the norm of the Hessian of log p_t, or `nil`.
  ///   - fisherInformation: I(0), or `nil`.
  ///   - intrinsicDimension: k with u M(u) <= k, or `nil`.
  public init(
    dimension: Double, secondMoment: Double? = nil, lipschitz: Double? = nil,
    fisherInformation: Double? = nil, intrinsicDimension: Double? = nil
  ) {
    self.dimension = dimension
    self.secondMoment = secondMoment
    self.lipschitz = lipschitz
    self.fisherInformation = fisherInformation
    self.intrinsicDimension = intrinsicDimension
  }

  /// A number that J(t) does not exceed; infinite if nothing is known.
  ///
  /// - Parameter time: The canonical time.
  public func fisherInformation(at time: Double) -> Double {
    let anyLaw = dimension / -Double.expMinusOne(-2 * time)
    return min(anyLaw, lipschitz.map { dimension * $0 } ?? .infinity)
  }

  /// A number that I(t) does not exceed; infinite if nothing is known.
  ///
  /// - Parameter time: The canonical time.
  public func relativeFisherInformation(at time: Double) -> Double {
    let signal = Double.exp(-2 * time)
    let noise = -Double.expMinusOne(-2 * time)
    var least = fisherInformation.map { signal * $0 } ?? .infinity
    if let secondMoment {
      least = min(least, signal * secondMoment + dimension * signal * signal / noise)
      if let lipschitz {
        least = min(least, signal * secondMoment + dimension * (noise - 2 + lipschitz))
      }
    }
    return max(0, least)
  }

  /// A number that E |Hessian of log p_t|_F^2 does not exceed, decreasing.
  ///
  /// - Parameter time: The canonical time.
  public func squaredHessian(at time: Double) -> Double {
    let noise = -Double.expMinusOne(-2 * time)
    let anyLaw = (dimension * dimension + 3 * dimension) / (noise * noise)
    return min(anyLaw, lipschitz.map { dimension * $0 * $0 } ?? .infinity)
  }

  /// A number that M(u) does not exceed.
  ///
  /// - Parameter ratio: u = (alpha / sigma)^2, above 0.
  public func meanSquaredError(at ratio: Double) -> Double {
    let flat = min(intrinsicDimension ?? dimension, dimension) / ratio
    guard let secondMoment else { return flat }
    return min(flat, dimension * secondMoment / (dimension + ratio * secondMoment))
  }
}
