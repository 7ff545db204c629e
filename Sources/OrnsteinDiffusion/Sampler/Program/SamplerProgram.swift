/// What a sampler does to a chunk of points, from the horizon to the end: a list of instructions on
/// registers.
///
/// The one contract between methods and everything that uses them: the driver runs a program on
/// points, an oracle runs the same program on means and covariances, another on densities. A method
/// never sees a point, so its law can be proved without drawing.
public struct SamplerProgram: Sendable {
  /// The instructions in order.
  public let instructions: [Instruction]
  /// The registers that the instructions name, the position included.
  public let registerCount: Int
  /// The most registers that an instruction sums.
  let maximumTerms: Int

  init(instructions: [Instruction], registerCount: Int) {
    self.instructions = instructions
    self.registerCount = registerCount
    maximumTerms = instructions.reduce(1) { most, instruction in
      switch instruction {
      case .combine(let combination): max(most, combination.terms.count)
      case .combineColumns(let combination): max(most, combination.registers.count)
      case .begin, .evaluate, .fill, .apply: most
      }
    }
  }

  /// The score evaluations that each point costs.
  public var evaluations: Int {
    instructions.reduce(0) { sum, instruction in
      switch instruction {
      case .evaluate: sum + 1
      case .apply(let operation): sum + operation.evaluations
      case .begin, .combine, .combineColumns, .fill: sum
      }
    }
  }

  /// Whether some instruction draws noise.
  public var isStochastic: Bool {
    instructions.contains { instruction in
      switch instruction {
      case .combine(let combination): combination.noise != nil
      case .combineColumns(let combination): combination.noise != nil
      case .apply: true
      case .begin, .evaluate, .fill: false
      }
    }
  }

  /// Whether every instruction is affine wherever the score is.
  public var isAffine: Bool {
    instructions.allSatisfy { if case .apply = $0 { false } else { true } }
  }

  /// Whether a row's result depends on the other rows of its block.
  public var couplesRows: Bool {
    instructions.contains {
      if case .apply(let operation) = $0 { operation.couplesRows } else { false }
    }
  }

  /// The level at the beginning of each step, then the one at which the run ends.
  public var levels: [NoiseLevel] {
    instructions.compactMap { if case .begin(_, let level) = $0 { level } else { nil } }
  }

  /// Whether the model must know log-densities.
  public var requiresLogDensity: Bool {
    instructions.contains {
      if case .apply(let operation) = $0 { operation.requiresLogDensity } else { false }
    }
  }
}
