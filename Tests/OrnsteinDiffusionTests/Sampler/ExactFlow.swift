import OrnsteinDiffusion
import RealModule

/// The probability flow of the one-dimensional mixture of the golden values, by plain arithmetic
/// apart from the library.
enum ExactFlow {
  static let components: [(weight: Double, mean: Double, variance: Double)] = [
    (0.3, -2, 0.25), (0.5, 0.5, 0.5), (0.2, 3, 1),
  ]

  /// The score of alpha x_0 + sigma xi.
  static func score(_ x: Double, alpha: Double, sigma: Double) -> Double {
    let parts = components.map { part in
      let variance = alpha * alpha * part.variance + sigma * sigma
      let shift = alpha * part.mean - x
      return (
        log: .log(part.weight) - shift * shift / (2 * variance) - .log(variance) / 2,
        score: shift / variance
      )
    }
    let top = parts.map(\.log).max() ?? 0
    let masses = parts.map { Double.exp($0.log - top) }
    return zip(masses, parts).reduce(0) { $0 + $1.0 * $1.1.score } / masses.reduce(0, +)
  }

  /// The flow in canonical coordinates by log-SNR: dx / d lambda = sigma^2 (x + score).
  private static func slope(_ x: Double, _ lambda: Double) -> Double {
    let alpha = 1 / Double.sqrt(1 + .exp(-2 * lambda))
    let sigma = 1 / Double.sqrt(1 + .exp(2 * lambda))
    return sigma * sigma * (x + score(x, alpha: alpha, sigma: sigma))
  }

  /// The point at each log-SNR that starts as `x` at the first, by the classical Runge-Kutta method
  /// with steps of at most `step`: an error of order step^4.
  static func points(from x: Double, at lambdas: [Double], step: Double = 2.5e-4) -> [Double] {
    var (x, points) = (x, [x])
    for (begin, end) in zip(lambdas, lambdas.dropFirst()) {
      let count = max(Int(((end - begin) / step).rounded(.up)), 1)
      let h = (end - begin) / Double(count)
      for index in 0..<count {
        let lambda = begin + Double(index) * h
        let k1 = slope(x, lambda)
        let k2 = slope(x + h / 2 * k1, lambda + h / 2)
        let k3 = slope(x + h / 2 * k2, lambda + h / 2)
        let k4 = slope(x + h * k3, lambda + h)
        x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
      }
      points.append(x)
    }
    return points
  }

  /// Levels of a process with equal steps of log-SNR from canonical time 3 to 0.01.
  static func levels(
    _ count: Int, of specification: ProcessSpecification = .ornsteinUhlenbeck
  ) throws -> [NoiseLevel] {
    let canonical = OrnsteinUhlenbeck.canonical
    let times = try GridSpecification(.logSNR, steps: count, horizon: 3, stop: 0.01)
      .make(for: canonical).times
    let process = try specification.make()
    return times.map { process.level(at: process.time(ofCanonicalTime: $0)) }
  }
}
