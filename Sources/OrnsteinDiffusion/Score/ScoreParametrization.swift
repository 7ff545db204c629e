import OrnsteinNumerics
import RealModule

/// The quantities by which one and the same score can be expressed.
///
/// With kappa^2 = alpha^2 + sigma^2 and s the score of x = alpha x_0 + sigma xi:
///
/// - denoiser m = E[x_0 | x] = (x + sigma^2 s) / alpha (Tweedie);
/// - noise eps = E[xi | x] = -sigma s;
/// - velocity v = alpha eps - sigma m = E[alpha xi - sigma x_0 | x], so m = (alpha x - sigma v) /
///   kappa^2 and eps = (sigma x + alpha v) / kappa^2.
///
/// Each is affine in each other at fixed x.
///
/// - Source: Salimans, Ho, arXiv 2202.00512, section 4 (velocity, there with kappa = 1).
public enum ScoreParametrization: String, Sendable, Codable, CaseIterable {
  /// E[xi | x].
  case noise
  /// E[x_0 | x].
  case denoiser
  /// grad log p_t(x).
  case score
  /// E[alpha xi - sigma x_0 | x].
  case velocity

  /// The coefficients by which a value in this parametrization becomes one in another:
  /// other = position x + value this.
  ///
  /// No coefficient is a difference of nearly equal numbers, and none is infinite where the
  /// conversion exists (from the velocity to the others at alpha = 0, for one).
  public func coefficients(
    to other: ScoreParametrization, at level: NoiseLevel
  ) -> (position: Double, value: Double) {
    let (alpha, sigma) = (level.alpha, level.sigma)
    let square = alpha * alpha + sigma * sigma
    return switch (self, other) {
    case (.noise, .noise), (.denoiser, .denoiser), (.score, .score), (.velocity, .velocity): (0, 1)
    case (.score, .noise): (0, -sigma)
    case (.score, .denoiser): (1 / alpha, sigma * sigma / alpha)
    case (.score, .velocity): (-sigma / alpha, -sigma * square / alpha)
    case (.noise, .score): (0, -1 / sigma)
    case (.noise, .denoiser): (1 / alpha, -sigma / alpha)
    case (.noise, .velocity): (-sigma / alpha, square / alpha)
    case (.denoiser, .score): (-1 / (sigma * sigma), alpha / (sigma * sigma))
    case (.denoiser, .noise): (1 / sigma, -alpha / sigma)
    case (.denoiser, .velocity): (alpha / sigma, -square / sigma)
    case (.velocity, .score): (-1 / square, -alpha / (sigma * square))
    case (.velocity, .noise): (sigma / square, alpha / square)
    case (.velocity, .denoiser): (alpha / square, -sigma / square)
    }
  }

  /// Replaces values in this parametrization by values in another.
  ///
  /// - Parameters:
  ///   - values: One value for each of `points`, overwritten.
  ///   - other: The parametrization to come.
  ///   - points: The coordinates x.
  ///   - level: The noise level of the points.
  public func convert<Scalar: BatchScalar>(
    _ values: inout MutableSpan<Scalar>, to other: ScoreParametrization, points: Span<Scalar>,
    at level: NoiseLevel
  ) {
    precondition(
      values.count == points.count,
      "\(values.count) values do not belong to \(points.count) coordinates.")
    guard other != self else { return }
    let (position, value) = coefficients(to: other, at: level)
    values.withUnsafeMutableBufferPointer { values in
      points.withUnsafeBufferPointer { points in
        combine(into: values, Scalar(value), points, Scalar(position))
      }
    }
  }

  /// The factor by which an excess mean squared error in this parametrization exceeds the squared
  /// score error E|s_hat - s|^2 that it stands for.
  ///
  /// Noise: sigma^2; denoiser: sigma^4 / alpha^2; score: 1; velocity: sigma^2 kappa^4 / alpha^2.
  public func excessRisk(perSquaredScoreErrorAt level: NoiseLevel) -> Double {
    let factor = ScoreParametrization.score.coefficients(to: self, at: level).value
    return factor * factor
  }

  /// The factor from an excess mean squared error in this parametrization to that in another.
  public func excessRiskFactor(to other: ScoreParametrization, at level: NoiseLevel) -> Double {
    let factor = coefficients(to: other, at: level).value
    return factor * factor
  }
}

/// values <- factor values + shift points.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func combine<Scalar: BatchScalar>(
  into values: UnsafeMutableBufferPointer<Scalar>, _ factor: Scalar,
  _ points: UnsafeBufferPointer<Scalar>, _ shift: Scalar
) {
  for index in 0..<values.count {
    values[index] = factor * values[index] + shift * points[index]
  }
}
