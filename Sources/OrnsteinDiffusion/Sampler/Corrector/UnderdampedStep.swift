import RealModule

/// The exact solution over a time h of the underdamped Langevin diffusion with a frozen score.
///
/// With s the score,
///
///     dx = v dt,  dv = s dt - gamma v dt + sqrt(2 gamma) dW,
///
/// whose stationary law with the score of p is p times N(0, I):
///
///     x' = x + drift v + curve s + n_x,  v' = decay v + drift s + n_v
///
/// with a = gamma h, decay = e^{-a}, drift = (1 - e^{-a}) / gamma, curve = (h - drift) / gamma and
/// (n_x, n_v) normal: Var n_x = F(a) / gamma^2, Cov(n_x, n_v) = (1 - e^{-a})^2 / gamma,
/// Var n_v = 1 - e^{-2a}, F(a) = 2a - 3 + 4 e^{-a} - e^{-2a}. Drawn as n_x = positionNoise z_1,
/// n_v = sharedNoise z_1 + velocityNoise z_2.
///
/// - Source: Cheng, Chatterji, Bartlett, Jordan, arXiv 1707.03663, lemma 11, in units of mass 1.
public struct UnderdampedStep: Sendable, Hashable {
  /// The share of the velocity that remains.
  public let decay: Double
  /// The position gained per unit of velocity, and the velocity gained per unit of score.
  public let drift: Double
  /// The position gained per unit of score.
  public let curve: Double
  /// The deviation of n_x.
  public let positionNoise: Double
  /// The part of n_v that goes with n_x.
  public let sharedNoise: Double
  /// The part of n_v of its own.
  public let velocityNoise: Double

  /// The step of a length and a friction, both 0 or more; without friction there is no noise.
  public init(step h: Double, friction: Double) {
    let a = friction * h
    decay = .exp(-a)
    let lost = -Double.expMinusOne(-a)
    let mean = a > 0 ? lost / a : 1
    drift = h * mean
    curve = h * h * Self.curvature(a)
    guard a > 1e-17 else {
      // The leading terms, exact to rounding.
      positionNoise = h * .sqrt(2 * a / 3)
      sharedNoise = .sqrt(1.5 * a)
      velocityNoise = .sqrt(a / 2)
      return
    }
    let spread = Double.sqrt(Self.displacementVariance(a))
    positionNoise = h * spread / a
    sharedNoise = lost * lost / spread
    velocityNoise = .sqrt(max(-.expMinusOne(-2 * a) - sharedNoise * sharedNoise, 0))
  }

  /// F(a) = 2a - 3 + 4 e^{-a} - e^{-2a}, the variance of n_x in units of 1 / gamma^2, without
  /// cancellation.
  public static func displacementVariance(_ a: Double) -> Double {
    guard a < 0.3 else { return 2 * a - 3 + 4 * .exp(-a) - .exp(-2 * a) }
    // sum over n >= 3 of (-a)^n (4 - 2^n) / n!.
    var (power, twos, sum) = (-a * a * a / 6, 8.0, 0.0)
    var n = 3.0
    while true {
      let term = power * (4 - twos)
      sum += term
      if abs(term) <= 1e-18 * abs(sum) { return sum }
      n += 1
      power *= -a / n
      twos *= 2
    }
  }

  /// (a - 1 + e^{-a}) / a^2, without cancellation.
  private static func curvature(_ a: Double) -> Double {
    guard a < 0.3 else { return (a + .expMinusOne(-a)) / (a * a) }
    // sum over n >= 0 of (-a)^n / (n + 2)!.
    var (term, sum, n) = (0.5, 0.5, 2.0)
    while abs(term) > 1e-18 {
      n += 1
      term *= -a / n
      sum += term
    }
    return sum
  }
}
