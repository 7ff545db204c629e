import OrnsteinNumerics

/// What a measure says of rows that come from the law itself: the score of a perfect model.
public struct NoiseFloor: Sendable, Equatable, Codable {
  /// The mean score.
  public var mean: Double
  /// The standard deviation of one score, 0 if there is just one.
  public var standardDeviation: Double
  /// The number of scores.
  public var repeats: Int

  /// The most chunks that are measured unless told otherwise.
  public static let chunkLimit = 8

  /// The floor of some scores, at least one.
  public init(scores: [Double]) {
    precondition(!scores.isEmpty, "A floor needs a score.")
    let count = Double(scores.count)
    let mean = scores.reduce(0, +) / count
    let square = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    standardDeviation = scores.count > 1 ? (square / (count - 1)).squareRoot() : 0
    repeats = scores.count
  }

  /// Disjoint random sets of rows.
  ///
  /// - Parameters:
  ///   - rows: How many rows there are, at least one.
  ///   - size: How many rows a set holds; fewer only where there are not as many rows.
  ///   - limit: The most sets.
  ///   - key: The randomness.
  public static func chunks(
    of rows: Int, size: Int, limit: Int = NoiseFloor.chunkLimit, key: NoiseKey
  ) -> [[Int]] {
    precondition(rows >= 1 && size >= 1 && limit >= 1, "Chunks need rows, a size and a number.")
    let order = RowChoice.permutation(of: rows, stream: key.stream(.metric, step: 4))
    let count = max(1, min(limit, rows / size))
    return (0..<count).map { order[($0 * size)..<min(($0 + 1) * size, rows)].sorted() }
  }

  /// The floor where more rows of the law are at hand than the reference: disjoint chunks of them in
  /// the place of samples.
  ///
  /// - Parameters:
  ///   - pool: Other rows of the law, as the rows a model was trained on.
  ///   - reference: The rows that samples are compared with.
  ///   - chunkRows: How many rows a chunk holds: as many as samples are measured with.
  ///   - limit: The most chunks.
  ///   - key: The randomness of the choice.
  ///   - measure: The score of a batch against the reference.
  public init<Scalar: BatchScalar, Failure: Error>(
    of pool: Batch<Scalar>, against reference: Batch<Scalar>, chunkRows: Int,
    limit: Int = NoiseFloor.chunkLimit, key: NoiseKey = NoiseKey(seed: 0),
    measure: (Batch<Scalar>, Batch<Scalar>) throws(Failure) -> Double
  ) throws(Failure) {
    var scores: [Double] = []
    for rows in Self.chunks(of: pool.count, size: chunkRows, limit: limit, key: key) {
      scores.append(try measure(pool.selecting(rows: rows), reference))
    }
    self.init(scores: scores)
  }

  /// The floor where the reference is all there is: random halves of it against each other.
  ///
  /// Halves are smaller than the whole, so a measure that shrinks with the number of rows has a
  /// higher floor here; compare samples of half the reference's size with it, or read it as an upper
  /// end. The halves overlap between repeats, so the standard deviation is a little too low.
  ///
  /// - Parameters:
  ///   - reference: The rows, at least 2.
  ///   - repeats: How many times the rows are cut in half.
  ///   - key: The randomness of the cuts.
  ///   - measure: The score of one half against the other.
  public init<Scalar: BatchScalar, Failure: Error>(
    ofHalvesOf reference: Batch<Scalar>, repeats: Int = NoiseFloor.chunkLimit,
    key: NoiseKey = NoiseKey(seed: 0),
    measure: (Batch<Scalar>, Batch<Scalar>) throws(Failure) -> Double
  ) throws(Failure) {
    precondition(reference.count >= 2 && repeats >= 1, "Halves need two rows.")
    let half = reference.count / 2
    var scores: [Double] = []
    for repetition in 0..<repeats {
      let order = RowChoice.permutation(
        of: reference.count, stream: key.stream(.metric, step: 16 + repetition))
      let first = reference.selecting(rows: order[..<half].sorted())
      let second = reference.selecting(rows: order[half..<(2 * half)].sorted())
      scores.append(try measure(first, second))
    }
    self.init(scores: scores)
  }
}
