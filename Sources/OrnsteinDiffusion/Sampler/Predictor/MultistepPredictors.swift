extension PredictorEntry {
  /// Several scores a step, or scores of earlier steps.
  static let multistep: [PredictorEntry] = []
}
