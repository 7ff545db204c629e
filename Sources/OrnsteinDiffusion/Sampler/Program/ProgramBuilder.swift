import OrnsteinNumerics
import RealModule

/// Writes a sampler program: what predictors and correctors emit their steps into.
///
/// Registers are named; a name keeps its register for the whole program, so a method that needs the
/// last k scores names them by the step modulo k.
public struct ProgramBuilder {
  /// The seed of the run, for methods that choose their times at random.
  public let key: NoiseKey
  /// The number of the block of rows that the program is for.
  public let block: Int
  /// Whether noise of ``combine(into:_:noise:purpose:)`` is left out, as in the last step of a run
  /// that ends with a mean.
  public var isNoiseFree = false

  private var instructions: [Instruction] = []
  private var registers: [String: Register] = [:]
  private var streams: [NoisePurpose: Int] = [:]
  private var choices = 0

  /// An empty program for a block of rows.
  public init(key: NoiseKey = NoiseKey(seed: 0), block: Int = 0) {
    self.key = key
    self.block = block
  }

  /// The register of a name; a new one at its first use.
  public mutating func register(_ name: String) -> Register {
    if let register = registers[name] { return register }
    let register = Register(index: registers.count + 1)
    registers[name] = register
    return register
  }

  /// Marks the beginning of a step.
  public mutating func begin(step: Int, at level: NoiseLevel) {
    instructions.append(.begin(step: step, level: level))
  }

  /// Evaluates the score of a register.
  ///
  /// - Returns: The register of the score: `output`, or the one named "score".
  @discardableResult
  public mutating func evaluate(
    _ register: Register = .position, at level: NoiseLevel, into output: Register? = nil
  ) -> Register {
    let output = output ?? self.register("score")
    instructions.append(.evaluate(register, level: level, output: output))
    return output
  }

  /// output <- sum of coefficient times register, plus `noise` times fresh normals.
  ///
  /// Terms of the same register are added up; terms of weight 0 are left out.
  public mutating func combine(
    into output: Register = .position, _ terms: [(Double, Register)], noise: Double = 0,
    purpose: NoisePurpose = .predictor
  ) {
    var term: NoiseTerm?
    if noise != 0 {
      let stream = nextStream(purpose)
      if !isNoiseFree { term = NoiseTerm(deviation: noise, purpose: purpose, step: stream) }
    }
    var sums: [LinearCombination.Term] = []
    for (coefficient, register) in terms {
      if let index = sums.firstIndex(where: { $0.register == register }) {
        sums[index].coefficient += coefficient
      } else {
        sums.append(.init(coefficient, register))
      }
    }
    sums.removeAll { $0.coefficient == 0 }
    if sums.count == 1, term == nil, sums[0] == .init(1, output) { return }
    append(sums, to: output, noise: term)
  }

  /// A sum in parts of as many terms as a kernel takes; the output's own term is in the first part.
  private mutating func append(
    _ sums: [LinearCombination.Term], to output: Register, noise: NoiseTerm?
  ) {
    let own = sums.filter { $0.register == output }
    var rest = (own + sums.filter { $0.register != output })[...]
    var terms = rest.prefix(Self.mostTerms)
    rest = rest.dropFirst(Self.mostTerms)
    while !rest.isEmpty {
      instructions.append(
        .combine(LinearCombination(output: output, terms: Array(terms), noise: nil)))
      terms = [.init(1, output)] + rest.prefix(Self.mostTerms - 1)
      rest = rest.dropFirst(Self.mostTerms - 1)
    }
    instructions.append(
      .combine(LinearCombination(output: output, terms: Array(terms), noise: noise)))
  }

  private static let mostTerms = 16

  /// output <- sum of diag(coefficients) times register, plus `noise` times fresh normals.
  ///
  /// Where all columns have the same coefficients this is ``combine(into:_:noise:purpose:)``.
  ///
  /// - Parameters:
  ///   - output: Where the sum goes.
  ///   - terms: Up to 16 registers, each once, with one number for all columns or one a column.
  ///   - noise: The deviation, common to all columns.
  ///   - purpose: What the noise is for.
  public mutating func combineColumns(
    into output: Register = .position, _ terms: [([Double], Register)], noise: Double = 0,
    purpose: NoisePurpose = .predictor
  ) {
    let terms = terms.filter { !$0.0.allSatisfy { $0 == 0 } }
    guard let dimension = terms.map(\.0.count).max(), terms.contains(where: { !isEven($0.0) })
    else {
      return combine(into: output, terms.map { ($0.0[0], $0.1) }, noise: noise, purpose: purpose)
    }
    precondition(terms.count <= Self.mostTerms, "A sum of columns has at most 16 terms.")
    var columnNoise: ColumnNoise?
    if noise != 0 {
      let stream = nextStream(purpose)
      if !isNoiseFree {
        columnNoise = ColumnNoise(
          deviations: ColumnNumbers(Array(repeating: noise, count: dimension)), purpose: purpose,
          step: stream)
      }
    }
    let coefficients = terms.flatMap { coefficients, _ in
      coefficients.count == 1
        ? Array(repeating: coefficients[0], count: dimension) : coefficients
    }
    instructions.append(
      .combineColumns(
        ColumnCombination(
          output: output, registers: terms.map(\.1), coefficients: ColumnNumbers(coefficients),
          noise: columnNoise)))
  }

  /// Whether all columns have the same coefficient, up to rounding.
  private func isEven(_ coefficients: [Double]) -> Bool {
    let size = coefficients.reduce(0) { max($0, abs($1)) }
    return coefficients.allSatisfy { abs($0 - coefficients[0]) <= 4 * size.ulp }
  }

  /// Every row of a register <- one point.
  public mutating func fill(_ register: Register, with point: [Double]) {
    instructions.append(.fill(register, ColumnNumbers(point)))
  }

  /// Fills a register with standard normals; they are 0 while ``isNoiseFree``.
  public mutating func drawNormals(into output: Register, purpose: NoisePurpose = .predictor) {
    combine(into: output, [], noise: 1, purpose: purpose)
  }

  /// Emits a part that is not affine.
  public mutating func apply(_ operation: any PointOperation) {
    instructions.append(.apply(operation))
  }

  /// The operation that the program ends with, marks of steps aside; `nil` if it ends otherwise.
  public var lastOperation: (any PointOperation)? {
    let last = instructions.last { if case .begin = $0 { false } else { true } }
    guard case .apply(let operation) = last else { return nil }
    return operation
  }

  /// The number of a stream of noise that nothing else of the program uses.
  public mutating func nextStream(_ purpose: NoisePurpose) -> Int {
    defer { streams[purpose, default: 0] += 1 }
    return streams[purpose, default: 0]
  }

  /// A uniform number in (0, 1) of the method's own choosing, common to the rows of a block.
  public mutating func uniform() -> Double {
    defer { choices += 1 }
    var value = 0.5
    withUnsafeMutablePointer(to: &value) { pointer in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(start: pointer, count: 1),
        stream: key.stream(.methodChoice, step: choices), first: UInt64(block))
    }
    return value
  }

  /// The program so far.
  ///
  /// - Throws: ``SamplingError/invalidLevels(_:)`` if a coefficient is not finite: a step is too long.
  public func build() throws(SamplingError) -> SamplerProgram {
    var current: NoiseLevel?
    for instruction in instructions {
      switch instruction {
      case .begin(_, let level): current = level
      case .combine(let combination) where !combination.isFinite: throw notFinite(at: current)
      case .combineColumns(let combination) where !combination.isFinite:
        throw notFinite(at: current)
      case .fill(_, let point) where !point.isFinite: throw notFinite(at: current)
      case .evaluate(_, let level, _) where !(level.sigma > 0 && level.alpha > 0):
        throw .invalidLevels("at time \(level.time) no signal or no noise is left")
      case .combine, .combineColumns, .fill, .evaluate, .apply: break
      }
    }
    return SamplerProgram(instructions: instructions, registerCount: registers.count + 1)
  }

  private func notFinite(at level: NoiseLevel?) -> SamplingError {
    .invalidLevels(
      "the step from time \(level?.time ?? 0) has no finite coefficients; it is too long, or "
        + "leads to a level that this sampler cannot reach")
  }
}
