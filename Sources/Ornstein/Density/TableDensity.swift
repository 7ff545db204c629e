import OrnsteinDiffusion
import OrnsteinLearning
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// How the log-density of rows is computed.
public struct DensitySettings: Sendable, Hashable {
  /// The method.
  public enum Method: String, Sendable, CaseIterable, Codable {
    /// By the closed form of a learned law that has one, else by the probability flow.
    case automatic
    /// By the probability flow.
    case flow
    /// The variational lower bound of an ancestral sampler.
    case elbo
  }

  /// The method.
  public var method: Method
  /// The forward process, or `nil` for that of the model.
  public var process: ProcessSpecification?
  /// The time at which the score is no longer followed; `nil` for that of the process.
  public var stop: Double?
  /// The time of the base law; `nil` for that of the process.
  public var horizon: Double?
  /// The law at the horizon.
  public var initialLaw: InitialLaw
  /// How the trace is found, `nil` for ``/OrnsteinDiffusion/TraceEstimate/automatic(for:)``.
  public var trace: TraceEstimate?
  /// The numerical error that is aimed at, in nats.
  public var tolerance: Double
  /// The steps of the sampler that a variational bound is of.
  public var steps: Int
  /// How many times each row is noised at each level of a variational bound.
  public var draws: Int
  /// The seed of probes and noise.
  public var seed: UInt64

  /// Settings by their parts.
  public init(
    method: Method = .automatic, process: ProcessSpecification? = nil, stop: Double? = nil,
    horizon: Double? = nil, initialLaw: InitialLaw = .momentMatched, trace: TraceEstimate? = nil,
    tolerance: Double = 1e-3, steps: Int = 100, draws: Int = 1, seed: UInt64 = 0
  ) {
    self.method = method
    self.process = process
    self.stop = stop
    self.horizon = horizon
    self.initialLaw = initialLaw
    self.trace = trace
    self.tolerance = tolerance
    self.steps = steps
    self.draws = draws
    self.seed = seed
  }
}

extension TableModel {
  /// The log-density of each row under the model, in nats, in the units of the table.
  ///
  /// The law is that of rows that an exact solver of the probability flow draws, decoded: a density
  /// for each unit of a real number or an angle, a probability for a whole number, a category, a boolean
  /// and for a cell to be missing (``/OrnsteinTables/ColumnSchema/densityMeasure``). Where a value stands
  /// for more than one point (a number that is printed to some digits, a level, a category), the
  /// log-density is that of a point drawn at random among those, less that of the draw: in the mean over
  /// the seed a lower bound of the log-density of the value, exact where the density varies little over
  /// it (variational dequantisation).
  ///
  /// A row with gaps has the probability of its gaps times the density of the cells that are there. A
  /// mixture that was learned from rows with gaps has both in closed form: what is missing is integrated
  /// out. To any other law a gap is a value of its own.
  ///
  /// - Parameters:
  ///   - table: The rows, with the columns of the schema.
  ///   - settings: How it is computed.
  ///   - firstRow: The number of the first row, which decides on its randomness.
  ///   - threads: How many threads work; does not change the result.
  ///   - progress: Told how many rows are done, from any thread.
  /// - Throws: ``/OrnsteinTables/TableError`` that names a row or column, or
  ///   ``/OrnsteinDiffusion/LikelihoodError``, ``/OrnsteinDiffusion/ProcessError``,
  ///   ``/OrnsteinDiffusion/GridError``.
  /// - Source: Ho et al., arXiv 1902.00275 (variational dequantisation).
  public func logDensities(
    of table: Table, _ settings: DensitySettings = DensitySettings(), firstRow: Int = 0,
    threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> [LogDensity] {
    try logDensities(
      of: try schema.measure(table, key: NoiseKey(seed: settings.seed), firstRow: firstRow),
      settings, firstRow: firstRow, threads: threads, progress: progress)
  }

  func logDensities(
    of measured: MeasuredPoints, _ settings: DensitySettings, firstRow: Int = 0, threads: Int = 1,
    progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> [LogDensity] {
    let specification = settings.process ?? self.process
    let process = try specification.make()
    let base = try BaseLaw(settings.initialLaw, moments: moments)
    let key = NoiseKey(seed: settings.seed)
    switch settings.method {
    case .automatic where learned.closedForm != nil:
      return try closedForm(measured, settings, process, firstRow: firstRow, threads: threads)
    case .automatic, .flow:
      let measured = try completed(measured, key: key, firstRow: firstRow, threads: threads)
      let flow = try FlowLikelihood(
        score, process: process, stop: settings.stop, horizon: settings.horizon, base: base,
        trace: settings.trace, tolerance: settings.tolerance, key: key)
      let noised = DequantisedRows(measured, at: flow.stop, key: key, firstRow: firstRow)
      let found = try flow.logDensities(
        of: noised.points, firstRow: firstRow, threads: threads, progress: progress)
      return zip(found, noised.shifts).map { $0.shifted(by: $1) }
    case .elbo:
      let measured = try completed(measured, key: key, firstRow: firstRow, threads: threads)
      return try lowerBounds(
        measured, settings, process, base: base, firstRow: firstRow, threads: threads)
    }
  }
}
