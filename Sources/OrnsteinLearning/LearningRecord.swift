import OrnsteinDiffusion

/// What missing cells were to the learning of a law.
public enum GapTreatment: String, Codable, Sendable, Hashable {
  /// Rows counted by the marginal law of the cells that they have, and what is missing was learned after
  /// the values, by the cells that are there.
  case marginal
}

/// How a law was learned: what every model file tells, whatever learned it.
public struct LearningRecord: Codable, Sendable, Hashable {
  /// The seed of the split and of all noise.
  public var seed: UInt64
  /// The rows of the data, held-out rows included.
  public var rows: Int
  /// The rows kept out of learning.
  public var heldOutRows: Int
  /// The hash of the data, in hexadecimal.
  public var dataHash: String
  /// The seconds of learning.
  public var seconds: Double
  /// The mean log-density of held-out rows under the model, in nats in the units of the data, or `nil`
  /// where none was measured.
  public var heldOutLogDensity: MeanLogDensity?
  /// What else is to be known, a sentence each: what was chosen, what went wrong.
  public var remarks: [String]
  /// What missing cells were, or `nil` where none were missing or values stood in for them.
  public var gaps: GapTreatment?

  /// A record by its parts.
  public init(
    seed: UInt64, rows: Int, heldOutRows: Int, dataHash: String, seconds: Double,
    heldOutLogDensity: MeanLogDensity? = nil, remarks: [String] = [], gaps: GapTreatment? = nil
  ) {
    self.seed = seed
    self.rows = rows
    self.heldOutRows = heldOutRows
    self.dataHash = dataHash
    self.seconds = seconds
    self.heldOutLogDensity = heldOutLogDensity
    self.remarks = remarks
    self.gaps = gaps
  }
}

extension TrainingRecord {
  /// What training has in common with all learning.
  public var learning: LearningRecord {
    LearningRecord(
      seed: seed, rows: rows, heldOutRows: heldOutRows, dataHash: dataHash, seconds: seconds,
      heldOutLogDensity: heldOutLogDensity)
  }
}
