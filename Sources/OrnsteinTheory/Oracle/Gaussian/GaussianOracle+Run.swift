import OrnsteinDiffusion
import OrnsteinNumerics

extension GaussianOracle {
  private typealias State = (mean: [Double], covariance: [Double])

  /// The laws of the points at every level and at the end, or at the end alone.
  func laws(
    along program: SamplerProgram, from start: GaussianLaw, keepsAll: Bool
  ) throws(OracleError) -> [GaussianLaw] {
    try start.checkDimension(target)
    try program.checkAffine()
    let d = target.dimension
    let mean = axes.rotated(start.mean)
    let covariance = axes.rotated(matrix: start.covariance)
    let slots = NoiseSlots(program)
    let mixes =
      !isDiagonal(covariance, dimension: d) || scoreErrorMixesAxes(in: program)
      || (program.usesColumns && !axes.areCoordinates)
    let parts = mixes ? [0..<d] : (0..<d).map { $0..<$0 + 1 }
    var states: [State] = []
    for part in parts {
      var law = RegisterLaw(slots: program.registerCount + slots.count, width: part.count)
      law.setIndependent(
        0, mean: Array(mean[part]),
        covariance: part.flatMap { row in part.map { covariance[row * d + $0] } })
      let found = try run(program, on: &law, part, slots, keepsAll: keepsAll)
      if states.isEmpty {
        states = Array(
          repeating: (
            [Double](repeating: 0, count: d), [Double](repeating: 0, count: d * d)
          ), count: found.count)
      }
      for (index, state) in found.enumerated() {
        for (i, axis) in part.enumerated() {
          states[index].mean[axis] = state.mean[i]
          for (j, other) in part.enumerated() {
            states[index].covariance[axis * d + other] = state.covariance[i * part.count + j]
          }
        }
      }
    }
    return states.map {
      GaussianLaw(
        mean: axes.rotatedBack($0.mean), covariance: axes.rotatedBack(matrix: $0.covariance))
    }
  }

  /// The states of the position along some axes.
  private func run(
    _ program: SamplerProgram, on law: inout RegisterLaw, _ part: Range<Int>, _ slots: NoiseSlots,
    keepsAll: Bool
  ) throws(OracleError) -> [State] {
    var states: [State] = []
    var current = 0
    func keep(_ law: RegisterLaw) throws(OracleError) {
      let state = (mean: law.mean(of: 0), covariance: law.covariance(of: 0))
      guard (state.mean + state.covariance).allSatisfy(\.isFinite) else {
        throw .notFinite(step: current)
      }
      states.append(state)
    }
    var terms: [(slot: Int, coefficient: Double)] = []
    for (index, instruction) in program.instructions.enumerated() {
      switch instruction {
      case .begin(let step, _):
        if keepsAll { try keep(law) }
        current = step
      case .evaluate(let register, let level, let output):
        let (gain, offset) = score(at: level, along: part)
        law.map(register.index, into: output.index, gain: gain, offset: offset)
      case .combine(let combination):
        terms.removeAll(keepingCapacity: true)
        for term in combination.terms {
          terms.append((term.register.index, term.coefficient))
        }
        var deviation = combination.noise?.deviation ?? 0
        if let use = slots.uses[index] {
          let slot = program.registerCount + use.slot
          if use.isFirst { law.setStandardNormal(slot) }
          terms.append((slot, deviation))
          deviation = 0
        }
        law.combine(into: combination.output.index, terms, variance: deviation * deviation)
      case .combineColumns(let combination):
        var sum = combination.registers.enumerated().map { place, register in
          (
            slot: register.index,
            gain: diagonal(combination.coefficients(ofTerm: place), along: part)
          )
        }
        var own = [Double](repeating: 0, count: part.count * part.count)
        if let deviations = combination.noise?.deviations.values {
          if let use = slots.uses[index] {
            let slot = program.registerCount + use.slot
            if use.isFirst { law.setStandardNormal(slot) }
            sum.append((slot, diagonal(deviations, along: part)))
          } else {
            own = diagonal(deviations.map { $0 * $0 }, along: part)
          }
        }
        law.combine(into: combination.output.index, sum, covariance: own)
      case .fill(let register, let point):
        let mean = axes.rotated(point.values)
        law.setIndependent(
          register.index, mean: Array(mean[part]),
          covariance: [Double](repeating: 0, count: part.count * part.count))
      case .apply: break
      }
    }
    try keep(law)
    return states
  }

  /// A matrix that is diagonal in the coordinates, along some axes.
  private func diagonal(_ entries: [Double], along part: Range<Int>) -> [Double] {
    let d = target.dimension
    return part.flatMap { i in
      part.map { j in
        (0..<d).reduce(0) { sum, axis in
          sum + axes.vectors[i * d + axis] * entries[axis] * axes.vectors[j * d + axis]
        }
      }
    }
  }

  /// The score along some axes: gain x + offset.
  private func score(
    at level: NoiseLevel, along part: Range<Int>
  ) -> (gain: [Double], offset: [Double]) {
    let (d, width) = (target.dimension, part.count)
    var gain = [Double](repeating: 0, count: width * width)
    var offset = [Double](repeating: 0, count: width)
    for (i, axis) in part.enumerated() {
      let variance =
        level.alpha * level.alpha * max(axes.values[axis], 0) + level.sigma * level.sigma
      gain[i * width + i] = -1 / variance
      offset[i] = level.alpha * axialMean[axis] / variance
    }
    guard let error = scoreError?(level) else { return (gain, offset) }
    let (matrix, shift) = (axes.rotated(matrix: error.matrix), axes.rotated(error.offset))
    for (i, axis) in part.enumerated() {
      offset[i] += shift[axis]
      for (j, other) in part.enumerated() { gain[i * width + j] += matrix[axis * d + other] }
    }
    return (gain, offset)
  }

  private func scoreErrorMixesAxes(in program: SamplerProgram) -> Bool {
    guard let scoreError else { return false }
    return program.instructions.contains { instruction in
      guard case .evaluate(_, let level, _) = instruction else { return false }
      return !isDiagonal(
        axes.rotated(matrix: scoreError(level).matrix), dimension: target.dimension)
    }
  }
}

/// Whether nothing but rounding lies off the diagonal.
private func isDiagonal(_ matrix: [Double], dimension d: Int) -> Bool {
  let largest = (0..<d).reduce(0) { max($0, abs(matrix[$1 * d + $1])) }
  return matrix.indices.allSatisfy {
    $0 / d == $0 % d || abs(matrix[$0]) <= 1e-14 * Double(d) * largest
  }
}

extension RegisterLaw {
  /// Makes a slot N(0, I), independent of all others.
  fileprivate mutating func setStandardNormal(_ slot: Int) {
    setIndependent(
      slot, mean: [Double](repeating: 0, count: width),
      covariance: (0..<width * width).map { $0 / width == $0 % width ? 1 : 0 })
  }
}

extension SymmetricEigendecomposition {
  /// Whether every axis is a coordinate axis.
  var areCoordinates: Bool {
    (0..<dimension).allSatisfy { row in
      vectors[row * dimension..<(row + 1) * dimension].count { abs($0) > 1e-14 } == 1
    }
  }

  /// U x, the coordinates along the axes.
  func rotated(_ x: [Double]) -> [Double] {
    (0..<dimension).map { row in
      (0..<dimension).reduce(0) { $0 + vectors[row * dimension + $1] * x[$1] }
    }
  }

  /// U^T x.
  func rotatedBack(_ x: [Double]) -> [Double] {
    (0..<dimension).map { column in
      (0..<dimension).reduce(0) { $0 + vectors[$1 * dimension + column] * x[$1] }
    }
  }

  /// U M U^T.
  func rotated(matrix: [Double]) -> [Double] { conjugated(matrix, by: vectors) }

  /// U^T M U.
  func rotatedBack(matrix: [Double]) -> [Double] {
    var transposed = vectors
    for i in 0..<dimension {
      for j in 0..<dimension { transposed[j * dimension + i] = vectors[i * dimension + j] }
    }
    return conjugated(matrix, by: transposed)
  }

  private func conjugated(_ matrix: [Double], by factor: [Double]) -> [Double] {
    let d = dimension
    var half = [Double](repeating: 0, count: d * d)
    var whole = half
    for i in 0..<d {
      for k in 0..<d {
        for j in 0..<d { half[i * d + j] += factor[i * d + k] * matrix[k * d + j] }
      }
    }
    for i in 0..<d {
      for j in 0..<d {
        for k in 0..<d { whole[i * d + j] += half[i * d + k] * factor[j * d + k] }
      }
    }
    return whole
  }
}
