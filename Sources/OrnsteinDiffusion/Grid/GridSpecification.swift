import RealModule

/// A grid by its kind and ends: what a plan records.
///
/// Horizon and stop are times of the process; left out, they are the process's own. The steps are
/// spread in canonical time (``GridKind``) and mapped to times of the process.
public struct GridSpecification: Sendable, Hashable, Codable {
  /// The largest number of steps.
  public static let maximumSteps = 10_000_000

  /// How the steps are spread.
  public var kind: GridKind
  /// The number of steps.
  public var steps: Int
  /// The time from which one samples, or `nil` for that of the process.
  public var horizon: Double?
  /// The time at which one stops, or `nil` for ``ForwardProcess/defaultStop``.
  public var stop: Double?
  /// The exponent of a Karras grid, or `nil` for 7.
  public var exponent: Double?

  /// A grid by its kind and ends.
  public init(
    _ kind: GridKind, steps: Int, horizon: Double? = nil, stop: Double? = nil,
    exponent: Double? = nil
  ) {
    self.kind = kind
    self.steps = steps
    self.horizon = horizon
    self.stop = stop
    self.exponent = exponent
  }

  /// The grid of a process.
  ///
  /// - Throws: ``GridError`` for a count, an end or an exponent that cannot be.
  public func make(for process: any ForwardProcess) throws(GridError) -> TimeGrid {
    guard (1...Self.maximumSteps).contains(steps) else { throw .invalidSteps(steps) }
    if let exponent {
      guard kind == .karras else { throw .exponentNotUsed(kind: kind.rawValue) }
      guard exponent >= 1, exponent.isFinite else { throw .invalidExponent(exponent) }
    }
    let range = process.timeRange
    let (horizon, stop) = (horizon ?? process.horizon, stop ?? process.defaultStop)
    guard range.contains(horizon) else {
      throw .outsideProcess(option: "horizon", time: horizon, range: range)
    }
    guard range.contains(stop) else {
      throw .outsideProcess(option: "stop time", time: stop, range: range)
    }
    guard stop < horizon else { throw .emptyInterval(horizon: horizon, stop: stop) }
    let low = process.level(at: stop).canonicalTime
    let high = process.level(at: horizon).canonicalTime
    guard low > 0 || kind == .uniform || kind == .karras else {
      throw .needsNoiseAtStop(kind: kind.rawValue)
    }
    let interior = canonicalTimes(from: low, to: high).dropFirst().dropLast()
    let times =
      [horizon] + interior.reversed().map { process.time(ofCanonicalTime: $0) } + [stop]
    do {
      return try TimeGrid(times: times)
    } catch {
      throw .tooFine(kind: kind.rawValue, steps: steps)
    }
  }

  /// The canonical times in ascending order, both ends included.
  private func canonicalTimes(from low: Double, to high: Double) -> [Double] {
    func spread(_ value: (Double) -> Double) -> [Double] {
      (0...steps).map { value(Double($0) / Double(steps)) }
    }
    switch kind {
    case .uniform: return spread { low + (high - low) * $0 }
    case .geometric:
      let logRatio = Double.log(high / low)
      return spread { low * .exp(logRatio * $0) }
    case .logSNR:
      let first = OrnsteinUhlenbeck.logSNR(atCanonicalTime: low)
      let last = OrnsteinUhlenbeck.logSNR(atCanonicalTime: high)
      return spread { OrnsteinUhlenbeck.canonicalTime(ofLogSNR: first + (last - first) * $0) }
    case .karras:
      let exponent = exponent ?? 7
      // The root of sigma / alpha, formed in logarithms so that no time overflows.
      func root(_ time: Double) -> Double {
        time > 0 ? .exp(-OrnsteinUhlenbeck.logSNR(atCanonicalTime: time) / exponent) : 0
      }
      let (first, last) = (root(low), root(high))
      return spread {
        let value = first + (last - first) * $0
        return OrnsteinUhlenbeck.canonicalTime(ofLogSNR: -exponent * .log(value))
      }
    case .exponential:
      let kappa = Self.rate(from: low, to: high, steps: steps)
      var times = [low]
      for _ in 0..<steps { times.append(times[times.count - 1].stepped(kappa)) }
      return times
    }
  }

  /// The kappa for which `steps` steps t -> t + kappa min(1, t) lead from one time to the other, by
  /// bisection to the last bit.
  static func rate(from low: Double, to high: Double, steps: Int) -> Double {
    func end(_ kappa: Double) -> Double {
      var time = low
      for _ in 0..<steps {
        time = time.stepped(kappa)
        if time > high { break }
      }
      return time
    }
    var bounds = (low: 0.0, high: max(high - low, (high - low) / low))
    while true {
      let middle = (bounds.low + bounds.high) / 2
      guard middle > bounds.low, middle < bounds.high else { return middle }
      if end(middle) < high { bounds.low = middle } else { bounds.high = middle }
    }
  }
}

extension Double {
  /// The time after one step upwards of an exponential grid.
  fileprivate func stepped(_ kappa: Double) -> Double { self + kappa * Swift.min(1, self) }
}
