import OrnsteinNumerics
import RealModule
import Synchronization

/// Draws discrete points: leads noise back along the times of a plan.
///
/// Each row has its own endless stream of uniforms, so a row comes out the same for any number of
/// threads and any range of rows.
public struct DiscreteSampler: Sendable {
  /// The rows that one worker carries at once.
  public static let chunkRows = 64

  /// The posterior of the data.
  public let model: any DiscreteModel
  /// What noised the data.
  public let process: DiscreteProcess
  /// The cumulative rates from the horizon to the stop.
  public let times: [Double]
  /// The rule of a step.
  public let method: DiscreteMethod
  /// Where noised data to start from come from, or `nil` for the prior.
  public let start: DiscreteTarget?
  /// The randomness.
  public let key: NoiseKey

  /// A sampler by its parts.
  ///
  /// - Throws: ``DiscreteError`` if the times do not decrease, the method does not suit the process,
  ///   or model, process and start differ in states or dimension.
  public init(
    model: any DiscreteModel, process: DiscreteProcess, times: [Double], method: DiscreteMethod,
    start: DiscreteTarget? = nil, seed: UInt64
  ) throws(DiscreteError) {
    guard model.states == process.states else {
      throw .modelMismatch(
        "it has \(model.states) states, the process has \(process.states)")
    }
    guard model.dimension >= 1 else { throw .invalidDimension(model.dimension) }
    if let start, start.states != model.states || start.dimension != model.dimension {
      throw .modelMismatch("the target to start from has other states or another dimension")
    }
    guard times.count >= 2, times.allSatisfy({ $0 >= 0 && $0.isFinite }),
      zip(times, times.dropFirst()).allSatisfy({ $0 > $1 })
    else { throw .invalidTimes("they must be two or more, 0 or more, and decrease") }
    if method == .oneAtATime, process.kind != .absorbing {
      throw .needsAbsorbing(method: method.rawValue)
    }
    if method == .uniformization, times[times.count - 1] == 0 {
      throw .invalidTimes(
        "the rates have no bound up to time 0, where uniformization cannot stop; stop later")
    }
    self.model = model
    self.process = process
    self.times = times
    self.method = method
    self.start = start
    key = NoiseKey(seed: seed)
  }

  /// Draws some rows of the endless sample of this plan.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  ///   - progress: Told the number of rows done, from any thread, one call at a time.
  /// - Returns: One point a row; states of `process.states` are masks that were left at the stop.
  /// - Throws: ``DiscreteError/invalidPosterior(row:coordinate:time:)`` or
  ///   ``DiscreteError/boundExceeded(row:time:rate:bound:)``.
  public func draw(
    rows: Range<Int>, threads: Int, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> DiscreteBatch {
    try draw(rows: rows, states: 1, threads: threads, progress: progress)
  }

  /// Draws some rows and keeps the way they took.
  ///
  /// Methods that jump at times of their own are looked at when they pass the times of the grid, so a
  /// way is the path of the chain at those times, whatever happened between them.
  ///
  /// - Parameters:
  ///   - rows: Which rows, 0 or more.
  ///   - threads: How many threads work at once, 1 or more.
  /// - Returns: For each row its point at every time of ``times``, then the finished point, which is
  ///   the one at the stop: `times.count + 1` points of a row follow each other.
  /// - Throws: As ``draw(rows:threads:progress:)``.
  public func drawTrajectories(rows: Range<Int>, threads: Int) throws -> DiscreteBatch {
    try draw(rows: rows, states: times.count + 1, threads: threads, progress: nil)
  }

  private func draw(
    rows: Range<Int>, states: Int, threads: Int, progress: (@Sendable (Int) -> Void)?
  ) throws -> DiscreteBatch {
    precondition(rows.lowerBound >= 0, "Rows start at 0, not at \(rows.lowerBound).")
    guard rows.upperBound <= UniformCursor.maximumRow else {
      throw SamplingError.tooManyRows(last: rows.upperBound, limit: UniformCursor.maximumRow)
    }
    let (dimension, width) = (model.dimension, model.dimension * states)
    let done = Mutex(0)
    let elements = try [Int](unsafeUninitializedCapacity: rows.count * width) { output, count in
      nonisolated(unsafe) let output = output
      output.initialize(repeating: 0)
      try Chunks(of: rows, size: Self.chunkRows).forEach(threads: threads) { chunk, workspace in
        for row in chunk {
          let first = (row - rows.lowerBound) * width
          let way = UnsafeMutableBufferPointer(rebasing: output[first..<first + width])
          let point = UnsafeMutableBufferPointer(rebasing: way[(width - dimension)...])
          try draw(row, into: point, workspace) { index in
            guard states > 1 else { return }
            for coordinate in 0..<dimension {
              way[index * dimension + coordinate] = point[coordinate]
            }
          }
        }
        if let progress {
          done.withLock {
            $0 += chunk.count
            progress($0)
          }
        }
      }
      count = rows.count * width
    }
    return DiscreteBatch(elements, dimension: dimension)
  }

  /// Leads one row from the horizon to the stop.
  ///
  /// - Parameter reached: Called when the row is at a time of the grid, with its number.
  private func draw(
    _ row: Int, into point: UnsafeMutableBufferPointer<Int>, _ workspace: Workspace,
    reached: (Int) -> Void
  ) throws {
    let size = UniformCursor.pageSize + model.dimension * process.states + process.symbols
    try workspace.withBuffer(of: Double.self, count: size) { buffer in
      let posteriors = UniformCursor.pageSize + model.dimension * process.states
      var run = DiscreteRun(
        row: row, model: model, process: process, point: point,
        posterior: UnsafeMutableBufferPointer(
          rebasing: buffer[UniformCursor.pageSize..<posteriors]),
        law: UnsafeMutableBufferPointer(rebasing: buffer[posteriors...]),
        uniforms: UniformCursor(
          key: key, purpose: .discreteStates, row: row,
          page: UnsafeMutableBufferPointer(rebasing: buffer[..<UniformCursor.pageSize])))
      run.begin(start, at: times[0])
      reached(0)
      if method == .oneAtATime { return try run.unmask(along: times, reached: reached) }
      for index in 1..<times.count {
        if method == .uniformization {
          try run.thin(from: times[index - 1], to: times[index])
        } else {
          try run.step(method, from: times[index - 1], to: times[index])
        }
        reached(index)
      }
    }
  }
}
