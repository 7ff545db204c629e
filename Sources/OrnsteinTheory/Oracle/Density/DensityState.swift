import OrnsteinDiffusion
import RealModule

/// The density of a point on the line and every register as a function of that point.
struct DensityState {
  private let grid: DensityGrid
  private var nodes: [Double]
  private(set) var spacing: Double
  var logDensity: [Double]
  /// The registers; `nil` for one that is unknown given the point alone.
  var registers: [RegisterFunction?]
  /// Noises that are part of the point by now.
  var spent: Set<StreamKey> = []
  var step = 0
  /// The scale of the level that the points are at.
  var scale: Double

  init(
    grid: DensityGrid, scale: Double, registerCount: Int, logDensity: ([Double]) -> [Double]
  ) throws(OracleError) {
    self.grid = grid
    self.scale = scale
    nodes = grid.nodes(scale: scale)
    spacing = grid.spacing * scale
    self.logDensity = logDensity(nodes)
    registers = Array(repeating: nil, count: registerCount)
    registers[0] = RegisterFunction(identityOn: nodes)
    try checkMass()
  }

  func read(_ register: Register) throws(OracleError) -> RegisterFunction {
    guard let function = registers[register.index] else {
      throw .notMarkov(step: step, register: register.index)
    }
    return function
  }

  /// output <- score(register), where `score` gives values and derivatives.
  mutating func evaluate(
    _ register: Register, into output: Register,
    score: ([Double]) -> (values: [Double], derivatives: [Double])
  ) throws(OracleError) {
    try settle(register)
    let input = try read(register)
    var (values, derivatives) = score(input.values)
    for index in values.indices { derivatives[index] *= input.derivatives[index] }
    var function = RegisterFunction(zeros: 0)
    swap(&function.values, &values)
    swap(&function.derivatives, &derivatives)
    registers[output.index] = function
  }

  mutating func combine(_ combination: LinearCombination) throws(OracleError) {
    var sum = RegisterFunction(zeros: nodes.count)
    for term in combination.terms { sum.add(try read(term.register), times: term.coefficient) }
    if let noise = combination.noise {
      let key = StreamKey(noise)
      guard !spent.contains(key) else {
        throw .notMarkov(step: step, register: combination.output.index)
      }
      sum.noise[key, default: 0] += noise.deviation
    }
    sum.noise = sum.noise.filter { $0.value != 0 }
    registers[combination.output.index] = sum
  }

  /// x <- x + eps g + sqrt(2 eps) z with eps from the expectations of |g| and |z|.
  mutating func apply(_ step: NormRatioStep) throws(OracleError) {
    let (score, normals) = (try read(step.score), try read(step.normals))
    let isStandard = normals.isConstant && abs(normals.deviation - 1) < 1e-12
    guard score.noise.isEmpty, isStandard else {
      throw .notMarkov(step: self.step, register: step.normals.index)
    }
    var scoreNorm = 0.0
    for index in logDensity.indices {
      scoreNorm += spacing * .exp(logDensity[index]) * abs(score.values[index])
    }
    let length = step.step(scoreNorm: scoreNorm, noiseNorm: (2 / Double.pi).squareRoot())
    var position = try read(.position)
    position.add(score, times: length)
    position.add(normals, times: (2 * length).squareRoot())
    registers[0] = position
  }

  /// Makes a register the same number for every point.
  mutating func fill(_ register: Register, with number: Double) {
    var constant = RegisterFunction(zeros: nodes.count)
    for node in nodes.indices { constant.values[node] = number }
    registers[register.index] = constant
  }

  /// Makes a register with noise the point whose density is known.
  ///
  /// q <- the integral of q(x) N(y; f(x), c^2); what was a function of the point before is unknown from then on.
  private mutating func settle(_ register: Register) throws(OracleError) {
    let function = try read(register)
    guard !function.noise.isEmpty else { return }
    let deviation = function.deviation
    let newNodes = grid.nodes(scale: scale)
    let newSpacing = grid.spacing * scale
    logDensity = try convolved(function, deviation, onto: newNodes, newSpacing)
    (nodes, spacing) = (newNodes, newSpacing)
    spent.formUnion(function.noise.keys)
    for index in registers.indices {
      guard let other = registers[index] else { continue }
      let isFree =
        other.isConstant && function.noise.keys.allSatisfy { other.noise[$0] == nil }
      if isFree {
        var constant = RegisterFunction(zeros: nodes.count)
        let value = other.values.first ?? 0
        for node in nodes.indices { constant.values[node] = value }
        constant.noise = other.noise
        registers[index] = constant
      } else {
        registers[index] = nil
      }
    }
    registers[register.index] = RegisterFunction(identityOn: nodes)
    try checkMass()
  }

  /// The logarithm of sum_j q_j spacing N(y_i; f_j, c^2), each normal cut at 9 deviations.
  private func convolved(
    _ function: RegisterFunction, _ deviation: Double, onto targets: [Double],
    _ targetSpacing: Double
  ) throws(OracleError) -> [Double] {
    var sums = [Double](repeating: 0, count: targets.count)
    let inverse = 1 / deviation
    let norm = inverse / Double.sqrt(2 * .pi)
    var widest = targetSpacing
    for (node, logQ) in logDensity.enumerated() {
      let weight = spacing * .exp(logQ)
      guard weight > 1e-30 else { continue }
      if weight > 1e-12 * spacing {
        widest = max(widest, spacing * abs(function.derivatives[node]))
      }
      let centre = function.values[node]
      let low = ((centre - 9 * deviation - targets[0]) / targetSpacing).rounded(.up)
      let high = ((centre + 9 * deviation - targets[0]) / targetSpacing).rounded(.down)
      let first = Int(min(max(low, 0), Double(targets.count)))
      let last = Int(max(min(high, Double(targets.count - 1)), -1))
      guard first <= last else { continue }
      for index in first...last {
        let u = (targets[index] - centre) * inverse
        sums[index] += weight * norm * .exp(-u * u / 2)
      }
    }
    // A trapezoid sum of normals of deviation c at distances h errs by 2 exp(-2 (pi c / h)^2).
    guard deviation >= 1.5 * widest else {
      throw .gridTooCoarse(step: step, deviation: deviation, spacing: widest)
    }
    return sums.map { .log($0) }
  }

  func checkMass() throws(OracleError) {
    let mass = logDensity.reduce(0) { $0 + .exp($1) } * spacing
    guard abs(mass - 1) < 1e-8 else { throw .massLost(step: step, mass: mass) }
  }

  /// The density of the position: the transported one, after its noise if any.
  mutating func finish() throws(OracleError) -> PropagatedDensity {
    try settle(.position)
    let position = try read(.position)
    guard position.derivatives.allSatisfy({ $0 > 0 }) else { throw .notMonotone(step: step) }
    return PropagatedDensity(
      points: position.values, volumes: position.derivatives.map { $0 * spacing },
      logDensity: zip(logDensity, position.derivatives).map { $0 - .log($1) })
  }
}
