import Ornstein
import RealModule

/// The log-densities of points under an exact target.
struct TargetDensity: DensityRows {
  private enum Method {
    case flow(FlowLikelihood<Double>)
    case bound(VariationalBound<Double>)
    case exact(NoiseLevel)
  }

  private let target: any ExactTarget<Double>
  private let points: Batch<Double>
  private let method: Method
  private let isData: Bool
  private let threads: Int
  let record: DensityRecord

  init(
    source: String, points: String, _ options: DensityOptions, _ method: DensityOptions.Method,
    threads: Int
  ) throws {
    if try DiscreteTargetDescription(ifIn: source) != nil {
      throw CommandFailure(
        .badInput, "\"\(source)\" is a target of discrete states, which have no density.")
    }
    let target = try TargetFile(contentsOf: source).makeTarget(Double.self)
    let place: DensityOptions.Place = try choice(options.at, "--at")
    let specification = try options.processGiven() ?? .ornsteinUhlenbeck
    let process = try specification.make()
    let base: DensityOptions.Base = try choice(
      options.base ?? DensityOptions.Base.exact.rawValue, "--base")
    let law: BaseLaw =
      switch base {
      case .process: .process
      case .momentMatched: .moments(target.moments)
      case .exact: .exact
      }
    let key = NoiseKey(seed: options.seed)
    var trace: TraceEstimate?
    var tolerance: Double?
    switch method {
    case .flow:
      let flow = try FlowLikelihood(
        target, process: process, stop: options.stop, horizon: options.horizon, base: law,
        trace: try options.traceEstimate(), tolerance: options.tolerance ?? 1e-4, key: key)
      (trace, tolerance) = (flow.trace, flow.tolerance)
      self.method = .flow(flow)
    case .elbo:
      guard place == .data else {
        throw CommandFailure(
          .badUsage, "--at stop means nothing for --method elbo, which noises data itself.")
      }
      var grid = GridSpecification(.logSNR, steps: options.steps ?? 100)
      grid.stop = options.stop
      grid.horizon = options.horizon
      self.method = .bound(
        try VariationalBound(
          target, levels: try grid.levels(for: process), base: law, draws: options.draws ?? 1,
          key: key))
    case .exact:
      self.method = .exact(try Self.level(options, place, process, target, source))
    }
    self.target = target
    self.threads = threads
    isData = place == .data
    self.points = try Self.read(points, dimension: target.dimension)
    record = DensityRecord(
      process: specification, stop: options.stop, horizon: options.horizon,
      base: method == .exact ? nil : base.rawValue, trace: trace, tolerance: tolerance)
  }

  var count: Int { points.count }
  var blockRows: Int { 4_096 }

  var isIntegrated: Bool {
    if case .flow = method { true } else { false }
  }

  var isRepeated: Bool {
    switch method {
    case .flow(let flow):
      if case .hutchinson(let probes) = flow.trace { probes > 1 } else { false }
    case .bound(let bound): bound.draws > 1
    case .exact: false
    }
  }

  func logDensities(_ rows: Range<Int>) throws -> [LogDensity] {
    let (block, first) = (points[rows], rows.lowerBound)
    switch method {
    case .flow(let flow):
      return isData
        ? try flow.logDensities(ofData: block, firstRow: first, threads: threads)
        : try flow.logDensities(of: block, firstRow: first, threads: threads)
    case .bound(let bound):
      return try bound.logDensities(ofData: block, firstRow: first, threads: threads)
    case .exact(let level):
      let factor = isData ? level.alpha : 1
      let shift = isData ? Double(target.dimension) * .log(level.alpha) : 0
      let scaled = Batch(block.elements.map { factor * $0 }, dimension: target.dimension)
      return target.logDensity(of: scaled, at: level).map { LogDensity(value: $0 + shift) }
    }
  }

  /// The level at which a closed form is taken: without noise for data of a target that has a density,
  /// unless a stop is given.
  private static func level(
    _ options: DensityOptions, _ place: DensityOptions.Place, _ process: any ForwardProcess,
    _ target: any ExactTarget<Double>, _ source: String
  ) throws -> NoiseLevel {
    if options.stop == nil, place == .data, target.hasDensity {
      guard options.process == nil else {
        throw CommandFailure(
          .badUsage,
          "--process means nothing for the closed form without noise; leave it out, or give the "
            + "noise with --stop.")
      }
      return NoiseLevel(time: 0, alpha: 1, sigma: 0)
    }
    let time = options.stop ?? process.defaultStop
    guard process.timeRange.contains(time) else {
      throw LikelihoodError.invalidLevels(stop: time, horizon: process.horizon)
    }
    let level = process.level(at: time)
    guard level.sigma > 0 || target.hasDensity else {
      throw CommandFailure(
        .badUsage,
        "The target \"\(source)\" has no density without noise; give a --stop above 0.")
    }
    guard level.alpha > 0 else {
      throw LikelihoodError.invalidLevels(stop: time, horizon: process.horizon)
    }
    return level
  }

  /// The columns x0, x1, … of a table, or all of it if it has as many columns as coordinates are needed.
  private static func read(_ path: String, dimension: Int) throws -> Batch<Double> {
    let table = try Table(contentsOf: path)
    let named = (0..<dimension).compactMap { table["x\($0)"] }
    guard named.count == dimension || table.columns.count == dimension else {
      if table.columns.count > dimension,
        let missing = (0..<dimension).first(where: { table["x\($0)"] == nil })
      {
        throw TableError.absentColumn(file: path, name: "x\(missing)", present: table.names)
      }
      throw CommandFailure(
        .badInput,
        "\"\(path)\" has \(table.columns.count) columns; the target has \(dimension) coordinates and "
          + "needs a column for each.")
    }
    let columns = named.count == dimension ? named : table.columns
    var coordinates = [Double](repeating: 0, count: table.rowCount * dimension)
    for (j, column) in columns.enumerated() {
      guard case .numbers(let numbers) = column.cells else {
        throw TableError.notNumber(column, in: path)
      }
      if let row = column.missing.firstIndex(of: true) {
        throw CommandFailure(
          .badInput,
          "\"\(path)\", row \(row + 1), column \"\(column.name)\": the cell is missing; fill it or "
            + "remove the row.")
      }
      for row in numbers.indices { coordinates[row * dimension + j] = numbers[row] }
    }
    return Batch(coordinates, dimension: dimension)
  }
}
