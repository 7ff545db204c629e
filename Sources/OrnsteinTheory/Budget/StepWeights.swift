import RealModule

/// How the second moments at the upper end of a step enter its cost.
///
///     cost(a, b) = integral from a to b + square A_b - product B_b,
///
/// in canonical time. The integral is that of the Fisher information J, of the relative one, or of
/// minus half the mean square error M over u; A_b and B_b are E|f|^2 and E<f, true f> of what is
/// frozen at b, or half of E|X_0 - f|^2 for the denoiser.
struct StepWeights {
  /// The factor of A_b.
  var square: Double
  /// The factor of B_b.
  var product: Double

  /// The weights of a step from b down to a < b.
  init(_ freezing: Freezing, from a: StepEnd, to b: StepEnd) {
    let h = b.time - a.time
    switch freezing {
    case .score:
      square = h
      product = -2 * .expMinusOne(-h)
    case .relativeScore:
      square = h
      product = 2 * .expMinusOne(h)
    case .denoiser:
      square = a.signalToNoise - b.signalToNoise
      product = 0
    case .noise:
      // The integrals of sigma_b^2 / sigma_t^2 and of sigma_b e^{-(b - t)} / sigma_t.
      square = b.variance * (a.logSNR - b.logSNR)
      product =
        2 * b.variance.squareRoot() * b.signal
        * (1 / b.signalToNoise.squareRoot() - 1 / a.signalToNoise.squareRoot())
    }
  }
}

/// The numbers of an end of a step on the canonical process.
struct StepEnd: Sendable {
  /// t.
  let time: Double
  /// alpha = e^{-t}.
  let signal: Double
  /// sigma^2 = 1 - e^{-2t}.
  let variance: Double
  /// u = alpha^2 / sigma^2.
  let signalToNoise: Double
  /// log(alpha / sigma).
  let logSNR: Double

  init(_ time: Double) {
    self.time = time
    signal = .exp(-time)
    variance = -.expMinusOne(-2 * time)
    signalToNoise = 1 / .expMinusOne(2 * time)
    logSNR = -time - .log(variance) / 2
  }

  /// -2 log(u) is what a step of the noise form integrates; e^{-2t} is the squared signal.
  var squaredSignal: Double { signal * signal }
}
