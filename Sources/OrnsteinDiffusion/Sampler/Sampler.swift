import OrnsteinNumerics
import RealModule
import Synchronization

/// Draws points: carries noise from the horizon down the levels of a plan to data.
///
/// Rows are cut at the multiples of ``chunkRows``; a worker carries one chunk through the whole
/// trajectory. The noise of a number is a pure function of (seed, step, row, coordinate), so a row
/// comes out with the same bits for any number of threads and any range of rows.
public struct Sampler<Scalar: BatchScalar>: Sendable {
  /// The rows that one worker carries at once: a constant of the algorithm.
  public static var chunkRows: Int { 256 }

  /// Where the points at the horizon come from.
  public enum Start: Sendable {
    /// The prior, N(0, (alpha^2 + sigma^2) I).
    case process
    /// The normal law of the noised data with these moments of the clean data.
    case moments(DataMoments)
  }

  /// The score of the noised data.
  public let model: any ScoreModel<Scalar>
  /// The noise levels, from the horizon to the stop.
  public let levels: [NoiseLevel]
  /// The coefficients of each step; one fewer than the levels.
  public let steps: [AffineStep]
  /// What is done at the stop level.
  public let finish: Finish
  /// The randomness.
  public let key: NoiseKey
  let initial: InitialDraw

  /// A sampler by its parts, for predictors and levels that no plan names.
  ///
  /// - Throws: ``SamplingError`` if the levels are fewer than two, not of increasing signal-to-noise
  ///   ratio, or a step has no finite coefficients; or if the moments do not fit.
  public init(
    model: any ScoreModel<Scalar>, levels: [NoiseLevel], predictor: any AffinePredictor,
    start: Start = .process, finish: Finish = .rescale, key: NoiseKey
  ) throws(SamplingError) {
    guard levels.count >= 2 else { throw .invalidLevels("a run needs at least two") }
    for level in levels.dropLast() where !(level.alpha > 0 && level.sigma > 0) {
      throw .invalidLevels("at time \(level.time) no signal or no noise is left")
    }
    var steps: [AffineStep] = []
    for (t, s) in zip(levels, levels.dropFirst()) {
      guard s.logSNR > t.logSNR else {
        throw .invalidLevels("time \(s.time) is not cleaner than time \(t.time)")
      }
      let step = predictor.step(from: t, to: s)
      guard step.isFinite else {
        throw .invalidLevels("the step from time \(t.time) to \(s.time) is too long")
      }
      steps.append(step)
    }
    self.model = model
    self.levels = levels
    self.steps = steps
    self.finish = finish
    self.key = key
    initial = try InitialDraw(start, at: levels[0], dimension: model.dimension)
  }

  /// Draws some rows of the endless sample of this plan.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - progress: Told the number of rows done, from any thread, one call at a time.
  /// - Returns: One point a row.
  /// - Throws: ``SamplingError/notFinite(step:row:time:cause:)``, or
  ///   ``SamplingError/tooManyRows(last:limit:)`` beyond the end of the stream of noise.
  public func draw(
    rows: Range<Int>, threads: Int, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> Batch<Scalar> {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    let dimension = model.dimension
    guard rows.upperBound <= Int.max / dimension else {
      throw SamplingError.tooManyRows(last: rows.upperBound, limit: Int.max / dimension)
    }
    let done = Mutex(0)
    return try Batch(unsafeUninitializedCount: rows.count, dimension: dimension) { output in
      nonisolated(unsafe) let output = output
      try Chunks(of: rows, size: Self.chunkRows).forEach(threads: threads) { chunk, workspace in
        let first = (chunk.lowerBound - rows.lowerBound) * dimension
        let points = UnsafeMutableBufferPointer(
          rebasing: output[first..<first + chunk.count * dimension])
        try draw(chunk, into: points, workspace: workspace)
        if let progress {
          done.withLock {
            $0 += chunk.count
            progress($0)
          }
        }
      }
    }
  }

  /// Carries one chunk from the horizon to the end, and looks at the result.
  private func draw(
    _ rows: Range<Int>, into points: UnsafeMutableBufferPointer<Scalar>, workspace: Workspace
  ) throws {
    try workspace.withBuffer(of: Scalar.self, count: points.count) { score in
      carry(rows, points, score, workspace) { _, _ in true }
      guard firstNotFinite(in: points) == nil else {
        throw failure(of: rows, points, score, workspace)
      }
    }
  }

  /// Where a part of a trajectory that an inspector sees lies.
  private enum Stage {
    case initial
    case scored(step: Int)
    case stepped(step: Int)
  }

  /// The trajectory of a chunk; `goOn` sees the numbers after each part and may end the run.
  private func carry(
    _ rows: Range<Int>, _ points: UnsafeMutableBufferPointer<Scalar>,
    _ score: UnsafeMutableBufferPointer<Scalar>, _ workspace: Workspace,
    goOn: (Stage, UnsafeMutableBufferPointer<Scalar>) -> Bool
  ) {
    guard let position = points.baseAddress, let scored = score.baseAddress else { return }
    let first = UInt64(rows.lowerBound) * UInt64(model.dimension)
    initial.draw(into: points, stream: key.stream(.initial), first: first)
    guard goOn(.initial, points) else { return }
    for (index, step) in steps.enumerated() {
      evaluate(points, at: levels[index], into: score, workspace)
      guard goOn(.scored(step: index), score) else { return }
      Scalar.Kernels.affineStep(
        position: position, score: scored, count: points.count,
        coefficients: (step.position, step.score, step.noise),
        stream: key.stream(.predictor, step: index), first: first)
      guard goOn(.stepped(step: index), points) else { return }
    }
    let stop = levels[levels.count - 1]
    switch finish {
    case .none: break
    case .denoise where stop.sigma > 0:
      evaluate(points, at: stop, into: score, workspace)
      guard goOn(.scored(step: steps.count), score) else { return }
      Scalar.Kernels.affineStep(
        position: position, score: scored, count: points.count,
        coefficients: (1 / stop.alpha, stop.sigma * stop.sigma / stop.alpha, 0),
        stream: key.stream(.predictor, step: steps.count), first: first)
      _ = goOn(.stepped(step: steps.count), points)
    case .rescale, .denoise:
      scale(points, by: Scalar(1 / stop.alpha))
      _ = goOn(.stepped(step: steps.count), points)
    }
  }

  private func evaluate(
    _ points: UnsafeMutableBufferPointer<Scalar>, at level: NoiseLevel,
    into score: UnsafeMutableBufferPointer<Scalar>, _ workspace: Workspace
  ) {
    var span = MutableSpan(_unsafeElements: score)
    model.score(
      of: Span(_unsafeElements: UnsafeBufferPointer(points)), at: level, into: &span,
      workspace: workspace)
  }

  /// Runs a chunk again, looking after each part, to say where it stopped being finite.
  private func failure(
    of rows: Range<Int>, _ points: UnsafeMutableBufferPointer<Scalar>,
    _ score: UnsafeMutableBufferPointer<Scalar>, _ workspace: Workspace
  ) -> SamplingError {
    var error: SamplingError?
    carry(rows, points, score, workspace) { stage, numbers in
      guard let element = firstNotFinite(in: numbers) else { return true }
      let row = rows.lowerBound + element / model.dimension
      switch stage {
      case .initial:
        error = .notFinite(step: 0, row: row, time: levels[0].time, cause: .initial)
      case .scored(let step):
        error = .notFinite(step: step, row: row, time: levels[step].time, cause: .score)
      case .stepped(let step):
        error = .notFinite(step: step, row: row, time: levels[step].time, cause: .step)
      }
      return false
    }
    return error
      ?? .notFinite(
        step: 0, row: rows.lowerBound, time: levels[0].time, cause: .notReproduced)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func firstNotFinite<Scalar: BatchScalar>(
  in numbers: UnsafeMutableBufferPointer<Scalar>
) -> Int? {
  for index in 0..<numbers.count where !numbers[index].isFinite { return index }
  return nil
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func scale<Scalar: BatchScalar>(
  _ numbers: UnsafeMutableBufferPointer<Scalar>, by factor: Scalar
) {
  for index in 0..<numbers.count { numbers[index] *= factor }
}
