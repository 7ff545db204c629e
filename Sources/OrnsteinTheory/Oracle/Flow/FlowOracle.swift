import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// The images of points under the exact probability flow of a score, to a stated tolerance.
///
/// The reference for the error of deterministic samplers. In x scaled to the canonical process and
/// lambda = log(alpha / sigma),
///
///     dx/dlambda = sigma^2 (x + score(x)),
///
/// whose right side stays bounded down to any level, for singular data as well. Every stretch of
/// lambda is extrapolated to order 12 (`ExtrapolatedMidpoint`) and its steps are halved for each
/// row alone until that row no longer changes, so a row has the same bits whatever its batch-mates
/// and the number of threads.
///
/// - Cost: 37 evaluations a step; at least 3 steps for each half unit of lambda, so some 1100
///   evaluations from time 3 to 0.01.
public struct FlowOracle: Sendable {
  /// The score; called at levels of the canonical process, alpha^2 + sigma^2 = 1.
  public let model: any ScoreModel<Double>
  /// The error of each stretch that is allowed, relative to 1 + |coordinate|.
  public let tolerance: Double

  /// The flow of a score.
  public init(_ model: any ScoreModel<Double>, tolerance: Double = 1e-12) {
    precondition(tolerance > 0, "A tolerance is positive.")
    self.model = model
    self.tolerance = tolerance
  }

  /// The image of each point at another level.
  ///
  /// - Parameters:
  ///   - points: Points at `start`.
  ///   - start: Their level, with alpha and sigma positive.
  ///   - end: The level that they flow to, cleaner or noisier.
  ///   - threads: How many threads work at once.
  /// - Throws: ``OracleError/notConverged(row:logSNR:)``, ``OracleError/invalidLevel(time:)``.
  public func images(
    of points: Batch<Double>, from start: NoiseLevel, to end: NoiseLevel, threads: Int = 1
  ) throws -> Batch<Double> {
    let path = try images(of: points, along: [start, end], threads: threads)
    var result = Batch<Double>(count: points.count, dimension: points.dimension)
    for row in 0..<points.count {
      for axis in 0..<points.dimension { result[row, axis] = path[2 * row + 1, axis] }
    }
    return result
  }

  /// The points and their images at every level, laid out like the trajectories of
  /// ``/OrnsteinDiffusion/Sampler/drawTrajectories(rows:threads:)``: the states of a row follow each
  /// other.
  ///
  /// - Parameters:
  ///   - points: Points at the first level.
  ///   - levels: The levels, with alpha and sigma positive, in any order.
  ///   - threads: How many threads work at once.
  /// - Throws: ``OracleError/notConverged(row:logSNR:)``, ``OracleError/invalidLevel(time:)``.
  public func images(
    of points: Batch<Double>, along levels: [NoiseLevel], threads: Int = 1
  ) throws -> Batch<Double> {
    precondition(
      points.dimension == model.dimension,
      "A model of dimension \(model.dimension) got points of dimension \(points.dimension).")
    for level in levels where !(level.alpha > 0 && level.sigma > 0) {
      throw OracleError.invalidLevel(time: level.time)
    }
    let (d, states) = (points.dimension, levels.count)
    return try Batch(unsafeUninitializedCount: points.count * states, dimension: d) { output in
      nonisolated(unsafe) let output = output
      try Chunks(of: 0..<points.count, size: 64).forEach(threads: threads) { rows, workspace in
        var flow = ChunkFlow(
          ExtrapolatedMidpoint(model: model, workspace: workspace), tolerance: tolerance,
          firstRow: rows.lowerBound, points: points[rows].elements)
        for (state, level) in levels.enumerated() {
          if state == 0 {
            flow.rescale(by: 1 / level.scale)
          } else {
            try flow.advance(from: levels[state - 1].logSNR, to: level.logSNR)
          }
          for (index, row) in rows.enumerated() {
            for axis in 0..<d {
              output[(row * states + state) * d + axis] =
                level.scale * flow.points[index * d + axis]
            }
          }
        }
      }
    }
  }

  /// The root mean square distance between the points of two batches, row by row.
  public static func rootMeanSquareDistance(_ a: Batch<Double>, _ b: Batch<Double>) -> Double {
    precondition(
      a.count == b.count && a.dimension == b.dimension, "The batches differ in shape.")
    guard a.count > 0 else { return 0 }
    let sum = zip(a.elements, b.elements).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (sum / Double(a.count)).squareRoot()
  }
}

/// The flow of the rows of one chunk.
private struct ChunkFlow {
  private let integrator: ExtrapolatedMidpoint
  private let tolerance: Double
  private let firstRow: Int
  private(set) var points: [Double]

  /// The longest stretch of lambda that is refined as one.
  private static let stretch = 0.5
  private static let mostSteps = 1 << 12

  init(
    _ integrator: ExtrapolatedMidpoint, tolerance: Double, firstRow: Int, points: [Double]
  ) {
    self.integrator = integrator
    self.tolerance = tolerance
    self.firstRow = firstRow
    self.points = points
  }

  mutating func rescale(by factor: Double) {
    for index in points.indices { points[index] *= factor }
  }

  mutating func advance(from start: Double, to end: Double) throws(OracleError) {
    let count = max(1, Int((abs(end - start) / Self.stretch).rounded(.up)))
    let length = (end - start) / Double(count)
    for piece in 0..<count {
      try refine(from: start + Double(piece) * length, length: length)
    }
  }

  /// Crosses one stretch: rows leave when halving the steps no longer moves them.
  private mutating func refine(from start: Double, length: Double) throws(OracleError) {
    let d = integrator.model.dimension
    var rows = Array(0..<points.count / d)
    var origin = points
    var coarse = integrator.advance(origin, from: start, length: length, steps: 1)
    var steps = 1
    while !rows.isEmpty {
      steps *= 2
      guard steps <= Self.mostSteps else {
        throw .notConverged(row: firstRow + rows[0], logSNR: start)
      }
      let fine = integrator.advance(origin, from: start, length: length, steps: steps)
      var (left, leftOrigin, leftFine): ([Int], [Double], [Double]) = ([], [], [])
      for (index, row) in rows.enumerated() {
        let part = index * d..<(index + 1) * d
        // The finer solution is some 2^12 times closer than the two are to each other; count on 32.
        let isDone = part.allSatisfy {
          abs(fine[$0] - coarse[$0]) <= 32 * tolerance * (1 + abs(fine[$0]))
        }
        if isDone {
          for axis in 0..<d { points[row * d + axis] = fine[index * d + axis] }
        } else {
          left.append(row)
          leftOrigin += origin[part]
          leftFine += fine[part]
        }
      }
      (rows, origin, coarse) = (left, leftOrigin, leftFine)
    }
  }
}
