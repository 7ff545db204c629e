import OrnsteinDiffusion
import RealModule

/// What stopping before the level without noise costs: bounds of the Wasserstein-2 distance between the
/// data and exactly noised data at the stop, after the finish of a plan.
///
/// Each is the root mean square of X_0 - f(alpha X_0 + sigma xi) for the map f of the finish.
///
/// - Source: H. Chen, Lee, Lu, arXiv 2211.01916, section 2 (rescaling); the rest is the same coupling.
public enum EarlyStopping {
  /// Without a finish, sqrt((1 - alpha)^2 M_2 + sigma^2 d).
  ///
  /// - Parameters:
  ///   - level: The stop.
  ///   - secondMoment: M_2 = E|X_0|^2.
  ///   - dimension: d.
  public static func bound(
    at level: NoiseLevel, secondMoment: Double, dimension: Int
  ) -> Double {
    // sigma^2 / (1 + alpha) is 1 - alpha without its cancellation where alpha^2 + sigma^2 = 1.
    let loss =
      abs(level.scale - 1) < 1e-12
      ? level.sigma * level.sigma / (1 + level.alpha) : 1 - level.alpha
    return (loss * loss * secondMoment + level.sigma * level.sigma * Double(dimension))
      .squareRoot()
  }

  /// With the points divided by alpha, sqrt(d) sigma / alpha.
  ///
  /// - Parameters:
  ///   - level: The stop.
  ///   - dimension: d.
  public static func boundRescaled(at level: NoiseLevel, dimension: Int) -> Double {
    level.sigma / level.alpha * Double(dimension).squareRoot()
  }

  /// With the points replaced by their posterior means, the root of E|X_0 - E[X_0 | X_t]|^2.
  ///
  /// - Parameters:
  ///   - level: The stop.
  ///   - moments: The moments of the data; without a mean square error the one of the best affine
  ///     denoiser is taken, at most sum_i c_ii / (1 + u c_ii).
  ///   - meanSquareError: E|X_0 - E[X_0 | X_t]|^2, if known.
  public static func boundDenoised(
    at level: NoiseLevel, moments: DataMoments, meanSquareError: Double? = nil
  ) -> Double {
    let d = moments.dimension
    let ratio = level.sigma / level.alpha
    let affine = (0..<d).reduce(0.0) { sum, axis in
      let variance = moments.covariance[axis * d + axis]
      // c / (1 + u c) = c r / (r + c) with r = 1 / u.
      return variance > 0 ? sum + variance * ratio / (ratio + variance / ratio) : sum
    }
    return min(affine, meanSquareError ?? .infinity).squareRoot()
  }

  /// The bound for a plan's finish, or `nil` for ``/OrnsteinDiffusion/Finish/mean``, whose last step is
  /// no step of the process.
  ///
  /// - Parameters:
  ///   - finish: What is done at the stop.
  ///   - level: The stop.
  ///   - moments: The moments of the data.
  ///   - meanSquareError: E|X_0 - E[X_0 | X_t]|^2 at the stop, if known.
  public static func bound(
    after finish: Finish, at level: NoiseLevel, moments: DataMoments,
    meanSquareError: Double? = nil
  ) -> Double? {
    let d = moments.dimension
    switch finish {
    case .none: return bound(at: level, secondMoment: moments.secondMoment, dimension: d)
    case .rescale: return boundRescaled(at: level, dimension: d)
    case .denoise:
      return boundDenoised(at: level, moments: moments, meanSquareError: meanSquareError)
    case .mean: return nil
    }
  }

  /// The canonical time delta = log(1 + epsilon^2 / d) / 2 at which rescaled points are within
  /// epsilon of the data.
  ///
  /// - Parameters:
  ///   - error: epsilon, above 0.
  ///   - dimension: d.
  public static func stop(forRescaledError error: Double, dimension: Int) -> Double {
    .log(onePlus: error * error / Double(dimension)) / 2
  }
}

extension DataMoments {
  /// E|X_0|^2.
  public var secondMoment: Double {
    mean.indices.reduce(0) {
      $0 + mean[$1] * mean[$1] + covariance[$1 * dimension + $1]
    }
  }

  /// E|X_0 - E X_0|^2.
  public var totalVariance: Double {
    mean.indices.reduce(0) { $0 + covariance[$1 * dimension + $1] }
  }
}
