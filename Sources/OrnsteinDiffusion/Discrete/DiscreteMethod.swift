import RealModule

/// How discrete states are led back from noise to data.
public enum DiscreteMethod: String, Sendable, Codable, CaseIterable {
  /// Jumps with probability rate times step, rates frozen over the step; at most one a coordinate.
  case euler
  /// Jumps with probability 1 - exp(-rate times step), rates frozen over the step, to a state drawn
  /// by its share of the rate; at most one jump a coordinate.
  case tauLeaping = "tau-leaping"
  /// Each coordinate by its exact law given the noised point, all coordinates independently: the
  /// posterior of the clean coordinate is frozen, not the rate. For the absorbing process this
  /// unmasks a coordinate with probability (e^{-s} - e^{-t}) / (1 - e^{-t}).
  case ancestral
  /// Unmasks one coordinate after the other at its random time; absorbing process only. Exact.
  case oneAtATime = "one-at-a-time"
  /// Thins a Poisson process of candidate jumps whose rate bounds the reverse rates. Exact.
  case uniformization

  /// A method by its name; "unmasking" is the ancestral one.
  ///
  /// - Throws: ``DiscreteError/unknownName(kind:name:known:)``.
  public init(name: String) throws(DiscreteError) {
    guard let method = DiscreteMethod(rawValue: name == "unmasking" ? "ancestral" : name) else {
      throw .unknownName(kind: "sampler", name: name, known: Self.allCases.map(\.rawValue))
    }
    self = method
  }

  /// What the method does, in one line.
  public var summary: String {
    switch self {
    case .euler: "jump with probability rate times step, rates frozen"
    case .tauLeaping: "jump with probability 1 - exp(-rate times step), rates frozen"
    case .ancestral: "each coordinate by its exact law given the noised point, independently"
    case .oneAtATime: "unmask one coordinate after the other (absorbing process)"
    case .uniformization: "thin candidate jumps of a bounding rate"
    }
  }

  /// The order of the total variation error in the step, or `nil` for an exact method.
  public var order: Int? { isExact ? nil : 1 }

  /// Whether the law is that of the reverse process itself, whatever the steps.
  public var isExact: Bool { self == .oneAtATime || self == .uniformization }

  /// Where the method comes from.
  public var source: String {
    switch self {
    case .euler: "arXiv 2310.16834, section 4"
    case .tauLeaping: "arXiv 2205.14987, section 4.3"
    case .ancestral: "arXiv 2107.03006, section 3; unmasking in 2406.07524, 2406.04329"
    case .oneAtATime: "arXiv 2409.02908; Hoogeboom et al., arXiv 2110.02037"
    case .uniformization: "arXiv 2402.08095, algorithm 1"
    }
  }

  /// Writes the law of one coordinate after a step from time t to s < t, for the methods whose
  /// coordinates move independently.
  ///
  /// - Parameters:
  ///   - law: Receives `process.symbols` probabilities.
  ///   - state: The coordinate at time t.
  ///   - posterior: The law of the clean coordinate, `process.states` numbers.
  func coordinateLaw(
    into law: UnsafeMutableBufferPointer<Double>, of state: Int,
    posterior: UnsafeBufferPointer<Double>, from t: Double, to s: Double,
    process: DiscreteProcess
  ) {
    switch self {
    case .ancestral, .oneAtATime, .uniformization:
      process.bridge(into: law, of: state, posterior: posterior, from: t, to: s)
    case .euler, .tauLeaping:
      let total = process.reverseRates(into: law, of: state, posterior: posterior, at: t)
      guard total > 0 else {
        law[state] = 1
        return
      }
      let expected = total * (t - s)
      let leaves = self == .euler ? min(1, expected) : -.expMinusOne(-expected)
      for symbol in law.indices { law[symbol] *= leaves / total }
      law[state] = 1 - leaves
    }
  }
}

extension DiscreteProcess {
  /// Writes the rates at which a coordinate jumps in reverse time, 0 for staying; their sum.
  ///
  /// The rate to y is Q(y, x) E[P_t(X_0, y) / P_t(X_0, x) | X_t = x].
  func reverseRates(
    into rates: UnsafeMutableBufferPointer<Double>, of state: Int,
    posterior: UnsafeBufferPointer<Double>, at time: Double
  ) -> Double {
    rates.update(repeating: 0)
    switch kind {
    case .uniform:
      let same = transition(from: 0, to: 0, after: time)
      let other = transition(from: 0, to: 1, after: time)
      var total = 0.0
      for y in 0..<states where y != state {
        let ratio =
          posterior[state] * other / same + posterior[y] * same / other
          + max(0, 1 - posterior[state] - posterior[y])
        rates[y] = ratio / Double(states)
        total += rates[y]
      }
      return total
    case .absorbing:
      guard state == states else { return 0 }
      let rate = 1 / Double.expMinusOne(time)
      for y in 0..<states { rates[y] = posterior[y] * rate }
      return rate
    }
  }

  /// Writes the law of a coordinate at s < t given its state at t, averaged over its clean state.
  func bridge(
    into law: UnsafeMutableBufferPointer<Double>, of state: Int,
    posterior: UnsafeBufferPointer<Double>, from t: Double, to s: Double
  ) {
    law.update(repeating: 0)
    switch kind {
    case .uniform:
      let (sameT, otherT) = (
        transition(from: 0, to: 0, after: t), transition(from: 0, to: 1, after: t)
      )
      let (sameS, otherS) = (
        transition(from: 0, to: 0, after: s), transition(from: 0, to: 1, after: s)
      )
      let (stay, jump) = (
        transition(from: 0, to: 0, after: t - s), transition(from: 0, to: 1, after: t - s)
      )
      let here = posterior[state]
      var total = 0.0
      for y in 0..<states {
        // Over the clean states other than the current one.
        let elsewhere = otherS * (1 - here) + (y == state ? 0 : posterior[y] * (sameS - otherS))
        let inside = here * (y == state ? sameS : otherS) / sameT + elsewhere / otherT
        law[y] = max(0, inside) * (y == state ? stay : jump)
        total += law[y]
      }
      for y in 0..<states { law[y] /= total }
    case .absorbing:
      guard state == states else {
        law[state] = 1
        return
      }
      let lost = -Double.expMinusOne(-t)
      let unmasked = -.exp(-s) * .expMinusOne(s - t) / lost
      for y in 0..<states { law[y] = posterior[y] * unmasked }
      law[states] = -.expMinusOne(-s) / lost
    }
  }
}
