import Ornstein

/// How densities were computed.
struct DensityRecord {
  /// A column, and in what its density is measured.
  struct Column: Encodable {
    var name: String
    var measure: DensityMeasure
  }

  var process: ProcessSpecification
  var stop: Double?
  var horizon: Double?
  var base: String?
  var trace: TraceEstimate?
  var tolerance: Double?
  /// The columns of a table; none for points of a target.
  var columns: [Column] = []
}

/// The mean of the densities, for people and machines.
struct DensitySummary: Encodable {
  var source: String
  var points: String
  var output: String
  var method: String
  var rows: Int
  /// Mean log-density of a row in nats, `nil` without rows.
  var mean: Double?
  var standardError: Double?
  var numericalError: Double?
  var process: ProcessSpecification
  var stop: Double?
  var horizon: Double?
  var base: String?
  var trace: String?
  var probes: Int?
  var tolerance: Double?
  var columns: [DensityRecord.Column]?
  var seed: UInt64
  var seconds: Double

  init(
    of densities: [LogDensity], _ rows: any DensityRows, source: String, points: String,
    output: String, method: String, seed: UInt64, seconds: Double
  ) {
    let record = rows.record
    (self.source, self.points, self.output, self.method) = (source, points, output, method)
    self.rows = densities.count
    if !densities.isEmpty {
      let mean = MeanLogDensity(of: densities)
      self.mean = mean.mean
      standardError = mean.standardError
      if rows.isIntegrated { numericalError = mean.numericalError }
    }
    (process, stop, horizon, base) = (record.process, record.stop, record.horizon, record.base)
    switch record.trace {
    case .exact: trace = "exact"
    case .hutchinson(let count): (trace, probes) = ("hutchinson", count)
    case nil: break
    }
    tolerance = record.tolerance
    columns = record.columns.isEmpty ? nil : record.columns
    self.seed = seed
    self.seconds = seconds
  }

  var text: String {
    var text: String
    if let mean, let standardError {
      let kind = method == "elbo" ? "Mean lower bound of the log-density" : "Mean log-density"
      text =
        "\(kind): \(Spelling.number(mean, digits: 5)) ± "
        + "\(Spelling.number(standardError, digits: 2)) nats over \(rows) rows"
      if let numericalError {
        text += " (numerical error \(Spelling.number(numericalError, digits: 2)) a row)"
      }
      text += "."
    } else {
      text = "There are no rows."
    }
    if let columns {
      let units = columns.filter { $0.measure == .perUnit }.map(\.name)
      let values = columns.filter { $0.measure == .probability }.map(\.name)
      var parts: [String] = []
      if !units.isEmpty { parts.append("a density for each unit of \(units.listed)") }
      if !values.isEmpty { parts.append("a probability of \(values.listed)") }
      text += "\nOf a row it is " + parts.joined(separator: ", ") + "."
    }
    return text + "\nWrote \"\(output)\" in \(Spelling.duration(seconds: seconds))."
  }
}

extension [String] {
  /// The first few, in quotes.
  fileprivate var listed: String {
    let shown = prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return count > 8 ? "\(shown) and \(count - 8) more" : shown
  }
}
