import RealModule

/// alpha X_0 + sigma xi for X_0 = -a or a, each with probability 1/2.
///
/// With y = a alpha x / sigma^2 the posterior mean is a tanh y and the posterior variance
/// a^2 / cosh^2 y.
struct VertexLaw: CoordinateLaw {
  let level: NoiseLevel
  private let halfWidth: Double
  private let signal: Double
  private let variance: Double
  private let logConstant: Double

  init(halfWidth: Double, at level: NoiseLevel) {
    self.level = level
    self.halfWidth = halfWidth
    signal = level.alpha * halfWidth
    variance = level.sigma * level.sigma
    logConstant = -.log(2 * .pi) / 2 - .log(level.sigma) - .log(2)
  }

  func score(_ x: Double) -> Double { (signal * .tanh(signal * x / variance) - x) / variance }

  func logDensity(_ x: Double) -> Double {
    let distance = (abs(x) - signal) / level.sigma
    return logConstant - distance * distance / 2
      + .log(onePlus: .exp(-2 * abs(signal * x / variance)))
  }

  func posterior(_ x: Double) -> (mean: Double, variance: Double) {
    let y = signal * x / variance
    let decay = Double.exp(-2 * abs(y))
    let slope = 4 * decay / ((1 + decay) * (1 + decay))
    return (halfWidth * .tanh(y), halfWidth * halfWidth * slope)
  }
}
