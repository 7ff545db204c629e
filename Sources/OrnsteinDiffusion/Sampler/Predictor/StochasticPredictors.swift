extension PredictorEntry {
  /// Higher order with noise.
  static let stochastic: [PredictorEntry] = []
}
