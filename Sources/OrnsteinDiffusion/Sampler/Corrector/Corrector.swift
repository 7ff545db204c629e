/// A rule that moves points towards the law of their own noise level.
public protocol Corrector: Sendable {
  /// What the method is.
  static var summary: MethodSummary { get }

  /// Whether programs differ between blocks of rows, because the method chooses times at random.
  var isRandomized: Bool { get }

  /// Emits one correction at a level.
  ///
  /// - Parameters:
  ///   - index: The number of the level.
  ///   - levels: All levels of the run, from the horizon to the stop.
  ///   - program: Receives the instructions.
  func emit(at index: Int, of levels: [NoiseLevel], into program: inout ProgramBuilder)
}

extension Corrector {
  /// Programs are the same for all rows.
  public var isRandomized: Bool { false }
}

/// Which of a predictor and a corrector comes first at a level.
public enum CorrectorOrder: String, Sendable, Codable, CaseIterable {
  /// The predictor leads to a level and the corrector follows there: algorithm 1 of Song et al.,
  /// arXiv 2011.13456.
  case afterPredictor = "after"
  /// The corrector works at a level before the predictor leaves it: the published code of the same.
  case beforePredictor = "before"
}
