import OrnsteinNumerics
import RealModule

/// The log-density of points under the probability flow of a score.
///
/// The flow carries a point x of the stop level to the horizon, and the law at the horizon back:
/// in the coordinates z = x / kappa of the canonical process, dz/dt = -z - s and
///
///     log p_stop(z) = log p_horizon(z_horizon) - integral of (d + div s) dt,
///
/// the law of what an exact solver of the flow draws. For an exact score it is the law of the noised
/// data, if the law at the horizon is. Integrated in the half log-SNR, where the flow is never stiff,
/// by the pair of Dormand and Prince: every point chooses its own steps, halves of halves of common
/// ones, so that points at one level share an evaluation and yet no point depends on others. The
/// error of a step in the point is weighed by what it does to the log-density, s . dz.
///
/// The value of a row is a function of the row, the settings and, for an estimated trace, the number of
/// the row: never of threads, chunks or other rows.
///
/// - Cost: some 100 to 300 evaluations a point, each with its trace: closed form, `dimension`
///   derivatives, or one derivative a probe.
/// - Source: Song et al., arXiv 2011.13456, section 4.3 and appendix D.2; Chen et al., arXiv 1806.07366.
public struct FlowLikelihood<Scalar: BatchScalar>: Sendable {
  private static var chunkRows: Int { 128 }

  /// The score with its derivatives.
  public let derivative: ScoreDerivative<Scalar>
  /// The level at which points are given.
  public let stop: NoiseLevel
  /// The level of the base law.
  public let horizon: NoiseLevel
  /// How the trace is found.
  public let trace: TraceEstimate
  /// The numerical error of a log-density that is aimed at, in nats.
  public let tolerance: Double
  private let integrator: FlowIntegrator<Scalar>
  private let base: BaseDensity<Scalar>

  /// The likelihood of a model.
  ///
  /// - Parameters:
  ///   - model: The score of the noised data.
  ///   - process: The process whose times are meant; the density of data does not depend on it but
  ///     for its ends.
  ///   - stop: The time at which points are given; `nil` for that of the process.
  ///   - horizon: The time of the base law; `nil` for that of the process.
  ///   - base: The law at the horizon.
  ///   - trace: How the trace is found; `nil` for ``TraceEstimate/automatic(for:)``.
  ///   - tolerance: The numerical error of a log-density that is aimed at, in nats, above 0. Scores of
  ///     single precision do not reach much less than 1e-5.
  ///   - key: The randomness of the probes.
  /// - Throws: ``LikelihoodError`` for settings that make no sense.
  public init(
    _ model: any ScoreModel<Scalar>, process: any ForwardProcess = OrnsteinUhlenbeck.canonical,
    stop: Double? = nil, horizon: Double? = nil, base: BaseLaw = .process,
    trace: TraceEstimate? = nil, tolerance: Double = 1e-4, key: NoiseKey = NoiseKey(seed: 0)
  ) throws(LikelihoodError) {
    guard tolerance > 0, tolerance.isFinite else {
      throw .invalidSetting(name: "tolerance", value: tolerance, requirement: "must be above 0")
    }
    let derivative = ScoreDerivative(model)
    let trace = trace ?? .automatic(for: derivative)
    if case .hutchinson(let probes) = trace, !(1...1024).contains(probes) {
      throw .invalidSetting(
        name: "number of probes", value: Double(probes), requirement: "must be between 1 and 1024")
    }
    let times = (stop: stop ?? process.defaultStop, horizon: horizon ?? process.horizon)
    guard times.stop.isFinite, times.horizon.isFinite, times.stop < times.horizon,
      process.timeRange.contains(times.stop), process.timeRange.contains(times.horizon)
    else { throw .invalidLevels(stop: times.stop, horizon: times.horizon) }
    let levels = (process.level(at: times.stop), process.level(at: times.horizon))
    guard levels.0.sigma > 0, levels.1.alpha > 0, levels.0.logSNR > levels.1.logSNR else {
      throw .invalidLevels(stop: times.stop, horizon: times.horizon)
    }
    self.derivative = derivative
    self.stop = levels.0
    self.horizon = levels.1
    self.trace = trace
    self.tolerance = tolerance
    self.base = try BaseDensity(base, of: model, at: levels.1)
    integrator = FlowIntegrator(
      derivative, process: process, from: levels.0, to: levels.1, trace: trace,
      tolerance: tolerance, key: key)
  }

  /// The number of coordinates.
  public var dimension: Int { derivative.dimension }

  /// The log-densities of points of the stop level, x = alpha x_0 + sigma xi.
  ///
  /// - Parameters:
  ///   - points: The points; computed with in double precision whatever their own.
  ///   - firstRow: The number of the first row, which decides on its probes.
  ///   - threads: How many threads work; does not change the result.
  ///   - progress: Told how many rows are done, from any thread.
  /// - Throws: ``LikelihoodError`` for points of another dimension or that are not finite, or a score
  ///   that is not finite.
  public func logDensities<Point: BatchScalar>(
    of points: Batch<Point>, firstRow: Int = 0, threads: Int = 1,
    progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> [LogDensity] {
    try logDensities(
      of: points, scale: 1 / stop.scale, firstRow: firstRow, threads: threads, progress: progress)
  }

  /// The log-densities of points of data under the law that a sampler draws that ends with
  /// x / alpha: the data with noise of deviation sigma / alpha of the stop level.
  ///
  /// - Parameters:
  ///   - points: The points; computed with in double precision whatever their own.
  ///   - firstRow: The number of the first row, which decides on its probes.
  ///   - threads: How many threads work; does not change the result.
  ///   - progress: Told how many rows are done, from any thread.
  /// - Throws: ``LikelihoodError`` for points of another dimension or that are not finite, or a score
  ///   that is not finite.
  public func logDensities<Point: BatchScalar>(
    ofData points: Batch<Point>, firstRow: Int = 0, threads: Int = 1,
    progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> [LogDensity] {
    let shift = Double(dimension) * .log(stop.alpha)
    return try logDensities(
      of: points, scale: stop.alpha / stop.scale, firstRow: firstRow, threads: threads,
      progress: progress
    ).map {
      LogDensity(
        value: $0.value + shift, numericalError: $0.numericalError,
        standardError: $0.standardError)
    }
  }

  /// The log-densities at the stop level of points, given up to a scale.
  private func logDensities<Point: BatchScalar>(
    of points: Batch<Point>, scale: Double, firstRow: Int, threads: Int,
    progress: (@Sendable (Int) -> Void)?
  ) throws -> [LogDensity] {
    let d = dimension
    guard points.dimension == d else {
      throw LikelihoodError.wrongDimension(found: points.dimension, expected: d)
    }
    let counter = RowCounter(progress)
    return try [LogDensity](unsafeUninitializedCapacity: points.count) { output, initialized in
      nonisolated(unsafe) let output = output
      try Chunks(of: firstRow..<firstRow + points.count, size: Self.chunkRows)
        .forEach(threads: threads) { rows, workspace in
          try workspace.withBuffer(of: Double.self, count: rows.count * d) { z in
            try points.withUnsafeBufferPointer { points in
              let first = (rows.lowerBound - firstRow) * d
              for index in z.indices {
                let coordinate = Double(points[first + index])
                guard coordinate.isFinite else {
                  throw LikelihoodError.pointNotFinite(row: rows.lowerBound + index / d)
                }
                z[index] = scale * coordinate
              }
            }
            try write(rows, z, workspace) { row, density in
              (output.baseAddress.unsafelyUnwrapped + (row - firstRow)).initialize(to: density)
            }
          }
          counter.add(rows.count)
        }
      initialized = points.count
    }
  }

  private func write(
    _ rows: Range<Int>, _ z: UnsafeMutableBufferPointer<Double>, _ workspace: Workspace,
    _ body: (Int, LogDensity) -> Void
  ) throws {
    let (n, d, traces) = (rows.count, dimension, integrator.traceCount)
    try workspace.withBuffer(of: Double.self, count: n * (traces + 2)) { numbers in
      let changes = UnsafeMutableBufferPointer(rebasing: numbers[..<(n * traces)])
      let errors = UnsafeMutableBufferPointer(rebasing: numbers[(n * traces)..<(n * (traces + 1))])
      let start = UnsafeMutableBufferPointer(rebasing: numbers[(n * (traces + 1))...])
      try integrator.carry(
        z, rows: rows, changes: changes, errors: errors, workspace: workspace)
      base.logDensity(
        of: UnsafeBufferPointer(z), dimension: d, into: start, workspace: workspace)
      let shift = Double(d) * .log(stop.scale)
      for row in 0..<n {
        var mean = 0.0
        for probe in 0..<traces { mean += changes[row * traces + probe] }
        mean /= Double(traces)
        var standardError: Double?
        if case .hutchinson = trace, traces > 1 {
          var squares = 0.0
          for probe in 0..<traces {
            let difference = changes[row * traces + probe] - mean
            squares += difference * difference
          }
          standardError = (squares / Double(traces - 1) / Double(traces)).squareRoot()
        }
        let value = start[row] - mean - shift
        guard value.isFinite else {
          throw LikelihoodError.notFinite(row: rows.lowerBound + row)
        }
        body(
          rows.lowerBound + row,
          LogDensity(value: value, numericalError: errors[row], standardError: standardError))
      }
    }
  }
}
