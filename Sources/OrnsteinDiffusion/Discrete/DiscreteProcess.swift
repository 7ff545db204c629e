import RealModule

/// A continuous-time Markov chain that turns discrete data into noise, each coordinate on its own.
///
/// Time is the cumulative rate tau, so rates are constant. Points have coordinates in
/// 0 ..< ``symbols``.
///
/// - Source: Austin et al., arXiv 2107.03006 (discrete time); Campbell et al., arXiv 2205.14987.
public struct DiscreteProcess: Sendable, Hashable {
  /// What noise does to a coordinate.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Q = 11^T / S - I: at rate 1 the state is drawn anew, uniformly.
    case uniform
    /// At rate 1 the state becomes the mask, and stays.
    case absorbing

    /// A kind by its name.
    ///
    /// - Throws: ``DiscreteError/unknownName(kind:name:known:)``.
    public init(name: String) throws(DiscreteError) {
      guard let kind = Kind(rawValue: name == "masking" ? "absorbing" : name) else {
        throw .unknownName(
          kind: "process", name: name, known: Kind.allCases.map(\.rawValue))
      }
      self = kind
    }
  }

  /// What noise does to a coordinate.
  public let kind: Kind
  /// S, the number of states that data can have.
  public let states: Int

  /// A process on some states.
  ///
  /// - Throws: ``DiscreteError/tooFewStates(_:)``.
  public init(_ kind: Kind, states: Int) throws(DiscreteError) {
    guard states >= 2 else { throw .tooFewStates(states) }
    self.kind = kind
    self.states = states
  }

  /// The number of states of a noised coordinate: S, and one more for the mask.
  public var symbols: Int { kind == .absorbing ? states + 1 : states }

  /// The mask, one above the states of the data; `nil` if there is none.
  public var mask: Int? { kind == .absorbing ? states : nil }

  /// Q(a, b), the rate of jumps from one state to another one.
  public func rate(from a: Int, to b: Int) -> Double {
    guard a != b else { return 0 }
    switch kind {
    case .uniform: return 1 / Double(states)
    case .absorbing: return b == states ? 1 : 0
    }
  }

  /// P_tau(a, b), the probability to be at b after a time tau from a.
  public func transition(from a: Int, to b: Int, after time: Double) -> Double {
    let lost = -Double.expMinusOne(-time)
    switch kind {
    case .uniform: return (a == b ? .exp(-time) : 0) + lost / Double(states)
    case .absorbing:
      if a == states { return b == states ? 1 : 0 }
      if b == states { return lost }
      return a == b ? .exp(-time) : 0
    }
  }

  /// The largest total reverse rate of one coordinate at a time, over all data and all points.
  ///
  /// Given the clean state a, a coordinate at x leaves at the rate
  /// sum_y Q(y, x) P_tau(a, y) / P_tau(a, x), and the posterior averages over a. For the uniform
  /// process the largest is that of x other than a, (1 - p) / (S p) with p = (1 - e^{-tau}) / S; for
  /// the absorbing one all are 1 / (e^tau - 1). Both decrease in time.
  public func largestReverseRate(at time: Double) -> Double {
    switch kind {
    case .uniform:
      let other = -Double.expMinusOne(-time) / Double(states)
      return (1 - other) / (Double(states) * other)
    case .absorbing: return 1 / .expMinusOne(time)
    }
  }
}
