import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// How far the law of the noised data at the horizon is from the law that a sampler starts from:
/// KL(p_T | start), in nats, from moments alone.
///
/// With G the normal law with the moments of p_T the divergence splits exactly,
///
///     KL(p_T | start) = KL(p_T | G) + KL(G | start),
///
/// because every start is normal. The second part is closed; the first, how far p_T is from normal, is
/// at most half of sum_i log(1 + u c_i), with u = alpha^2 / sigma^2 and c_i the eigenvalues of the
/// covariance of the data: the relative entropy is convex, and KL(N(alpha x_0, sigma^2 I) | G) has
/// that mean over x_0. It holds for every law with these moments.
///
/// - Source: Chen, Chewi, Li, Li, Salim, Zhang, arXiv 2209.11215, section 3, for the split of the
///   error; the constants follow by the convexity of the relative entropy.
public enum InitializationDivergence {
  /// The bound for the start N(0, I) of the canonical process, by the second moment alone.
  ///
  ///     KL(p_T | N(0, I)) <= (e^{-2T} (M_2 - d) - d log(1 - e^{-2T})) / 2.
  ///
  /// - Parameters:
  ///   - secondMoment: M_2 = E|X_0|^2.
  ///   - dimension: d.
  ///   - canonicalTime: T, above 0.
  public static func bound(
    secondMoment: Double, dimension: Int, canonicalTime: Double
  ) -> Double {
    let (d, signal) = (Double(dimension), Double.exp(-2 * canonicalTime))
    return (signal * (secondMoment - d) - d * .log(onePlus: -signal)) / 2
  }

  /// The bound for a start of a plan.
  ///
  /// - Parameters:
  ///   - start: The law at the horizon. From the prior it is the bound by the second moment; from the
  ///     normal law with the moments of the noised data it is half of sum_i log(1 + u c_i).
  ///   - moments: The moments of the data, which a moment-matched start must have used.
  ///   - level: The horizon, with noise.
  /// - Throws: ``OracleError/invalidLaw(_:)`` if the covariance is not positive semidefinite.
  public static func bound(
    from start: InitialLaw, moments: DataMoments, at level: NoiseLevel
  ) throws(OracleError) -> Double {
    try normalPart(of: start, moments: moments, at: level)
      + (try normalityBound(moments: moments, at: level))
  }

  /// KL(G | start), what the moments of the noised data miss of those of the start: 0 if matched.
  ///
  /// - Parameters:
  ///   - start: The law at the horizon.
  ///   - moments: The moments of the data.
  ///   - level: The horizon, with noise.
  /// - Throws: ``OracleError/invalidLaw(_:)`` if the covariance is not positive semidefinite.
  public static func normalPart(
    of start: InitialLaw, moments: DataMoments, at level: NoiseLevel
  ) throws(OracleError) -> Double {
    switch start {
    case .momentMatched: 0
    case .process:
      try GaussianLaw(moments).noised(at: level).klDivergence(
        to: GaussianLaw(dimension: moments.dimension, deviation: level.scale))
    }
  }

  /// The bound on KL(p_t | G), half of sum_i log(1 + u c_i).
  ///
  /// - Parameters:
  ///   - moments: The moments of the data.
  ///   - level: The level, with noise.
  ///   - meanSquareError: E|X_0 - E[X_0 | X_t]|^2 or a number below it. As the mean square error falls
  ///     with u, u / 2 of it can be taken off.
  /// - Throws: ``OracleError/invalidLaw(_:)`` if the covariance is not positive semidefinite.
  public static func normalityBound(
    moments: DataMoments, at level: NoiseLevel, meanSquareError: Double = 0
  ) throws(OracleError) -> Double {
    let d = moments.dimension
    let u = level.alpha * level.alpha / (level.sigma * level.sigma)
    do {
      let axes = try SymmetricEigendecomposition(of: moments.covariance, dimension: d)
      let largest = axes.values.reduce(0) { max($0, abs($1)) }
      guard axes.values.allSatisfy({ $0 >= -1e-12 * largest }) else {
        throw OracleError.invalidLaw("the covariance is not positive semidefinite")
      }
      let whole = axes.values.reduce(0) { $0 + .log(onePlus: u * max($1, 0)) }
      return max(0, whole - u * meanSquareError) / 2
    } catch let error as OracleError {
      throw error
    } catch {
      throw .invalidLaw("\(error)")
    }
  }
}
