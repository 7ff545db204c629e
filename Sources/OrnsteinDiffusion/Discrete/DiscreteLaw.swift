import RealModule

/// The exact law of a discrete point, by enumeration: the oracle of the discrete samplers.
///
/// Holds a probability for each of symbols^d points, the last coordinate running fastest, so it is
/// for few coordinates; a step costs the square of the number of points.
public struct DiscreteLaw: Sendable, Hashable {
  /// The largest number of points.
  public static let maximumPoints = 1 << 14

  /// What noises the data.
  public let process: DiscreteProcess
  /// The number of coordinates.
  public let dimension: Int
  /// The probability of each point.
  public private(set) var probabilities: [Double]

  private init(
    _ process: DiscreteProcess, dimension: Int, _ probability: ([Int]) -> Double
  ) throws(DiscreteError) {
    let count = try DiscreteTarget.tableCount(states: process.symbols, dimension: dimension)
    guard count <= Self.maximumPoints else {
      throw .tableTooLarge(states: process.symbols, dimension: dimension)
    }
    self.process = process
    self.dimension = dimension
    probabilities = (0..<count).map {
      probability(DiscreteTarget.point($0, symbols: process.symbols, dimension: dimension))
    }
  }

  /// The prior: uniform states, or masks.
  ///
  /// - Throws: ``DiscreteError/tableTooLarge(states:dimension:)``.
  public init(priorOf process: DiscreteProcess, dimension: Int) throws(DiscreteError) {
    try self.init(process, dimension: dimension) { point in
      guard let mask = process.mask else {
        return .pow(1 / Double(process.states), Double(dimension))
      }
      return point.allSatisfy { $0 == mask } ? 1 : 0
    }
  }

  /// The law of noised data at a time.
  ///
  /// - Throws: ``DiscreteError/tableTooLarge(states:dimension:)`` or a mismatch of states.
  public init(
    of target: DiscreteTarget, under process: DiscreteProcess, at time: Double
  ) throws(DiscreteError) {
    guard target.states == process.states else {
      throw .modelMismatch("target and process have different states")
    }
    let dimension = target.dimension
    try self.init(process, dimension: dimension) { point in
      target.weights.indices.reduce(0) { sum, index in
        sum
          + (0..<dimension).reduce(target.weights[index]) {
            $0
              * process.transition(
                from: target.support[index * dimension + $1], to: point[$1], after: time)
          }
      }
    }
  }

  /// The law at the stop of a sampler of an exact target.
  ///
  /// - Throws: ``DiscreteError`` for too many points, or a model that is not a target.
  public init(of sampler: DiscreteSampler) throws(DiscreteError) {
    guard let target = sampler.model as? DiscreteTarget else {
      throw .modelMismatch("the exact law is known for targets only")
    }
    let (horizon, stop) = (sampler.times[0], sampler.times[sampler.times.count - 1])
    if let start = sampler.start {
      try self.init(of: start, under: sampler.process, at: horizon)
    } else {
      try self.init(priorOf: sampler.process, dimension: target.dimension)
    }
    if sampler.method.isExact {
      try applyReverse(of: target, from: horizon, to: stop)
    } else {
      for (t, s) in zip(sampler.times, sampler.times.dropFirst()) {
        apply(sampler.method, target, from: t, to: s)
      }
    }
  }

  /// The point of an index.
  public func point(_ index: Int) -> [Int] {
    DiscreteTarget.point(index, symbols: process.symbols, dimension: dimension)
  }

  /// Replaces the law by that after a step of a method whose coordinates move independently given
  /// the point.
  public mutating func apply(
    _ method: DiscreteMethod, _ model: any DiscreteModel, from t: Double, to s: Double
  ) {
    precondition(!method.isExact, "An exact method has no step; its law is the reverse process.")
    let symbols = process.symbols
    var next = [Double](repeating: 0, count: probabilities.count)
    var laws = [Double](repeating: 0, count: dimension * symbols)
    for (index, probability) in probabilities.enumerated() where probability > 0 {
      let x = point(index)
      let posterior = posterior(of: model, at: x, t)
      laws.withUnsafeMutableBufferPointer { laws in
        posterior.withUnsafeBufferPointer { posterior in
          for i in 0..<dimension {
            method.coordinateLaw(
              into: UnsafeMutableBufferPointer(rebasing: laws[i * symbols..<(i + 1) * symbols]),
              of: x[i],
              posterior: UnsafeBufferPointer(
                rebasing: posterior[i * process.states..<(i + 1) * process.states]),
              from: t, to: s, process: process)
          }
        }
      }
      for target in next.indices {
        var (product, rest) = (probability, target)
        for i in stride(from: dimension - 1, through: 0, by: -1) {
          product *= laws[i * symbols + rest % symbols]
          rest /= symbols
        }
        next[target] += product
      }
    }
    probabilities = next
  }

  /// Replaces the law by that after the exact reverse process from t to s.
  ///
  /// By Bayes, P(X_s = y | X_t = x) = p_s(y) P_{t-s}(y, x) / p_t(x).
  ///
  /// - Throws: ``DiscreteError`` if the target does not fit.
  public mutating func applyReverse(
    of target: DiscreteTarget, from t: Double, to s: Double
  ) throws(DiscreteError) {
    let early = try DiscreteLaw(of: target, under: process, at: s).probabilities
    let late = try DiscreteLaw(of: target, under: process, at: t).probabilities
    var next = [Double](repeating: 0, count: probabilities.count)
    for (index, probability) in probabilities.enumerated() where probability > 0 && late[index] > 0
    {
      let x = point(index)
      for (target, density) in early.enumerated() where density > 0 {
        let y = point(target)
        let forward = (0..<dimension).reduce(1) {
          $0 * process.transition(from: y[$1], to: x[$1], after: t - s)
        }
        next[target] += probability * density * forward / late[index]
      }
    }
    probabilities = next
  }

  /// Replaces the law by that of the continuous-time reverse chain with a model's rates, by the
  /// fourth-order Runge-Kutta method in log time.
  ///
  /// - Parameters:
  ///   - model: What the rates come from.
  ///   - t: The time of the law.
  ///   - s: The end, above 0.
  ///   - steps: The number of Runge-Kutta steps.
  public mutating func applyRates(
    of model: any DiscreteModel, from t: Double, to s: Double, steps: Int
  ) {
    precondition(s > 0 && s < t && steps >= 1, "Rates need times t > s > 0.")
    let width = Double.log(t / s) / Double(steps)
    func flow(_ law: [Double], _ logTime: Double) -> [Double] {
      let time = Double.exp(logTime)
      var change = [Double](repeating: 0, count: law.count)
      forEachJump(of: model, at: time) { from, to, rate in
        change[from] -= time * rate * law[from]
        change[to] += time * rate * law[from]
      }
      return change
    }
    func moved(_ law: [Double], _ change: [Double], _ width: Double) -> [Double] {
      zip(law, change).map { $0 + width * $1 }
    }
    for step in 0..<steps {
      let start = Double.log(t) - width * Double(step)
      let k1 = flow(probabilities, start)
      let k2 = flow(moved(probabilities, k1, width / 2), start - width / 2)
      let k3 = flow(moved(probabilities, k2, width / 2), start - width / 2)
      let k4 = flow(moved(probabilities, k3, width), start - width)
      for index in probabilities.indices {
        probabilities[index] += width / 6 * (k1[index] + 2 * k2[index] + 2 * k3[index] + k4[index])
      }
    }
  }

  /// Half the sum of the differences.
  public func totalVariation(to other: DiscreteLaw) -> Double {
    zip(probabilities, other.probabilities).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  }

  /// KL(self | other), infinite where the other law misses a point.
  public func divergence(from other: DiscreteLaw) -> Double {
    zip(probabilities, other.probabilities).reduce(0) {
      $1.0 > 0 ? $0 + $1.0 * .log($1.0 / $1.1) : $0
    }
  }

  /// The posterior of every clean coordinate at a point.
  func posterior(of model: any DiscreteModel, at x: [Int], _ time: Double) -> [Double] {
    var posterior = [Double](repeating: 0, count: dimension * process.states)
    posterior.withUnsafeMutableBufferPointer { buffer in
      var span = MutableSpan(_unsafeElements: buffer)
      x.withUnsafeBufferPointer {
        model.posterior(of: Span(_unsafeElements: $0), at: time, of: process, into: &span)
      }
    }
    return posterior
  }

  /// The rates of reverse jumps of each coordinate at a point, `dimension * symbols` numbers.
  func rates(of model: any DiscreteModel, at x: [Int], _ time: Double) -> [Double] {
    let posterior = posterior(of: model, at: x, time)
    let symbols = process.symbols
    var rates = [Double](repeating: 0, count: dimension * symbols)
    rates.withUnsafeMutableBufferPointer { rates in
      posterior.withUnsafeBufferPointer { posterior in
        for i in 0..<dimension {
          _ = process.reverseRates(
            into: UnsafeMutableBufferPointer(rebasing: rates[i * symbols..<(i + 1) * symbols]),
            of: x[i],
            posterior: UnsafeBufferPointer(
              rebasing: posterior[i * process.states..<(i + 1) * process.states]), at: time)
        }
      }
    }
    return rates
  }

  /// Calls `body` with the indices and the rate of every jump that a model's rates allow.
  private func forEachJump(
    of model: any DiscreteModel, at time: Double, _ body: (Int, Int, Double) -> Void
  ) {
    let symbols = process.symbols
    for index in probabilities.indices {
      let x = point(index)
      let rates = rates(of: model, at: x, time)
      var place = 1
      for i in stride(from: dimension - 1, through: 0, by: -1) {
        for symbol in 0..<symbols where rates[i * symbols + symbol] > 0 {
          body(index, index + (symbol - x[i]) * place, rates[i * symbols + symbol])
        }
        place *= symbols
      }
    }
  }
}
