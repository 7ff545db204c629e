import OrnsteinDiffusion
import OrnsteinNumerics

/// A stream of normals of a program.
struct StreamKey: Hashable {
  let purpose: NoisePurpose
  let step: Int

  init(_ noise: NoiseTerm) { (purpose, step) = (noise.purpose, noise.step) }

  /// The stream that an instruction draws, if any.
  init?(of instruction: Instruction) {
    switch instruction {
    case .combine(let combination):
      guard let noise = combination.noise else { return nil }
      self.init(noise)
    case .combineColumns(let combination):
      guard let noise = combination.noise else { return nil }
      self.init(
        NoiseTerm(deviation: 1, purpose: noise.purpose, step: noise.step))
    case .begin, .evaluate, .fill, .apply: return nil
    }
  }
}

/// Where noises are kept that a program uses more than once, from the first use to the last.
struct NoiseSlots {
  /// What an instruction does with a kept noise.
  struct Use {
    let slot: Int
    let isFirst: Bool
  }

  /// The uses of kept noises, by the number of the instruction.
  private(set) var uses: [Int: Use] = [:]
  /// How many are kept at once.
  private(set) var count = 0

  init(_ program: SamplerProgram) {
    var last: [StreamKey: Int] = [:]
    var shared: Set<StreamKey> = []
    for (index, instruction) in program.instructions.enumerated() {
      guard let key = StreamKey(of: instruction) else { continue }
      if last.updateValue(index, forKey: key) != nil { shared.insert(key) }
    }
    guard !shared.isEmpty else { return }
    var open: [StreamKey: Int] = [:]
    var free: [Int] = []
    for (index, instruction) in program.instructions.enumerated() {
      guard let key = StreamKey(of: instruction), shared.contains(key) else { continue }
      let isFirst = open[key] == nil
      let slot = open[key] ?? free.popLast() ?? count
      if isFirst {
        count = max(count, slot + 1)
        open[key] = slot
      }
      uses[index] = Use(slot: slot, isFirst: isFirst)
      if last[key] == index { free.append(slot) }
    }
  }
}

extension SamplerProgram {
  /// Whether some coefficients differ between columns.
  var usesColumns: Bool {
    instructions.contains { if case .combineColumns = $0 { true } else { false } }
  }

  /// Throws unless every instruction is affine and reads what has been written.
  ///
  /// - Parameter isAllowed: Says which other operations may stand.
  func checkAffine(
    allowing isAllowed: (any PointOperation) -> Bool = { _ in false }
  ) throws(OracleError) {
    var written: Set<Int> = [0]
    var current = 0
    for instruction in instructions {
      switch instruction {
      case .begin(let step, _): current = step
      case .evaluate(let register, _, let output):
        guard written.contains(register.index) else {
          throw .readsNothing(step: current, register: register.index)
        }
        written.insert(output.index)
      case .combine(let combination):
        for term in combination.terms where !written.contains(term.register.index) {
          throw .readsNothing(step: current, register: term.register.index)
        }
        written.insert(combination.output.index)
      case .combineColumns(let combination):
        for register in combination.registers where !written.contains(register.index) {
          throw .readsNothing(step: current, register: register.index)
        }
        written.insert(combination.output.index)
      case .fill(let register, _): written.insert(register.index)
      case .apply(let operation):
        guard !isAllowed(operation) else { continue }
        throw .notAffine(step: current, operation: "\(type(of: operation))")
      }
    }
  }
}
