/// Where gradient descent stands after an iteration.
public struct DescentProgress: Sendable, Equatable, Codable {
  /// All iterations that are done.
  public internal(set) var history: [DescentEvent]
  var centres: [Double]
  var logits: [Double]
  var variance: Double
  var centreSums: [Double]
  var weightSums: [Double]
  var varianceSum: Double
  var averaged: Int

  /// Whether the numbers are those of a student of given size.
  func fits(components: Int, dimension: Int) -> Bool {
    [centres, centreSums].allSatisfy { $0.count == components * dimension }
      && [logits, weightSums].allSatisfy { $0.count == components } && averaged >= 0
  }
}
