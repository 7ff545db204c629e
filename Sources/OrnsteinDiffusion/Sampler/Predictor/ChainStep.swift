import RealModule

/// The step between two levels as a step of a forward Markov chain, to be read backwards.
///
/// Rules that are published apart for the two kinds of chain decide by the levels: the same alpha at
/// both means that the process only adds noise; any other pair is led to the canonical process,
/// which preserves variance.
enum ChainStep {
  /// x_t = x_s + sqrt(D) z with D = sigma_t^2 - sigma_s^2.
  case exploding(added: Double)
  /// y_t = sqrt(1 - beta) y_s + sqrt(beta) z of the canonical process, beta = 1 - e^{-2h}.
  case preserving(length: Double)

  init(from t: NoiseLevel, to s: NoiseLevel) {
    if t.alpha == s.alpha {
      self = .exploding(added: (t.sigma - s.sigma) * (t.sigma + s.sigma))
    } else {
      self = .preserving(length: t.canonicalTime - s.canonicalTime)
    }
  }
}
