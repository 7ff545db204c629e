import RealModule

extension NoiseLevel {
  /// The level that lies a share of the canonical time between this level and a cleaner one.
  ///
  /// The logarithm of the scale kappa is linear in canonical time in between, which is exact where
  /// kappa is constant (variance-preserving processes) and where alpha is, since then
  /// kappa = alpha e^{t_c}; elsewhere it is a level of another process between the same two. The time
  /// is interpolated for display.
  func interpolated(to s: NoiseLevel, share: Double) -> NoiseLevel {
    let canonicalTime = canonicalTime + share * (s.canonicalTime - canonicalTime)
    let scale = scale * .exp(share * .log(s.scale / scale))
    return NoiseLevel(
      time: time + share * (s.time - time), alpha: scale * .exp(-canonicalTime),
      sigma: scale * .sqrt(-.expMinusOne(-2 * canonicalTime)))
  }
}
