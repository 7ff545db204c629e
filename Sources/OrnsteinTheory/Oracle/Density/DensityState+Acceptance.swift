import OrnsteinDiffusion
import RealModule

extension DensityState {
  /// Replaces the density by that after a proposal has been accepted or rejected.
  ///
  /// With the proposal N(f(x), c^2) and the probability a(x, y) to accept it,
  ///
  ///     q'(y) = integral of q(x) N(y; f(x), c^2) a(x, y) dx + q(y) r(y)
  ///
  /// where r(y) is the probability to reject at y. Points stay on the nodes they are on, so what is
  /// rejected needs no interpolation, and mass is kept exactly.
  ///
  /// - Parameter logDensity: log p at some points, of the law that is kept.
  mutating func accept(
    by rule: MetropolisAcceptance, logDensity logTarget: ([Double]) -> [Double]
  ) throws(OracleError) {
    let position = try read(.position)
    let (score, proposal) = (
      try read(rule.registers.score), try read(rule.registers.proposal)
    )
    guard position.noise.isEmpty, score.noise.isEmpty, !proposal.noise.isEmpty else {
      throw .notMarkov(step: step, register: rule.registers.proposal.index)
    }
    let volumes = position.derivatives.map { $0 * spacing }
    guard let widest = volumes.max(), volumes.allSatisfy({ $0 > 0 }) else {
      throw .notMonotone(step: step)
    }
    let deviation = proposal.deviation
    guard deviation >= 1.5 * widest else {
      throw .gridTooCoarse(step: step, deviation: deviation, spacing: widest)
    }
    let (points, centres) = (position.values, proposal.values)
    let levels = logTarget(points)
    let weights = logDensity.map { spacing * .exp($0) }
    var gained = [Double](repeating: 0, count: points.count)
    var lost = gained
    let norm = 1 / (deviation * .sqrt(2 * .pi))
    for (x, centre) in centres.enumerated() {
      let first = points.partition { $0 >= centre - 9 * deviation }
      for y in first..<points.count {
        let forward = points[y] - centre
        guard forward <= 9 * deviation else { break }
        let backward = points[x] - points[y] - rule.step * score.values[y]
        let ratio = rule.logRatio(
          gain: levels[y] - levels[x], forward: forward * forward, backward: backward * backward)
        let u = forward / deviation
        let rate = norm * .exp(min(ratio, 0) - u * u / 2)
        gained[y] += weights[x] * rate
        lost[x] += volumes[y] * rate
      }
    }
    for node in points.indices {
      let kept = .exp(logDensity[node]) * max(0, 1 - lost[node])
      logDensity[node] = .log(kept + position.derivatives[node] * gained[node])
    }
    spent.formUnion(proposal.noise.keys)
    let known = [Register.position.index, rule.registers.score.index]
    for index in registers.indices where !known.contains(index) {
      guard let other = registers[index] else { continue }
      let isFree =
        other.isConstant && proposal.noise.keys.allSatisfy { other.noise[$0] == nil }
      if !isFree { registers[index] = nil }
    }
    try checkMass()
  }
}

extension [Double] {
  /// The first index whose element has a property that all after it have.
  fileprivate func partition(_ belongs: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
