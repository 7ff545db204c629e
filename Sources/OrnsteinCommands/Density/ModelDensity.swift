import Ornstein

/// The log-densities of the rows of a table under a learned model.
struct ModelDensity: DensityRows {
  private let model: TableModel
  private let table: Table
  private let settings: DensitySettings
  private let threads: Int
  let record: DensityRecord

  init(
    source: String, points: String, _ options: DensityOptions, _ method: DensityOptions.Method,
    threads: Int
  ) throws {
    let model = try TableModel(contentsOf: source)
    let place: DensityOptions.Place = try choice(options.at, "--at")
    guard place == .data else {
      throw CommandFailure(
        .badUsage, "--at stop means nothing for rows of a table; it is for points of a target.")
    }
    var settings = DensitySettings(
      process: try options.processGiven(), stop: options.stop, horizon: options.horizon,
      trace: try options.traceEstimate(), tolerance: options.tolerance ?? 1e-3,
      steps: options.steps ?? 100, draws: options.draws ?? 1, seed: options.seed)
    switch method {
    case .flow: settings.method = .flow
    case .elbo: settings.method = .elbo
    case .exact:
      guard model.learned.closedForm != nil else {
        throw CommandFailure(
          .badUsage,
          "--method exact needs an exact target or a mixture; the density of the model "
            + "\"\(source)\" has no closed form, so take flow or elbo.")
      }
      settings.method = .automatic
    }
    let base: DensityOptions.Base = try choice(
      options.base ?? DensityOptions.Base.momentMatched.rawValue, "--base")
    switch base {
    case .process: settings.initialLaw = .process
    case .momentMatched: settings.initialLaw = .momentMatched
    case .exact: throw LikelihoodError.densityMissing
    }
    self.model = model
    self.settings = settings
    self.threads = threads
    table = try Table(contentsOf: points)
    // Every cell is checked before any work.
    _ = try model.schema.encode(table)
    record = DensityRecord(
      process: settings.process ?? model.process, stop: settings.stop, horizon: settings.horizon,
      base: base.rawValue,
      trace: method == .flow
        ? settings.trace ?? .automatic(for: ScoreDerivative(model.score)) : nil,
      tolerance: method == .flow ? settings.tolerance : nil,
      columns: model.schema.columns.map {
        DensityRecord.Column(name: $0.name, measure: $0.densityMeasure)
      })
  }

  var count: Int { table.rowCount }
  var blockRows: Int { 2_048 }
  var isIntegrated: Bool { settings.method == .flow }

  var isRepeated: Bool {
    if settings.method == .elbo { return settings.draws > 1 }
    if case .hutchinson(let probes) = record.trace { return probes > 1 }
    return false
  }

  func logDensities(_ rows: Range<Int>) throws -> [LogDensity] {
    try model.logDensities(
      of: table.selecting(rows: rows), settings, firstRow: rows.lowerBound, threads: threads)
  }
}
