import OrnsteinNumerics
import RealModule

/// The path-space divergence of a discrete sampler from the exact reverse process, by enumeration.
///
/// For true rates r and rates r' of the sampler the divergence is the score entropy
///
///     integral of E[sum_y r'(x, y) - r(x, y) + r(x, y) log(r(x, y) / r'(x, y))] dt,
///
/// x following the true process; it bounds the divergence of the laws at the stop, given equal laws
/// at the horizon.
///
/// - Source: Lou, Meng, Ermon, arXiv 2310.16834, theorem 3.6; Campbell et al., arXiv 2205.14987,
///   proposition 2.
public enum DiscretePathCost {
  /// The divergence of the chain with a model's rates, simulated exactly.
  ///
  /// - Parameters:
  ///   - model: What the rates come from.
  ///   - target: The law of the data.
  ///   - process: What noised them.
  ///   - t: The horizon.
  ///   - s: The stop, above 0.
  ///   - panels: Panels of the quadrature in log time, eight nodes each.
  /// - Throws: ``DiscreteError`` if the target has too many points.
  public static func divergence(
    of model: any DiscreteModel, on target: DiscreteTarget, process: DiscreteProcess,
    from t: Double, to s: Double, panels: Int = 8
  ) throws(DiscreteError) -> Double {
    var sum = 0.0
    for (time, weight) in nodes(from: t, to: s, panels: panels) {
      let law = try DiscreteLaw(of: target, under: process, at: time)
      for (index, probability) in law.probabilities.enumerated() where probability > 0 {
        let x = law.point(index)
        let exact = law.rates(of: target, at: x, time)
        sum += weight * probability * entropy(exact, law.rates(of: model, at: x, time))
      }
    }
    return sum
  }

  /// The divergence of a sampler that freezes the posterior (`ancestral`) or the rates (`euler`,
  /// `tau-leaping`) of an exact target over each step.
  ///
  /// Between t and s each coordinate of the sampler jumps at the rate that its own past and the
  /// point at t give it. Frozen rates allow a coordinate one jump, the uniform process more: there
  /// the divergence is infinite.
  ///
  /// - Parameters:
  ///   - method: The sampler.
  ///   - target: The law of the data.
  ///   - process: What noised them.
  ///   - times: Decreasing; the last above 0 for the uniform process.
  ///   - panels: Panels of the quadrature in each step, eight nodes each.
  /// - Throws: ``DiscreteError`` if the target has too many points or the method is exact.
  public static func divergence(
    of method: DiscreteMethod, on target: DiscreteTarget, process: DiscreteProcess,
    along times: [Double], panels: Int = 2
  ) throws(DiscreteError) -> Double {
    guard !method.isExact else { return 0 }
    if method != .ancestral, process.kind == .uniform { return .infinity }
    var sum = 0.0
    for (t, s) in zip(times, times.dropFirst()) {
      let late = try DiscreteLaw(of: target, under: process, at: t)
      for (time, weight) in nodes(from: t, to: s, panels: panels) {
        let early = try DiscreteLaw(of: target, under: process, at: time)
        for (index, probability) in late.probabilities.enumerated() where probability > 0 {
          let x = late.point(index)
          let posterior = late.posterior(of: target, at: x, t)
          for (other, density) in early.probabilities.enumerated() where density > 0 {
            let y = early.point(other)
            // P(X_t = x, X_u = y)
            let joint = x.indices.reduce(density) {
              $0 * process.transition(from: y[$1], to: x[$1], after: t - time)
            }
            guard joint > 0 else { continue }
            let exact = early.rates(of: target, at: y, time)
            let frozen = frozenRates(
              method, process, posterior, from: x, at: y, started: t, time)
            sum += weight * joint * entropy(exact, frozen)
          }
        }
      }
    }
    return sum
  }

  /// The rates at time u < t of a sampler that was at x at t and is at y.
  private static func frozenRates(
    _ method: DiscreteMethod, _ process: DiscreteProcess, _ posterior: [Double], from x: [Int],
    at y: [Int], started t: Double, _ u: Double
  ) -> [Double] {
    let (states, symbols) = (process.states, process.symbols)
    var rates = [Double](repeating: 0, count: x.count * symbols)
    for i in x.indices {
      // The law of the clean coordinate given its frozen posterior at t and the state at u.
      var clean = (0..<states).map { a in
        posterior[i * states + a] * process.transition(from: a, to: y[i], after: u)
          / process.transition(from: a, to: x[i], after: t)
      }
      let sum = clean.reduce(0, +)
      guard sum > 0 else { continue }
      clean = clean.map { $0 / sum }
      if method != .ancestral {
        guard x[i] == y[i] else { continue }
        clean = Array(posterior[i * states..<(i + 1) * states])
      }
      rates.withUnsafeMutableBufferPointer { rates in
        clean.withUnsafeBufferPointer { clean in
          let row = UnsafeMutableBufferPointer(rebasing: rates[i * symbols..<(i + 1) * symbols])
          let time = method == .ancestral ? u : t
          let total = process.reverseRates(into: row, of: y[i], posterior: clean, at: time)
          guard method == .euler, total > 0 else { return }
          // A jump at a time uniform in the step has the hazard rate / (1 - rate (t - u)).
          let left = 1 - total * (t - u)
          for symbol in row.indices { row[symbol] = left > 0 ? row[symbol] / left : .infinity }
        }
      }
    }
    return rates
  }

  /// sum r' - r + r log(r / r').
  private static func entropy(_ exact: [Double], _ model: [Double]) -> Double {
    zip(exact, model).reduce(0) { sum, pair in
      let (rate, other) = pair
      if rate == 0 { return sum + other }
      return sum + (other - rate + rate * .log(rate / other))
    }
  }

  /// Gauss-Legendre nodes and weights for an integral over time, equal panels of log time (of time
  /// for an interval that reaches 0).
  private static func nodes(
    from t: Double, to s: Double, panels: Int
  ) -> [(time: Double, weight: Double)] {
    let isLogarithmic = s > 0
    let (low, high) = isLogarithmic ? (Double.log(s), Double.log(t)) : (s, t)
    let half = (high - low) / Double(panels) / 2
    return (0..<panels).flatMap { panel in
      let middle = low + half * Double(2 * panel + 1)
      return gaussLegendre.flatMap { node, weight in
        [-node, node].map { offset in
          let place = middle + half * offset
          return isLogarithmic
            ? (.exp(place), weight * half * .exp(place)) : (place, weight * half)
        }
      }
    }
  }

  /// The positive nodes of the eight-point rule on [-1, 1], with weights.
  private static let gaussLegendre: [(Double, Double)] = [
    (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
  ]
}
