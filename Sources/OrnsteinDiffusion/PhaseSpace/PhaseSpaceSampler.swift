import OrnsteinNumerics
import RealModule
import Synchronization

/// Draws points by the reverse of the critically damped Langevin process.
///
/// Rows are cut as ``Sampler`` cuts them, and the noise of a number is a pure function of (seed,
/// step, row, coordinate): a row has the same bits for any number of threads and any range of rows.
public struct PhaseSpaceSampler<Scalar: BatchScalar>: Sendable {
  /// The rows that one worker carries at once.
  public static var chunkRows: Int { 256 }

  /// The velocity score of the noised data.
  public let model: any PhaseSpaceModel<Scalar>
  /// The forward process.
  public let process: CriticallyDampedLangevin
  /// The times, from the horizon to the stop.
  public let grid: TimeGrid
  /// One step for each interval of the grid.
  public let steps: [PhaseStep]
  /// The randomness.
  public let key: NoiseKey
  let initial: PhaseSpaceStart

  /// A sampler by its parts.
  ///
  /// - Parameters:
  ///   - model: The velocity score of the noised data.
  ///   - process: The forward process.
  ///   - grid: The times, from the horizon to the stop.
  ///   - method: The rule of a step.
  ///   - moments: The moments of the data for a moment-matched start, or `nil` for the prior
  ///     N(0, I) x N(0, M I).
  ///   - seed: The seed of all noise.
  /// - Throws: ``SamplingError`` if a step has no finite coefficients or the moments do not fit.
  public init(
    model: any PhaseSpaceModel<Scalar>, process: CriticallyDampedLangevin, grid: TimeGrid,
    method: PhaseSpaceMethod, moments: DataMoments? = nil, seed: UInt64
  ) throws(SamplingError) {
    self.model = model
    self.process = process
    self.grid = grid
    steps = zip(grid.times, grid.times.dropFirst()).map {
      method.step(from: $0, to: $1, of: process)
    }
    for (index, step) in steps.enumerated() where !step.isFinite {
      throw .invalidLevels("the step from time \(grid.times[index]) is too long")
    }
    key = NoiseKey(seed: seed)
    initial = try PhaseSpaceStart(
      moments, at: grid.horizon, of: process, dimension: model.dimension)
  }

  /// The score evaluations that each point costs.
  public var evaluations: Int { steps.count }

  /// Draws the positions of some rows of the endless sample of this plan.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - progress: Told the number of rows done, from any thread, one call at a time.
  /// - Throws: ``SamplingError/notFinite(step:row:time:cause:)``, or
  ///   ``SamplingError/tooManyRows(last:limit:)`` beyond the end of the stream of noise.
  public func draw(
    rows: Range<Int>, threads: Int, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> Batch<Scalar> {
    try drawPhase(rows: rows, threads: threads, progress: progress).positions
  }

  /// Draws positions and velocities, as ``draw(rows:threads:progress:)``.
  public func drawPhase(
    rows: Range<Int>, threads: Int, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> (positions: Batch<Scalar>, velocities: Batch<Scalar>) {
    let dimension = model.dimension
    try check(rows, numbersPerRow: dimension)
    let done = Mutex(0)
    var velocities = Batch<Scalar>(count: 0, dimension: dimension)
    let positions = try Batch<Scalar>(
      unsafeUninitializedCount: rows.count, dimension: dimension
    ) { positions in
      nonisolated(unsafe) let positions = positions
      velocities = try Batch<Scalar>(
        unsafeUninitializedCount: rows.count, dimension: dimension
      ) { velocities in
        nonisolated(unsafe) let velocities = velocities
        try Chunks(of: rows, size: Self.chunkRows).forEach(threads: threads) { chunk, workspace in
          let first = (chunk.lowerBound - rows.lowerBound) * dimension
          let part = first..<first + chunk.count * dimension
          try draw(
            chunk, UnsafeMutableBufferPointer(rebasing: positions[part]),
            UnsafeMutableBufferPointer(rebasing: velocities[part]), workspace)
          if let progress {
            done.withLock {
              $0 += chunk.count
              progress($0)
            }
          }
        }
      }
    }
    return (positions, velocities)
  }

  /// Draws some rows and keeps the way they took.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  /// - Returns: For each row its state at every time of ``grid``, then the finished one, which is that
  ///   at the stop: `grid.times.count + 1` states of a row follow each other, each the coordinates of
  ///   the position and then those of the velocity.
  /// - Throws: As ``draw(rows:threads:progress:)``.
  public func drawTrajectories(rows: Range<Int>, threads: Int) throws -> Batch<Scalar> {
    let (dimension, states) = (model.dimension, grid.times.count + 1)
    try check(rows, numbersPerRow: 2 * dimension * states)
    return try Batch(
      unsafeUninitializedCount: rows.count * states, dimension: 2 * dimension
    ) { output in
      nonisolated(unsafe) let output = output
      try Chunks(of: rows, size: Self.chunkRows).forEach(threads: threads) { chunk, workspace in
        let width = 2 * dimension * states
        let first = (chunk.lowerBound - rows.lowerBound) * width
        let ways = UnsafeMutableBufferPointer(
          rebasing: output[first..<first + chunk.count * width])
        let count = chunk.count * dimension
        try workspace.withBuffer(of: Scalar.self, count: 2 * count) { buffer in
          let positions = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
          let velocities = UnsafeMutableBufferPointer(rebasing: buffer[count...])
          func keep(_ state: Int) {
            for row in 0..<chunk.count {
              let start = (row * states + state) * 2 * dimension
              for axis in 0..<dimension {
                ways[start + axis] = positions[row * dimension + axis]
                ways[start + dimension + axis] = velocities[row * dimension + axis]
              }
            }
          }
          try draw(chunk, positions, velocities, workspace, reached: keep)
          keep(states - 1)
        }
      }
    }
  }

  private func check(_ rows: Range<Int>, numbersPerRow: Int) throws(SamplingError) {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    guard rows.upperBound <= Int.max / numbersPerRow else {
      throw .tooManyRows(last: rows.upperBound, limit: Int.max / numbersPerRow)
    }
  }

  /// Draws one chunk.
  ///
  /// - Parameter reached: Called when the chunk is at a time of the grid, with its number.
  private func draw(
    _ rows: Range<Int>, _ positions: UnsafeMutableBufferPointer<Scalar>,
    _ velocities: UnsafeMutableBufferPointer<Scalar>, _ workspace: Workspace,
    reached: ((Int) -> Void)? = nil
  ) throws {
    try workspace.withBuffer(of: Scalar.self, count: 3 * positions.count) { buffer in
      let count = positions.count
      let chunk = PhaseChunk(
        positions: positions, velocities: velocities,
        score: UnsafeMutableBufferPointer(rebasing: buffer[..<count]),
        first: UnsafeMutableBufferPointer(rebasing: buffer[count..<2 * count]),
        second: UnsafeMutableBufferPointer(rebasing: buffer[(2 * count)...]))
      carry(rows, chunk, workspace) { step, cause in
        if let reached, cause != .score { reached(cause == .initial ? 0 : step + 1) }
        return true
      }
      guard chunk.firstNotFinite(includingScore: false) == nil else {
        throw failure(of: rows, chunk, workspace)
      }
    }
  }

  /// The trajectory of a chunk; `goOn` is told after each part which one it was.
  private func carry(
    _ rows: Range<Int>, _ chunk: PhaseChunk<Scalar>, _ workspace: Workspace,
    goOn: (Int, SamplingError.Cause) -> Bool
  ) {
    let element = UInt64(rows.lowerBound) * UInt64(model.dimension)
    chunk.drawNoise(
      key.stream(.initial), key.stream(.initialVelocity), element: element)
    initial.place(chunk)
    guard goOn(0, .initial) else { return }
    for (index, step) in steps.enumerated() {
      if let first = step.first {
        drawNoise(2 * index, chunk, element)
        chunk.move(first, score: nil)
      }
      var score = MutableSpan(_unsafeElements: chunk.score)
      model.velocityScore(
        of: Span(_unsafeElements: UnsafeBufferPointer(chunk.positions)),
        Span(_unsafeElements: UnsafeBufferPointer(chunk.velocities)), at: step.time, of: process,
        into: &score, workspace: workspace)
      guard goOn(index, .score) else { return }
      drawNoise(2 * index + 1, chunk, element)
      chunk.move(step.second, score: step.score)
      guard goOn(index, .step) else { return }
    }
  }

  private func drawNoise(_ step: Int, _ chunk: PhaseChunk<Scalar>, _ element: UInt64) {
    chunk.drawNoise(
      key.stream(.phaseFirst, step: step), key.stream(.phaseSecond, step: step), element: element)
  }

  /// Runs a chunk again, looking after each part, to say where it stopped being finite.
  private func failure(
    of rows: Range<Int>, _ chunk: PhaseChunk<Scalar>, _ workspace: Workspace
  ) -> SamplingError {
    var error = SamplingError.notFinite(
      step: 0, row: rows.lowerBound, time: grid.horizon, cause: .notReproduced)
    carry(rows, chunk, workspace) { step, cause in
      guard let element = chunk.firstNotFinite(includingScore: cause == .score) else { return true }
      error = .notFinite(
        step: step, row: rows.lowerBound + element / model.dimension, time: grid.times[step],
        cause: cause)
      return false
    }
    return error
  }
}

extension PhaseStep {
  fileprivate var isFinite: Bool {
    [first, second].allSatisfy { move in
      guard let move else { return true }
      let (flow, noise) = (move.flow, move.noise)
      return [flow.xx, flow.xv, flow.vx, flow.vv, noise.xx, noise.xv, noise.vv]
        .allSatisfy(\.isFinite)
    } && score.x.isFinite && score.v.isFinite
  }
}
