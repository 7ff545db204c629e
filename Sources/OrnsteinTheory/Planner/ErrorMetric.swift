/// How the distance between the law of the samples and the law of the data is measured.
public enum ErrorMetric: String, Sendable, Codable, CaseIterable {
  /// KL(data | samples), in nats.
  case divergence = "kl"
  /// The total variation distance, 0 to 1.
  case totalVariation = "tv"
  /// The Wasserstein distance of order 2, in the units of the points.
  case wasserstein = "w2"

  /// What people call it.
  public var title: String {
    switch self {
    case .divergence: "Kullback-Leibler divergence"
    case .totalVariation: "total variation"
    case .wasserstein: "Wasserstein-2 distance"
    }
  }
}
