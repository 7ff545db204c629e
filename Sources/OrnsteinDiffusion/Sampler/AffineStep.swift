/// One step x' = position x + score s(x) + noise z with z ~ N(0, I).
public struct AffineStep: Sendable, Hashable, Codable {
  /// The coefficient of the point.
  public var position: Double
  /// The coefficient of the score at the point.
  public var score: Double
  /// The standard deviation of the added noise.
  public var noise: Double

  /// A step by its coefficients.
  public init(position: Double, score: Double, noise: Double) {
    self.position = position
    self.score = score
    self.noise = noise
  }

  /// The step of a process from that of the canonical process between the same signal-to-noise
  /// ratios.
  ///
  /// With x = kappa y and score(x) = score(y) / kappa: position kappa' / kappa, score kappa kappa',
  /// noise kappa' times the canonical coefficients.
  public func scaled(from t: NoiseLevel, to s: NoiseLevel) -> AffineStep {
    let (before, after) = (t.scale, s.scale)
    return AffineStep(
      position: position * (after / before), score: score * before * after, noise: noise * after)
  }

  /// Whether all coefficients are numbers.
  public var isFinite: Bool { position.isFinite && score.isFinite && noise.isFinite }
}
