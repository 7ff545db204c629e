import OrnsteinNumerics
import RealModule

/// alpha X_0 + sigma xi for X_0 uniform on [-a, a].
///
/// With u = |x| / sigma and h = alpha a / sigma the density is (Phi(u + h) - Phi(u - h)) / (2 alpha a).
/// Of three forms the one is taken in which nothing large is subtracted: quadrature over X_0 where the
/// interval is short against the noise, Mills ratios outside of the interval, error functions inside.
struct IntervalLaw: CoordinateLaw {
  let level: NoiseLevel
  private let halfWidth: Double
  /// alpha a.
  private let signal: Double
  /// alpha a / sigma.
  private let reach: Double

  init(halfWidth: Double, at level: NoiseLevel) {
    self.level = level
    self.halfWidth = halfWidth
    signal = level.alpha * halfWidth
    reach = signal / level.sigma
  }

  private enum Form {
    /// Moments of X_0 / a under the weight exp(u h t - h^2 t^2 / 2) / 2 dt on [-1, 1].
    case short(mass: Double, mean: Double, variance: Double)
    /// The interval seen from its near end, at u - h = near >= 0; `decay` is phi(far) / phi(near) and
    /// `mass` (Phi(far) - Phi(near)) / phi(near).
    case outside(
      near: MillsRatio, distance: Double, far: MillsRatio, decay: Double, mass: Double)
    /// near < 0 < far.
    case inside(near: Double, far: Double, mass: Double)
  }

  private func form(_ x: Double) -> Form {
    let u = abs(x) / level.sigma
    if reach <= 1, u * reach <= 1 { return short(u) }
    let near = (abs(x) - signal) / level.sigma
    let far = u + reach
    if near < 0 {
      let root = Double.sqrt(0.5)
      return .inside(near: near, far: far, mass: (.erf(far * root) + .erf(-near * root)) / 2)
    }
    let decay = Double.exp(-2 * u * reach)
    let (nearRatio, farRatio) = (MillsRatio(near), MillsRatio(far))
    return .outside(
      near: nearRatio, distance: near, far: farRatio, decay: decay,
      mass: nearRatio.ratio - decay * farRatio.ratio)
  }

  /// By the Gauss-Legendre rule with 12 nodes, exact to rounding here, in pairs so that the mean
  /// keeps its relative accuracy near 0.
  private func short(_ u: Double) -> Form {
    var (mass, first, second) = (0.0, 0.0, 0.0)
    for index in 0..<6 {
      let node = Self.nodes[index]
      let weight = Self.weights[index] * .exp(-reach * reach * node * node / 2)
      let even = weight * .cosh(u * reach * node)
      mass += even
      second += even * node * node
      first += weight * node * .sinh(u * reach * node)
    }
    let mean = first / mass
    return .short(mass: mass, mean: mean, variance: second / mass - mean * mean)
  }

  private static let nodes: InlineArray<6, Double> = [
    0.12523340851146891547, 0.36783149899818019375, 0.5873179542866174473,
    0.76990267419430468704, 0.90411725637047485668, 0.98156063424671925069,
  ]
  private static let weights: InlineArray<6, Double> = [
    0.249147045813402785, 0.23349253653835480876, 0.20316742672306592175,
    0.16007832854334622633, 0.10693932599531843096, 0.047175336386511827195,
  ]

  func score(_ x: Double) -> Double {
    guard level.sigma > 0 else { return 0 }
    let u = abs(x) / level.sigma
    let pull: Double =
      switch form(x) {
      case .short(_, let mean, _): reach * mean - u
      case .outside(_, _, _, _, let mass): .expMinusOne(-2 * u * reach) / mass
      case .inside(let near, _, let mass):
        .exp(NormalLaw.logDensity(near)) * .expMinusOne(-2 * u * reach) / mass
      }
    return (x < 0 ? -pull : pull) / level.sigma
  }

  func logDensity(_ x: Double) -> Double {
    guard level.sigma > 0 else { return abs(x) <= signal ? -.log(2 * signal) : -.infinity }
    switch form(x) {
    case .short(let mass, _, _):
      return NormalLaw.logDensity(x / level.sigma) + .log(mass) - .log(level.sigma)
    case .outside(_, let distance, _, _, let mass):
      return NormalLaw.logDensity(distance) + .log(mass) - .log(2 * signal)
    case .inside(_, _, let mass): return .log(mass) - .log(2 * signal)
    }
  }

  func posterior(_ x: Double) -> (mean: Double, variance: Double) {
    let (mean, variance) = relativePosterior(x)
    return (
      (x < 0 ? -mean : mean) * halfWidth, max(variance, 0) * halfWidth * halfWidth
    )
  }

  /// The mean and variance of |X_0| sign(X_0 x) / a given x.
  private func relativePosterior(_ x: Double) -> (mean: Double, variance: Double) {
    switch form(x) {
    case .short(_, let mean, let variance): return (mean, variance)
    case .outside(let near, _, let far, let decay, let mass):
      // The distance W of alpha X_0 / sigma from the near end, less what lies beyond the far end.
      let width = 2 * reach
      let beyond = decay * far.ratio
      let first = (near.meanExcess * near.ratio - beyond * (width + far.meanExcess)) / mass
      let second =
        (near.secondMomentExcess * near.ratio
          - beyond * (width * width + 2 * width * far.meanExcess + far.secondMomentExcess)) / mass
      return (1 - first / reach, (second - first * first) / (reach * reach))
    case .inside(let near, let far, let mass):
      let (atNear, atFar) = (
        Double.exp(NormalLaw.logDensity(near)), Double.exp(NormalLaw.logDensity(far))
      )
      let pull = (atFar - atNear) / mass
      let variance = 1 - (far * atFar - near * atNear) / mass - pull * pull
      return ((abs(x) / level.sigma + pull) / reach, variance / (reach * reach))
    }
  }
}
