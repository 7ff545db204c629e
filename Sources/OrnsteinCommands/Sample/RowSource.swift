import Ornstein

/// What draws the rows of a sample: the one way from a sampler of any kind to the files of `sample`.
protocol RowSource {
  /// The number type of the rows.
  associatedtype Scalar: BatchScalar
  /// What decides which rows are drawn.
  associatedtype Plan: Codable

  /// The most rows that a page shows.
  static var shownRows: Int { get }

  /// What a state on the way holds; a row of the sample is its beginning.
  var columns: [String] { get }
  /// The states of a way: one at each level, and the finished one.
  var stateCount: Int { get }
  /// The evaluations that a row costs, or `nil` where it differs from row to row.
  var evaluationsPerRow: Int? { get }

  /// Draws some rows, a point each.
  func points(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar>
  /// Draws some rows, ``stateCount`` states each.
  func ways(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar>
  /// What the record beside the sample says of a file with ways.
  func trajectory(in file: String) -> SampleTrajectory
  /// The page that shows some ways.
  func page(of ways: WayExcerpt, plan: Plan, name: String) -> Page
}

extension RowSource {
  static var shownRows: Int { 400 }
}

extension Sampler: RowSource {
  typealias Plan = SamplingPlan

  var columns: [String] { SampleCommand.names("x", model.dimension) }
  var stateCount: Int { program.levels.count + 1 }
  var evaluationsPerRow: Int? { program.evaluations }

  func points(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    try draw(rows: rows, threads: threads)
  }

  func ways(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    try drawTrajectories(rows: rows, threads: threads)
  }

  func trajectory(in file: String) -> SampleTrajectory {
    SampleTrajectory(file: file, columns: columns, levels: program.levels)
  }

  func page(of ways: WayExcerpt, plan: SamplingPlan, name: String) -> Page {
    FlowReport(
      name: name, facts: plan.facts(program), levels: program.levels, ways: ways,
      dimension: model.dimension, target: model as? any LogDensityModel<Double>
    ).page
  }
}

extension PhaseSpaceSampler: RowSource {
  typealias Plan = PhaseSpacePlan

  /// Positions, then velocities.
  var columns: [String] {
    SampleCommand.names("x", model.dimension) + SampleCommand.names("v", model.dimension)
  }
  var stateCount: Int { grid.times.count + 1 }
  var evaluationsPerRow: Int? { evaluations }

  func points(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    try draw(rows: rows, threads: threads)
  }

  func ways(of rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    try drawTrajectories(rows: rows, threads: threads)
  }

  /// The levels of the noise of positions.
  private var levels: [NoiseLevel] { grid.times.map(process.positionLevel) }

  func trajectory(in file: String) -> SampleTrajectory {
    SampleTrajectory(file: file, columns: columns, levels: levels)
  }

  func page(of ways: WayExcerpt, plan: PhaseSpacePlan, name: String) -> Page {
    FlowReport(
      name: name, facts: plan.facts(self), levels: levels, ways: ways,
      dimension: model.dimension, target: model as? any LogDensityModel<Double>
    ).page
  }
}

extension DiscreteSampler: RowSource {
  typealias Plan = DiscretePlan

  /// Frequencies need more rows than pictures of ways.
  static var shownRows: Int { 4000 }

  var columns: [String] { SampleCommand.names("x", model.dimension) }
  var stateCount: Int { times.count + 1 }
  var evaluationsPerRow: Int? { method.isExact ? nil : times.count - 1 }

  func points(of rows: Range<Int>, threads: Int) throws -> Batch<Double> {
    numbers(try draw(rows: rows, threads: threads))
  }

  func ways(of rows: Range<Int>, threads: Int) throws -> Batch<Double> {
    numbers(try drawTrajectories(rows: rows, threads: threads))
  }

  private func numbers(_ batch: DiscreteBatch) -> Batch<Double> {
    Batch(batch.elements.map { Double($0) }, dimension: batch.dimension)
  }

  func trajectory(in file: String) -> SampleTrajectory {
    SampleTrajectory(file: file, columns: columns, times: times)
  }

  func page(of ways: WayExcerpt, plan: DiscretePlan, name: String) -> Page {
    DiscreteFlowReport(name: name, facts: plan.facts(self), sampler: self, ways: ways).page
  }
}

extension SampleCommand {
  /// The names of coordinates, as x0, x1.
  static func names(_ letter: String, _ count: Int) -> [String] {
    (0..<count).map { "\(letter)\($0)" }
  }
}
