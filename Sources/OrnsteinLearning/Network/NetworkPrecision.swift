/// The arithmetic of the products between a network's hidden units.
public enum NetworkPrecision: String, Sendable, Codable, CaseIterable {
  /// Single precision: 24 significant bits.
  case single
  /// bfloat16: 8 significant bits of the factors, sums in single precision.
  case bfloat16
}
