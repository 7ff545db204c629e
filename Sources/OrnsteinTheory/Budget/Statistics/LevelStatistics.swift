import OrnsteinDiffusion

/// What is known of a model and of the law of the data at one level of the canonical process.
public struct LevelStatistics: Sendable, Hashable, Codable {
  /// The level.
  public var level: NoiseLevel
  /// E|model score|^2.
  public var squaredScore: Quantity
  /// E<model score, score>.
  public var alignment: Quantity
  /// E|X_0 - model denoiser|^2.
  public var denoisingLoss: Quantity
  /// J = E|score|^2.
  public var fisherInformation: Quantity
  /// I = E|score + x|^2.
  public var relativeFisherInformation: Quantity
  /// M = E|X_0 - E[X_0 | X_t]|^2.
  public var meanSquareError: Quantity
  /// E|Hessian of log p_t|_F^2; from sampled points by the slope of e^{-2t} J.
  public var squaredHessian: Quantity
  /// E|model score - score|^2.
  public var squaredScoreError: Quantity
  /// KL(p_t | G_t) with G_t the normal law with the moments of p_t.
  public var normality: Quantity
}
