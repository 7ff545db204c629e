import OrnsteinNumerics

/// Two samples in one list, and the ways to cut it in two: as it was, and at random.
public struct PooledSamples: Sendable {
  /// The rows of the first sample, then those of the second.
  public let rows: Batch<Float>
  /// The number of rows of the first sample.
  public let firstCount: Int
  /// For each cut, which rows belong to the first sample; cut 0 is the given one.
  let cuts: [[Bool]]
  /// The group of each row, for the delete-a-group jackknife.
  let groups: [Int]
  /// The number of groups.
  let groupCount: Int

  /// The number of rows of the second sample.
  public var secondCount: Int { rows.count - firstCount }

  /// Pools two samples.
  ///
  /// - Parameters:
  ///   - first: Two rows or more.
  ///   - second: Two rows or more, of the same dimension.
  ///   - key: The randomness of the cuts and groups.
  ///   - cuts: The number of random cuts.
  public init(_ first: Batch<Float>, _ second: Batch<Float>, key: NoiseKey, cuts: Int = 99) {
    precondition(
      first.dimension == second.dimension,
      "Samples of dimensions \(first.dimension) and \(second.dimension) cannot be compared.")
    precondition(first.count >= 2 && second.count >= 2, "A sample needs two rows.")
    precondition(cuts >= 1, "A noise floor needs a cut.")
    rows = Batch(first.elements + second.elements, dimension: first.dimension)
    firstCount = first.count
    let (n, total) = (first.count, first.count + second.count)
    self.cuts =
      [(0..<total).map { $0 < n }]
      + (1...cuts).map { cut in
        let order = Self.order(of: total, key: key, step: cut)
        var isFirst = [Bool](repeating: false, count: total)
        for row in order.prefix(n) { isFirst[row] = true }
        return isFirst
      }
    groupCount = min(20, n, second.count)
    var groups = [Int](repeating: 0, count: total)
    for (start, count) in [(0, n), (n, second.count)] {
      let order = Self.order(of: count, key: key, step: cuts + 1 + (start > 0 ? 1 : 0))
      for (place, row) in order.enumerated() { groups[start + row] = place % groupCount }
    }
    self.groups = groups
  }

  /// At most `limit` rows, chosen at random and kept in order.
  public static func subset(of rows: Batch<Float>, limit: Int, key: NoiseKey) -> Batch<Float> {
    guard rows.count > limit else { return rows }
    let chosen = order(of: rows.count, key: key, step: 0).prefix(limit).sorted()
    return Batch(chosen.flatMap { rows.point($0) }, dimension: rows.dimension)
  }

  /// A random order: rows sorted by a uniform of their own.
  static func order(of count: Int, key: NoiseKey, step: Int) -> [Int] {
    var uniforms = Batch<Double>(count: count, dimension: 1)
    uniforms.withUnsafeMutableBufferPointer {
      Double.Kernels.uniforms(into: $0, stream: key.stream(.metric, step: step), first: 0)
    }
    let keys = uniforms.elements
    return (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
  }
}
