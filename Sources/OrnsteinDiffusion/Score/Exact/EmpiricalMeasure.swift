import OrnsteinNumerics
import RealModule

/// The law that picks one of finitely many points, each with its weight: data as a target.
///
/// Its score s = (alpha sum_i rho_i x_i - x) / sigma^2 with rho = softmax(log w_i
/// - |x - alpha x_i|^2 / (2 sigma^2)) minimises the denoising loss of the data exactly, so sampling
/// with it gives the data back (memorisation).
///
/// Points are taken in blocks whose tables stay in cache; nothing of size queries by points is stored.
/// Costs 3 n d multiply-adds and n exponentials a query.
public struct EmpiricalMeasure<Scalar: BatchScalar>: ExactTarget {
  /// The points of weight above 0.
  public let points: Batch<Scalar>
  /// Their weights, which sum to 1.
  public let weights: [Double]
  /// The log-weights less their largest.
  private let logWeights: [Double]
  private let largestLogWeight: Double
  private let cumulative: [Double]

  /// The law of some points.
  ///
  /// - Parameters:
  ///   - points: At least one, all finite.
  ///   - weights: One number a point, 0 or more, in any scale; `nil` for equal weights.
  /// - Throws: ``TargetError`` that names the first point or weight that is wrong.
  public init(points: Batch<Scalar>, weights: [Double]? = nil) throws(TargetError) {
    try Self.check(points, weights)
    let given = weights ?? [Double](repeating: 1, count: points.count)
    let alive = given.indices.filter { given[$0] > 0 }
    // Scaled by the largest first, so that no sum overflows.
    let largest = given.reduce(0, max)
    let total = alive.reduce(0) { $0 + given[$1] / largest }
    self.weights = alive.map { given[$0] / largest / total }
    self.points =
      alive.count == points.count
      ? points : Batch(alive.flatMap { points.point($0) }, dimension: points.dimension)
    logWeights = alive.map { .log(given[$0] / largest) }
    largestLogWeight = -.log(total)
    var sum = 0.0
    cumulative = self.weights.map { weight in
      sum += weight
      return sum
    }
  }

  private static func check(
    _ points: Batch<Scalar>, _ weights: [Double]?
  ) throws(TargetError) {
    guard points.count >= 1 else {
      throw TargetError(path: "points", reason: "There is no point; give at least one.")
    }
    let bad = points.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
    if let bad {
      throw TargetError(
        path: "points[\(bad / points.dimension)][\(bad % points.dimension)]",
        reason: "The coordinate is not finite.")
    }
    guard let weights else { return }
    try TargetError.check(weights, count: points.count, key: "weights")
    if let index = weights.firstIndex(where: { $0 < 0 }) {
      throw TargetError(
        path: "weights[\(index)]",
        reason: "The weight is \(weights[index]) and must be 0 or more.")
    }
    guard weights.contains(where: { $0 > 0 }) else {
      throw TargetError(path: "weights", reason: "All weights are 0; give one above 0.")
    }
  }

  /// The number of coordinates.
  public var dimension: Int { points.dimension }

  /// About as much as so many multiply-adds.
  public var multiplyAddsPerPoint: Int { points.count * (3 * dimension + 10) }

  /// Points have no density.
  public var hasDensity: Bool { false }

  /// The mean and covariance of the points, by two passes.
  public var moments: DataMoments {
    let d = dimension
    var mean = [Double](repeating: 0, count: d)
    var covariance = [Double](repeating: 0, count: d * d)
    var centred = mean
    points.withUnsafeBufferPointer { points in
      for i in weights.indices {
        for j in 0..<d { mean[j] += weights[i] * Double(points[i * d + j]) }
      }
      for i in weights.indices {
        for j in 0..<d { centred[j] = Double(points[i * d + j]) - mean[j] }
        for j in 0..<d {
          for k in 0..<d { covariance[j * d + k] += weights[i] * centred[j] * centred[k] }
        }
      }
    }
    return DataMoments(mean: mean, covariance: covariance)
  }

  /// Writes the score of each query.
  public func score(
    of points: Span<Scalar>, at level: NoiseLevel, into score: inout MutableSpan<Scalar>,
    workspace: Workspace
  ) {
    checkCount(score.count, per: dimension, coordinates: points.count)
    workspace.withBuffer(of: Double.self, count: points.count / dimension) { logDensity in
      points.withUnsafeBufferPointer { points in
        score.withUnsafeMutableBufferPointer { score in
          evaluate(points, at: level, score: score, logDensity: logDensity, workspace)
        }
      }
    }
  }

  /// Writes log p_t of each query, in nats.
  public func logDensity(
    of points: Span<Scalar>, at level: NoiseLevel, into output: inout MutableSpan<Double>,
    workspace: Workspace
  ) {
    checkCount(output.count, per: 1, coordinates: points.count)
    workspace.withBuffer(of: Scalar.self, count: points.count) { score in
      points.withUnsafeBufferPointer { points in
        output.withUnsafeMutableBufferPointer { output in
          evaluate(points, at: level, score: score, logDensity: output, workspace)
        }
      }
    }
    let offset =
      largestLogWeight - Double(dimension) * (.log(2 * .pi) / 2 + .log(level.sigma))
    for row in 0..<output.count { output[row] += offset }
  }

  /// Points of one block: a constant of the algorithm, about 256 KiB of tables in `Double`.
  private var blockPoints: Int { max(64, 16384 / dimension) }

  /// Scores, and log-densities without their constant.
  private func evaluate(
    _ x: UnsafeBufferPointer<Scalar>, at level: NoiseLevel,
    score: UnsafeMutableBufferPointer<Scalar>, logDensity: UnsafeMutableBufferPointer<Double>,
    _ workspace: Workspace
  ) {
    check(level)
    let (d, rows) = (dimension, x.count / dimension)
    guard let queries = x.baseAddress, rows > 0 else { return }
    let size = min(blockPoints, points.count)
    let counts = (tables: 2 * size * d + size, parts: rows * d + rows)
    workspace.withBuffer(of: Scalar.self, count: counts.tables + counts.parts) { buffer in
      guard let means = buffer.baseAddress else { return }
      let part = UnsafeMutableBufferPointer(rebasing: buffer[counts.tables...])
      guard let partial = part.baseAddress else { return }
      for first in stride(from: 0, to: points.count, by: size) {
        let block = first..<min(first + size, points.count)
        fill(buffer, block, at: level)
        Scalar.Kernels.mixtureScore(
          of: queries, rows: rows, dimension: d, components: block.count, means: means,
          precisions: means + block.count * d, constants: means + 2 * block.count * d,
          score: partial, logDensity: partial + rows * d)
        merge(
          score: part, logDensity: partial + rows * d, into: score, logDensity, dimension: d,
          isFirst: first == 0)
      }
    }
  }

  /// Writes the means, precisions and log-weights of a block.
  private func fill(
    _ tables: UnsafeMutableBufferPointer<Scalar>, _ block: Range<Int>, at level: NoiseLevel
  ) {
    let entries = block.count * dimension
    points.withUnsafeBufferPointer { points in
      scaled(
        UnsafeBufferPointer(
          rebasing: points[block.lowerBound * dimension..<block.upperBound * dimension]),
        by: level.alpha, into: tables)
    }
    let precision = Scalar(1 / (level.sigma * level.sigma))
    UnsafeMutableBufferPointer(rebasing: tables[entries..<2 * entries]).update(
      repeating: precision)
    for (offset, index) in block.enumerated() {
      tables[2 * entries + offset] = Scalar(logWeights[index])
    }
  }

  /// Writes exact draws of X_0: the point by one uniform a row.
  public func drawExactly(
    rows: Range<Int>, key: NoiseKey, into output: inout MutableSpan<Scalar>
  ) {
    checkDraw(rows, output.count)
    let uniforms = [Double](unsafeUninitializedCapacity: rows.count) { buffer, count in
      DoubleKernels.uniforms(
        into: UnsafeMutableBufferPointer(rebasing: buffer[..<rows.count]),
        stream: key.stream(.targetComponent), first: UInt64(rows.lowerBound))
      count = rows.count
    }
    points.withUnsafeBufferPointer { points in
      for row in 0..<rows.count {
        let chosen = index(above: uniforms[row])
        for j in 0..<dimension { output[row * dimension + j] = points[chosen * dimension + j] }
      }
    }
  }

  /// By bisection, the first point whose cumulative weight is above a number.
  private func index(above value: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func scaled<Scalar: BatchScalar>(
  _ numbers: UnsafeBufferPointer<Scalar>, by factor: Double,
  into output: UnsafeMutableBufferPointer<Scalar>
) {
  for index in 0..<numbers.count { output[index] = Scalar(factor * Double(numbers[index])) }
}

/// Adds the law of a block to those before it: their scores are averaged by their densities.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func merge<Scalar: BatchScalar>(
  score part: UnsafeMutableBufferPointer<Scalar>, logDensity: UnsafePointer<Scalar>,
  into score: UnsafeMutableBufferPointer<Scalar>, _ total: UnsafeMutableBufferPointer<Double>,
  dimension: Int, isFirst: Bool
) {
  for row in 0..<total.count {
    let new = Double(logDensity[row])
    let most = isFirst ? new : max(total[row], new)
    let weightBefore = isFirst ? 0 : Double.exp(total[row] - most)
    let weight = Double.exp(new - most)
    let sum = weightBefore + weight
    total[row] = most + .log(sum)
    let (before, after) = (weightBefore / sum, weight / sum)
    for i in row * dimension..<(row + 1) * dimension {
      score[i] =
        isFirst
        ? part[i] : Scalar(before * Double(score[i]) + after * Double(part[i]))
    }
  }
}
