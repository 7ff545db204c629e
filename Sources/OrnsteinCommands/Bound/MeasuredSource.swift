import Ornstein

/// What is measured on a model with data, on an exact target or on data alone.
struct MeasurementRequest {
  /// A model, or the .json file of a target.
  var source: String
  /// The table that a model is measured on.
  var data: String?
  /// How many points are used at most.
  var points: Int
  /// How many noise levels.
  var levels: Int
  /// The canonical times of the highest and the lowest level.
  var horizon: Double
  var stop: Double
  var seed: UInt64
  var threads: Int
  var showsProgress: Bool

  var isTarget: Bool { source.lowercased().hasSuffix(".json") }

  private func grid() throws(CommandFailure) -> [NoiseLevel] {
    let process = OrnsteinUhlenbeck.canonical
    let grid = GridSpecification(.logSNR, steps: levels - 1, horizon: horizon, stop: stop)
    do {
      return try grid.make(for: process).levels(of: process)
    } catch {
      throw CommandFailure(.badUsage, "\(error)")
    }
  }

  func measure() throws -> DataStatistics {
    let grid = try grid()
    var line = ProgressLine(isShown: showsProgress)
    let progress = { (done: Int) in line.show("Measured \(done) of \(grid.count) levels") }
    defer { line.clear() }
    if isTarget {
      if data != nil {
        throw CommandFailure(
          .badUsage, "--data means nothing for an exact target, which has points of its own.")
      }
      let target = try TargetFile(contentsOf: source).makeTarget(Double.self)
      return try DataStatistics(
        of: target, points: points, levels: grid, seed: seed, threads: threads, progress: progress)
    }
    guard let data else {
      throw CommandFailure(
        .badUsage,
        "A learned model is measured on data: name a table with --data, best one that it has not "
          + "learned from.")
    }
    let model = try TableModel(contentsOf: source)
    let all = try model.schema.encode(try Table(contentsOf: data), key: NoiseKey(seed: seed))
    guard all.count >= 2 else {
      throw CommandFailure(
        .badInput, "\"\(data)\" has \(all.count) rows; two are needed to measure anything.")
    }
    let measured = all.count > points ? all[0..<points] : all
    let measurement = ScoreMeasurement(of: model.score, on: measured, key: NoiseKey(seed: seed))
    let levels = try measurement.statistics(at: grid, threads: threads, progress: progress)
    guard levels.allSatisfy({ $0.denoisingLoss.value.isFinite }) else {
      throw CommandFailure(.failed, "The model \"\(source)\" gives scores that are no numbers.")
    }
    return DataStatistics(of: measured, levels: levels)
  }
}
