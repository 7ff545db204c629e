import OrnsteinNumerics

/// A way of going once over points: log-densities of the rows, and sums over them.
protocol ExpectationWork: Sendable {
  /// How many sums there are.
  var sumCount: Int { get }
  /// The fewest rows that are worth sums of their own.
  var fewestRows: Int { get }

  /// Adds rows to the sums and writes their log-densities.
  ///
  /// - Parameters:
  ///   - places: The rows, by their places in the order of the points.
  ///   - sums: ``sumCount`` numbers, or `nil` where log-densities alone are wanted.
  ///   - logDensities: One number for every row of the points.
  ///   - workspace: Scratch memory of the calling thread.
  /// - Returns: The sum of weights times log-densities.
  func add(
    _ places: Range<Int>, to sums: UnsafeMutablePointer<Double>?,
    logDensities: UnsafeMutablePointer<Double>, _ workspace: Workspace
  ) throws -> Double

  /// What the sums say of each component.
  func moments(_ sums: [Double]) -> MixtureMoments
}

extension ExpectationWork {
  var fewestRows: Int { 1024 }
}

/// One expectation step: every row is seen once, and nothing of size rows by components is kept.
///
/// Rows are cut into blocks, whose number depends on the problem alone; the sums of blocks are added
/// in their order, so the bits do not depend on the number of threads.
struct ExpectationPass: Sendable {
  /// The most blocks of rows.
  private static let mostBlocks = 64
  /// The most numbers in the sums of all blocks.
  private static let mostNumbers = 1 << 25

  let points: MixturePoints
  let parameters: MixtureParameters
  let threads: Int

  /// What came out of a pass.
  struct Result: Sendable {
    /// The sum of weights times log-densities.
    var logLikelihood: Double
    /// One number a row.
    var logDensities: [Double]
    /// Nothing where log-densities alone were wanted.
    var moments: MixtureMoments?
  }

  /// Goes over all rows.
  ///
  /// - Throws: ``ExpectationMaximizationError`` where a covariance is not positive definite.
  func run(moments: Bool) throws(ExpectationMaximizationError) -> Result {
    if let work = FeatureWork(points, parameters) { return try run(work, moments: moments) }
    if let work = DiagonalGapWork(points, parameters) { return try run(work, moments: moments) }
    if let work = GapWork(points, parameters) { return try run(work, moments: moments) }
    return try run(CentredWork(points, parameters), moments: moments)
  }

  private func run(
    _ work: some ExpectationWork, moments: Bool
  ) throws(ExpectationMaximizationError) -> Result {
    let (rows, size) = (points.count, moments ? work.sumCount : 1)
    let count = max(
      1, min(Self.mostBlocks, rows / work.fewestRows, Self.mostNumbers / size))
    var sums = Batch<Double>(count: count, dimension: size)
    var logLikelihoods = [Double](repeating: 0, count: count)
    var logDensities = [Double](repeating: 0, count: rows)
    do {
      try sums.withUnsafeMutableBufferPointer { sums in
        try logLikelihoods.withUnsafeMutableBufferPointer { logLikelihoods in
          try logDensities.withUnsafeMutableBufferPointer { logDensities in
            guard let first = sums.baseAddress, let densities = logDensities.baseAddress else {
              return
            }
            nonisolated(unsafe) let base = first
            nonisolated(unsafe) let rowDensities = densities
            nonisolated(unsafe) let logLikelihoods = logLikelihoods
            try Chunks(of: 0..<count, size: 1).forEach(threads: threads) { blocks, workspace in
              for block in blocks {
                logLikelihoods[block] = try work.add(
                  rows * block / count..<rows * (block + 1) / count,
                  to: moments ? base + block * size : nil, logDensities: rowDensities, workspace)
              }
            }
          }
        }
      }
    } catch let error as ExpectationMaximizationError {
      throw error
    } catch {
      throw .start(reason: "\(error)")
    }
    var result = Result(
      logLikelihood: logLikelihoods.reduce(0, +), logDensities: logDensities, moments: nil)
    if moments {
      let total = sums.withUnsafeBufferPointer { sums in
        var total = [Double](sums[..<size])
        for block in 1..<max(count, 1) {
          for index in 0..<size { total[index] += sums[block * size + index] }
        }
        return total
      }
      result.moments = work.moments(total)
    }
    return result
  }
}
