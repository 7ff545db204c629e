import RealModule

/// The noise levels of a process by their deviation sigma / alpha.
struct PlannedLevels {
  let process: any ForwardProcess
  /// Whether the score is known at more noise than that of the process's horizon.
  var reachesBeyondHorizon = false

  /// The level with a deviation; beyond the times of the process, the nearest time with its noise
  /// changed.
  func level(_ deviation: Double) -> NoiseLevel {
    guard deviation > 0 else {
      return NoiseLevel(time: process.timeRange.lowerBound, alpha: 1, sigma: 0)
    }
    let time = process.time(ofLogSNR: -.log(deviation))
    let nearest = min(max(time, process.timeRange.lowerBound), process.timeRange.upperBound)
    var level = process.level(at: nearest)
    if !(level.alpha > 0) { level.alpha = 1 }
    guard nearest == time, level.sigma > 0,
      abs(level.relativeDeviation - deviation) <= 1e-9 * deviation
    else {
      return NoiseLevel(time: level.time, alpha: level.alpha, sigma: level.alpha * deviation)
    }
    return level
  }

  /// Where a planned run starts: the horizon asked for, or ten times the largest deviation of the
  /// data, but not above the horizon of the process unless the score is known there and the process
  /// has later times.
  func start(_ grid: GridSpecification, deviation: Double) throws -> Double {
    if let horizon = grid.horizon { return try check(horizon, "horizon") }
    let later = reachesBeyondHorizon && deviation.isFinite
    let latest = later ? process.timeRange.upperBound : process.horizon
    let most = latest.isFinite ? process.level(at: latest).relativeDeviation : .infinity
    return min(10 * deviation, most)
  }

  /// Where a planned run starts and ends: at the stop asked for, or at 0.
  func ends(
    _ grid: GridSpecification, deviation: Double
  ) throws -> (start: Double, end: Double) {
    let end = try grid.stop.map { try check($0, "stop time") } ?? 0
    let start = try start(grid, deviation: max(deviation, end))
    guard end < start else {
      throw GridError.emptyInterval(
        horizon: grid.horizon ?? process.horizon, stop: grid.stop ?? 0)
    }
    return (start, end)
  }

  private func check(_ time: Double, _ option: String) throws -> Double {
    guard process.timeRange.contains(time) else {
      throw GridError.outsideProcess(option: option, time: time, range: process.timeRange)
    }
    return process.level(at: time).relativeDeviation
  }

  /// Deviations with equal steps of their 7th root, then `end`: a grid for when nothing is known of
  /// the data but its scale (Karras et al., arXiv 2206.00364, equation 5).
  static func spread(steps: Int, from start: Double, lowest: Double, to end: Double) -> [Double] {
    let last = end > 0 ? steps : steps - 1
    let low = end > 0 ? end : min(lowest, start / 2)
    let (high, root) = (Double.pow(start, 1.0 / 7), Double.pow(low, 1.0 / 7))
    var deviations = (0...max(last, 0)).map { index in
      Double.pow(high + (root - high) * Double(index) / Double(max(last, 1)), 7)
    }
    deviations[0] = start
    if end > 0 { deviations[last] = end } else { deviations.append(0) }
    return deviations
  }
}
