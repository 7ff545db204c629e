import RealModule

/// The generator 𝓛 f = tr ∇² f - <y, ∇f> / tau^2 of the Ornstein-Uhlenbeck process whose stationary law
/// is N(0, tau^2 I), applied to functions point by point.
///
/// Derivatives are central differences of the fourth order; each application loses digits, so for
/// iterates of smooth functions the coefficients of a ``HermiteExpansion`` are better.
public struct OrnsteinUhlenbeckGenerator: Sendable, Hashable {
  /// tau^2.
  public let variance: Double
  /// The distance of the differences.
  public let step: Double

  /// The generator of a stationary law.
  ///
  /// - Parameters:
  ///   - variance: tau^2.
  ///   - step: The distance of the differences, or `nil` for 2^-8 tau: an error of about 1e-9 for
  ///     functions that vary over distances of tau.
  public init(variance: Double, step: Double? = nil) {
    precondition(variance > 0, "A law of variance \(variance) has no generator.")
    self.variance = variance
    self.step = step ?? variance.squareRoot() / 256
  }

  /// 𝓛 f as a function.
  public func applied(to f: @escaping ([Double]) -> Double) -> ([Double]) -> Double {
    { point in value(of: f, at: point) }
  }

  /// 𝓛^m f as a function, by m nested applications of `2 (2 d)` and more values each.
  public func applied(
    times m: Int, to f: @escaping ([Double]) -> Double
  ) -> ([Double]) -> Double {
    (0..<m).reduce(f) { f, _ in applied(to: f) }
  }

  /// 𝓛 f at a point.
  public func value(of f: ([Double]) -> Double, at point: [Double]) -> Double {
    let centre = f(point)
    var sum = 0.0
    for l in point.indices {
      func shifted(_ steps: Double) -> Double {
        var moved = point
        moved[l] += steps * step
        return f(moved)
      }
      let (a, b, c, d) = (shifted(-2), shifted(-1), shifted(1), shifted(2))
      let slope = (a - 8 * b + 8 * c - d) / (12 * step)
      let curvature = (-a + 16 * b - 30 * centre + 16 * c - d) / (12 * step * step)
      sum += curvature - point[l] * slope / variance
    }
    return sum
  }
}
