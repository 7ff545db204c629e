import OrnsteinNumerics
import RealModule
import Synchronization

/// Draws points: carries noise from the horizon down the levels of a plan to data.
///
/// Rows are cut at the multiples of ``chunkRows``; a worker carries one chunk through the whole
/// program. The noise of a number is a pure function of (seed, step, row, coordinate), so a row
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
  /// What is done along the levels.
  public let method: SamplingMethod
  /// The instructions for the first block of rows; those of all others unless the method
  /// is randomized.
  public let program: SamplerProgram
  /// The randomness.
  public let key: NoiseKey
  /// Where the points at the horizon come from.
  public let start: Start
  let initial: InitialDraw
  let logDensityModel: (any LogDensityModel<Scalar>)?

  /// A sampler by its parts, for methods and levels that no plan names.
  ///
  /// - Throws: ``SamplingError`` if the levels are fewer than two, not of increasing signal-to-noise
  ///   ratio, or a step has no finite coefficients; if the moments do not fit; or if the method needs
  ///   log-densities that the model does not know.
  public init(
    model: any ScoreModel<Scalar>, levels: [NoiseLevel], method: SamplingMethod,
    start: Start = .process, key: NoiseKey
  ) throws(SamplingError) {
    self.model = model
    self.levels = levels
    self.method = method
    self.key = key
    program = try method.program(along: levels, key: key)
    logDensityModel = program.requiresLogDensity ? model as? any LogDensityModel<Scalar> : nil
    guard logDensityModel != nil || !program.requiresLogDensity else {
      throw .logDensityMissing
    }
    self.start = start
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
    try draw(rows: rows, states: 1, threads: threads, progress: progress)
  }

  /// The points at the horizon from which some rows start.
  ///
  /// - Parameter rows: Which rows, 0 or more.
  public func drawStart(rows: Range<Int>) -> Batch<Scalar> {
    Batch(unsafeUninitializedCount: rows.count, dimension: model.dimension) { output in
      initial.draw(
        into: output, stream: key.stream(.initial),
        first: UInt64(rows.lowerBound) * UInt64(model.dimension))
    }
  }

  /// Draws some rows and keeps the way they took.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  /// - Returns: For each row its point at every level of the program, then the finished point:
  ///   `program.levels.count + 1` points of a row follow each other.
  /// - Throws: As ``draw(rows:threads:progress:)``.
  public func drawTrajectories(rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    try draw(rows: rows, states: program.levels.count + 1, threads: threads, progress: nil)
  }

  private func draw(
    rows: Range<Int>, states: Int, threads: Int, progress: (@Sendable (Int) -> Void)?
  ) throws -> Batch<Scalar> {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    let dimension = model.dimension
    guard rows.upperBound <= Int.max / dimension / states else {
      throw SamplingError.tooManyRows(last: rows.upperBound, limit: Int.max / dimension / states)
    }
    let done = Mutex(0)
    return try Batch(
      unsafeUninitializedCount: rows.count * states, dimension: dimension
    ) { output in
      nonisolated(unsafe) let output = output
      try Chunks(of: rows, size: Self.chunkRows).forEach(threads: threads) { chunk, workspace in
        let width = dimension * states
        let first = (chunk.lowerBound - rows.lowerBound) * width
        let part = UnsafeMutableBufferPointer(
          rebasing: output[first..<first + chunk.count * width])
        try draw(chunk, into: part, states: states, workspace: workspace)
        if let progress {
          done.withLock {
            $0 += chunk.count
            progress($0)
          }
        }
      }
    }
  }

  /// Draws one chunk into `output`; where rows of a block look at each other, the whole block.
  private func draw(
    _ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Scalar>, states: Int,
    workspace: Workspace
  ) throws {
    let block = rows.lowerBound / Self.chunkRows
    let program =
      method.isRandomized && block > 0
      ? try method.program(along: levels, key: key, block: block) : program
    guard states > 1 || (program.couplesRows && rows.count < Self.chunkRows) else {
      return try run(program, rows, output, trajectory: nil, workspace)
    }
    let all =
      program.couplesRows
      ? block * Self.chunkRows..<(block + 1) * Self.chunkRows : rows
    let (dimension, skipped) = (model.dimension, rows.lowerBound - all.lowerBound)
    try workspace.withBuffer(of: Scalar.self, count: all.count * dimension) { points in
      guard let start = points.baseAddress, let target = output.baseAddress else { return }
      func keep(_ state: Int) {
        for row in 0..<rows.count {
          (target + (row * states + state) * dimension).update(
            from: start + (row + skipped) * dimension, count: dimension)
        }
      }
      try run(program, all, points, trajectory: states > 1 ? keep : nil, workspace)
      keep(states - 1)
    }
  }

  /// Runs the program on one chunk and looks at the result.
  private func run(
    _ program: SamplerProgram, _ rows: Range<Int>, _ points: UnsafeMutableBufferPointer<Scalar>,
    trajectory keep: ((Int) -> Void)?, _ workspace: Workspace
  ) throws {
    try workspace.withBuffer(
      of: Scalar.self, count: points.count * (program.registerCount - 1)
    ) { scratch in
      let chunk = ChunkState(
        rows: rows, dimension: model.dimension, model: model, logDensityModel: logDensityModel,
        key: key, workspace: workspace, points: points, scratch: scratch)
      initial.draw(into: points, stream: key.stream(.initial), first: chunk.firstElement)
      if let keep {
        var state = 0
        program.run(on: chunk) { index, _ in
          if case .begin = program.instructions[index] {
            keep(state)
            state += 1
          }
          return true
        }
      } else {
        program.run(on: chunk) { _, _ in true }
      }
      guard firstNotFinite(in: points) == nil else { throw failure(of: program, on: chunk) }
    }
  }

  /// Runs a chunk again, looking after each instruction, to say where it stopped being finite.
  private func failure(of program: SamplerProgram, on chunk: ChunkState<Scalar>) -> SamplingError {
    func error(_ element: Int, _ step: Int, _ level: NoiseLevel, _ cause: SamplingError.Cause)
      -> SamplingError
    {
      .notFinite(
        step: step, row: chunk.rows.lowerBound + element / model.dimension, time: level.time,
        cause: cause)
    }
    initial.draw(into: chunk.points, stream: key.stream(.initial), first: chunk.firstElement)
    if let element = firstNotFinite(in: chunk.points) {
      return error(element, 0, levels[0], .initial)
    }
    var found: SamplingError?
    var current = (step: 0, level: levels[0])
    program.run(on: chunk) { index, register in
      let instruction = program.instructions[index]
      if case .begin(let step, let level) = instruction { current = (step, level) }
      guard let register, let element = firstNotFinite(in: chunk[register]) else { return true }
      if case .evaluate(_, let level, _) = instruction {
        found = error(element, current.step, level, .score)
      } else {
        found = error(element, current.step, current.level, .step)
      }
      return false
    }
    return found
      ?? .notFinite(
        step: 0, row: chunk.rows.lowerBound, time: levels[0].time, cause: .notReproduced)
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
