import OrnsteinNumerics

/// A predictor with or without a corrector: everything of a run but the model, the start and the
/// noise levels.
public struct SamplingMethod: Sendable {
  /// Leads from a level to the next.
  public var predictor: any Predictor
  /// Works at a level, or `nil`.
  public var corrector: (any Corrector)?
  /// How often the corrector works at each level.
  public var correctorSteps: Int
  /// Which comes first.
  public var order: CorrectorOrder
  /// What is done at the stop level.
  public var finish: Finish

  /// A method by its parts.
  public init(
    predictor: any Predictor, corrector: (any Corrector)? = nil, correctorSteps: Int = 1,
    order: CorrectorOrder = .afterPredictor, finish: Finish = .rescale
  ) {
    self.predictor = predictor
    self.corrector = corrector
    self.correctorSteps = correctorSteps
    self.order = order
    self.finish = finish
  }

  /// Whether programs differ between blocks of rows.
  public var isRandomized: Bool { predictor.isRandomized || (corrector?.isRandomized ?? false) }

  /// The program of a run along some levels.
  ///
  /// - Parameters:
  ///   - levels: From the horizon to the stop.
  ///   - key: The randomness, for methods that choose times at random.
  ///   - block: The block of rows that the program is for.
  /// - Throws: ``SamplingError/invalidLevels(_:)`` if the levels are fewer than two, not of increasing
  ///   signal-to-noise ratio, or a step has no finite coefficients.
  public func program(
    along levels: [NoiseLevel], key: NoiseKey = NoiseKey(seed: 0), block: Int = 0
  ) throws(SamplingError) -> SamplerProgram {
    guard levels.count >= 2 else { throw .invalidLevels("a run needs at least two") }
    for level in levels.dropLast() where !(level.alpha > 0 && level.sigma > 0) {
      throw .invalidLevels("at time \(level.time) no signal or no noise is left")
    }
    for (t, s) in zip(levels, levels.dropFirst()) where !(s.logSNR > t.logSNR) {
      throw .invalidLevels("time \(s.time) is not cleaner than time \(t.time)")
    }
    var program = ProgramBuilder(key: key, block: block)
    let last = levels.count - 2
    for index in 0...last {
      program.begin(step: index, at: levels[index])
      if order == .beforePredictor { correct(at: index, of: levels, into: &program) }
      program.isNoiseFree = finish == .mean && index == last
      predictor.emit(step: index, of: levels, into: &program)
      program.isNoiseFree = false
      // Noise after a mean would spoil it.
      if order == .afterPredictor, finish != .mean || index < last {
        correct(at: index + 1, of: levels, into: &program)
      }
    }
    end(at: levels[last + 1], step: last + 1, &program)
    return try program.build()
  }

  private func correct(
    at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder
  ) {
    guard let corrector, levels[index].sigma > 0 else { return }
    for _ in 0..<correctorSteps { corrector.emit(at: index, of: levels, into: &program) }
  }

  private func end(at level: NoiseLevel, step: Int, _ program: inout ProgramBuilder) {
    program.begin(step: step, at: level)
    switch finish {
    case .none: break
    case .denoise where level.sigma > 0:
      let score = program.evaluate(at: level)
      program.combine([
        (1 / level.alpha, .position), (level.sigma * level.sigma / level.alpha, score),
      ])
    case .rescale, .denoise, .mean: program.combine([(1 / level.alpha, .position)])
    }
  }
}
