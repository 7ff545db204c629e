import Ornstein

/// What lies beside samples: how they were drawn, so that they can be drawn again.
struct SampleRecord: Codable {
  var samples: String
  var source: String
  var sourceHash: String
  var plan: SamplingPlan
  var rows: Int
  var firstRow: Int
  var evaluationsPerRow: Int
  var seconds: Double
  var clippedCells: Int
  var trajectory: Trajectory?

  /// Where the ways of the rows lie, and the levels of their states but the last.
  struct Trajectory: Codable {
    var file: String
    var levels: [NoiseLevel]
  }

  /// Writes `FILE.json` beside the samples, unless they went to a pipe or a device.
  func writeBeside(_ path: String) throws {
    guard path != "-", !path.hasPrefix("/dev/") else { return }
    let file = try AtomicFile(path: path + ".json")
    try file.write(Array((try JSONText.encode(self) + "\n").utf8))
    try file.commit()
  }

  var summary: String {
    var text =
      "Drew \(rows) rows in \(Spelling.duration(seconds: seconds)) with \(evaluationsPerRow) "
      + "evaluations each, seed \(plan.seed)."
    if clippedCells > 0 {
      text += " \(clippedCells) cells were moved into the bounds of the data."
    }
    return text
  }
}
