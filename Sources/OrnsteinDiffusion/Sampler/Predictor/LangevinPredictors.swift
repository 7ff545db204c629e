extension PredictorEntry {
  /// Samplers that stay at a level, and those built on correctors.
  static let langevin: [PredictorEntry] = []
}
