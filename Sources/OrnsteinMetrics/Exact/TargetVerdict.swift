/// Whether samples can be told from an exact law, all tests taken together.
public struct TargetVerdict: Sendable, Hashable, Codable {
  /// One test and what it says.
  public struct Test: Sendable, Hashable, Codable {
    /// What is tested.
    public var name: String
    /// The p-value by itself.
    public var pValue: Double
    /// The p-value adjusted by Holm's method for all tests.
    public var adjusted: Double
  }

  /// The false-alarm rate of all tests together.
  public static let level = 0.01

  /// Whether some test rejects that the samples have the law, at ``level`` for all tests together.
  public var isRejected: Bool
  /// The tests, the most telling first.
  public var tests: [Test]
  /// One sentence.
  public var sentence: String

  /// The verdict of some tests.
  ///
  /// - Parameter pValues: The p-value of each by its name; at least one.
  init(_ pValues: [(name: String, pValue: Double)]) {
    let adjusted = Significance.holm(pValues.map(\.pValue))
    let tests = zip(pValues, adjusted).map {
      Test(name: $0.name, pValue: $0.pValue, adjusted: $1)
    }
    self.tests = tests.sorted {
      ($0.adjusted, $0.pValue, $0.name) < ($1.adjusted, $1.pValue, $1.name)
    }
    let rejected = self.tests.filter { $0.adjusted <= Self.level }
    isRejected = !rejected.isEmpty
    sentence =
      rejected.isEmpty
      ? "By none of \(tests.count) tests can the samples be told from the target (false-alarm rate "
        + "\(Self.level) for all together)."
      : "The samples are not of the target: \(rejected.map(\.name).joined(separator: ", ")) "
        + (rejected.count == 1 ? "rejects" : "reject")
        + " it (false-alarm rate \(Self.level) for all \(tests.count) tests together)."
  }
}
