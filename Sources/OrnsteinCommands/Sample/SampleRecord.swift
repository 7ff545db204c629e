import Ornstein

/// What lies beside samples: how they were drawn, so that they can be drawn again.
struct SampleRecord<Plan: Codable>: Codable {
  var samples: String
  var source: String
  var sourceHash: String
  var seed: UInt64
  var plan: Plan
  /// `nil` for what knows no other than its own.
  var precision: NetworkPrecision?
  var rows: Int
  var firstRow: Int
  /// `nil` where it differs from row to row.
  var evaluationsPerRow: Int?
  var seconds: Double
  var clippedCells: Int
  var trajectory: SampleTrajectory?

  /// Writes `FILE.json` beside the samples, unless they went to a pipe or a device.
  func writeBeside(_ path: String) throws {
    guard path != "-", !path.hasPrefix("/dev/") else { return }
    let file = try AtomicFile(path: path + ".json")
    try file.write(Array((try JSONText.encode(self) + "\n").utf8))
    try file.commit()
  }

  var summary: String {
    var text =
      "Drew \(rows) rows in \(Spelling.duration(seconds: seconds))"
      + (evaluationsPerRow.map { " with \($0) evaluations each" } ?? "") + ", seed \(seed)."
    if clippedCells > 0 {
      text += " \(clippedCells) cells were moved into the bounds of the data."
    }
    return text
  }
}

/// Where the ways of the rows lie, and what their states are, the last of which is finished.
struct SampleTrajectory: Codable {
  var file: String
  /// What a state holds, by name.
  var columns: [String]
  /// The levels of the states but the last; of positions in phase space, `nil` for discrete states.
  var levels: [NoiseLevel]?
  /// The cumulative rates of the states but the last, for discrete states.
  var times: [Double]?
}
