import OrnsteinNumerics
import RealModule

/// Numbers between which a total variation distance lies.
public struct TotalVariationBracket: Sendable, Hashable {
  /// The distance is at least this.
  public var lower: Double
  /// The distance is at most this.
  public var upper: Double
}

extension GaussianLaw {
  /// The total variation distance, half the integral of |p - q|, where it has a closed form: on the
  /// line, and between laws of equal covariance.
  ///
  /// Equal covariances: erf(|m_1 - m_2| / (2 sqrt 2)) with the norm of the covariance. On the line,
  /// with r_1 < r_2 the points where the densities cross,
  /// |F_1(r_2) - F_1(r_1) - F_2(r_2) + F_2(r_1)|.
  ///
  /// - Throws: ``OracleError/noClosedForm(_:)`` for other pairs, ``OracleError/invalidLaw(_:)`` for
  ///   covariances that are not positive definite.
  public func totalVariation(to other: GaussianLaw) throws(OracleError) -> Double {
    if covariance == other.covariance {
      let shift = try whitenedDifference(from: other).shift
      let length = shift.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return .erf(length / (2 * Double.sqrt(2)))
    }
    guard dimension == 1, other.dimension == 1 else {
      throw .noClosedForm("the covariances differ and there is more than one coordinate")
    }
    guard covariance[0] > 0, other.covariance[0] > 0 else {
      throw .invalidLaw("a variance is not positive")
    }
    let roots = crossings(with: other)
    func mass(_ law: GaussianLaw) -> Double {
      let deviation = law.covariance[0].squareRoot() * Double.sqrt(2)
      let (a, b) = ((roots.0 - law.mean[0]) / deviation, (roots.1 - law.mean[0]) / deviation)
      // Differences of tails, not of numbers close to 1.
      return a > 0 ? (.erfc(a) - .erfc(b)) / 2 : (.erfc(-b) - .erfc(-a)) / 2
    }
    return abs(mass(self) - mass(other))
  }

  /// The two points where the densities of laws of unequal variance cross, in ascending order.
  private func crossings(with other: GaussianLaw) -> (Double, Double) {
    // In u = x - m_1: a u^2 + 2 b u + c = 0.
    let (v, w) = (covariance[0], other.covariance[0])
    let shift = other.mean[0] - mean[0]
    let a = (v - w) / (v * w)
    let b = -shift / w
    let c = shift * shift / w - .log(onePlus: (v - w) / w)
    let root = max(b * b - a * c, 0).squareRoot()
    let sum = -(b + (b < 0 ? -root : root))
    let (first, second) = sum == 0 ? (0, 0) : (sum / a, c / sum)
    return (mean[0] + min(first, second), mean[0] + max(first, second))
  }

  /// Bounds of the total variation distance that exist for every pair of normal laws.
  ///
  /// With B the Bhattacharyya coefficient and K the smaller Kullback-Leibler divergence of the two
  /// directions: 1 - B <= TV <= min(sqrt(1 - B^2), sqrt(K / 2), sqrt(1 - e^{-K})).
  ///
  /// - Throws: ``OracleError/invalidLaw(_:)`` for covariances that are not positive definite.
  /// - Source: Pinsker; Bretagnolle, Huber, Seminaire de probabilites 12 (1978), 342.
  public func totalVariationBracket(
    to other: GaussianLaw
  ) throws(OracleError) -> TotalVariationBracket {
    let overlap = try bhattacharyyaCoefficient(with: other)
    let divergence = min(try klDivergence(to: other), try other.klDivergence(to: self))
    return TotalVariationBracket(
      lower: 1 - overlap,
      upper: min(
        (1 - overlap * overlap).squareRoot(), Self.pinskerBound(divergence: divergence),
        Self.bretagnolleHuberBound(divergence: divergence)))
  }

  /// Pinsker's bound of the total variation, sqrt(KL / 2).
  public static func pinskerBound(divergence: Double) -> Double { (divergence / 2).squareRoot() }

  /// The bound of Bretagnolle and Huber, sqrt(1 - e^{-KL}), below 1 for any divergence.
  public static func bretagnolleHuberBound(divergence: Double) -> Double {
    (-Double.expMinusOne(-divergence)).squareRoot()
  }
}
