/// What a score network puts out: quantities that are affine in the score.
public enum ScoreParametrization: String, Codable, CaseIterable, Sendable {
  /// E[xi | x].
  case noise
  /// E[X_0 | x].
  case denoiser
  /// sigma times the score.
  case score
  /// alpha E[xi | x] - sigma E[X_0 | x].
  case velocity
}
