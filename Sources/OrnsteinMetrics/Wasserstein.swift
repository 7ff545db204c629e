import OrnsteinNumerics

/// The Wasserstein-1 distance of samples on a line: the least mean way that turns one into the other.
public enum Wasserstein {
  /// The distance of two samples of any sizes, exactly: the area between their quantile functions.
  ///
  /// - Parameters:
  ///   - samples: At least one number, in increasing order.
  ///   - reference: At least one number, in increasing order.
  public static func distance(
    sorted samples: some Collection<Double>, _ reference: some Collection<Double>
  ) -> Double {
    distance(sorted: Array(samples), Array(reference))
  }

  /// The distance of two samples of any sizes, exactly.
  public static func distance(sorted samples: [Double], _ reference: [Double]) -> Double {
    precondition(!samples.isEmpty && !reference.isEmpty, "A distance needs a number on both sides.")
    let (n, m) = (samples.count, reference.count)
    var (i, j, position) = (0, 0, 0)
    var sum = 0.0
    // The quantiles i / n and j / m in units of 1 / (n m).
    while i < n, j < m {
      let next = min((i + 1) * m, (j + 1) * n)
      sum += abs(samples[i] - reference[j]) * Double(next - position)
      position = next
      if (i + 1) * m == next { i += 1 }
      if (j + 1) * n == next { j += 1 }
    }
    return sum / (Double(n) * Double(m))
  }

  /// The distance of two weighted samples: the area between their distribution functions.
  ///
  /// - Parameters:
  ///   - samples: Numbers in any order.
  ///   - weights: One weight a number, 0 or more, not all 0.
  ///   - reference: Numbers in any order.
  ///   - referenceWeights: One weight a number, 0 or more, not all 0.
  public static func distance(
    _ samples: [Double], weights: [Double], _ reference: [Double], weights referenceWeights: [Double]
  ) -> Double {
    let jumps =
      WeightedJumps.jumps(samples, weights, sign: 1)
      + WeightedJumps.jumps(reference, referenceWeights, sign: -1)
    let sorted = jumps.sorted { $0.place < $1.place }
    var (sum, height) = (0.0, 0.0)
    for (jump, next) in zip(sorted, sorted.dropFirst()) {
      height += jump.height
      sum += abs(height) * (next.place - jump.place)
    }
    return sum
  }

  /// The distance of two samples on a circle: the least mean way along it.
  ///
  /// The area of |F - G - c| with c the median of F - G, weighted by length (Rabin, Delon, Gousseau,
  /// Journal of Mathematical Imaging and Vision 41, 2011).
  ///
  /// - Parameters:
  ///   - samples: At least one angle.
  ///   - reference: At least one angle.
  ///   - period: What brings an angle back to itself; the distance has its unit.
  public static func circularDistance(
    _ samples: [Double], _ reference: [Double], period: Double
  ) -> Double {
    precondition(!samples.isEmpty && !reference.isEmpty, "A distance needs an angle on both sides.")
    func wrapped(_ values: [Double]) -> [Double] {
      values.map { $0 - ($0 / period).rounded(.down) * period }
    }
    let jumps =
      WeightedJumps.jumps(wrapped(samples), samples.map { _ in 1 }, sign: 1)
      + WeightedJumps.jumps(wrapped(reference), reference.map { _ in 1 }, sign: -1)
    let sorted = jumps.sorted { $0.place < $1.place }
    var height = 0.0
    var steps: [(height: Double, length: Double)] = []
    for (index, jump) in sorted.enumerated() {
      height += jump.height
      let next = index + 1 < sorted.count ? sorted[index + 1].place : sorted[0].place + period
      steps.append((height, next - jump.place))
    }
    let median = weightedMedian(steps)
    return steps.reduce(0) { $0 + abs($1.height - median) * $1.length }
  }

  private static func weightedMedian(_ steps: [(height: Double, length: Double)]) -> Double {
    let sorted = steps.sorted { $0.height < $1.height }
    let half = steps.reduce(0) { $0 + $1.length } / 2
    var length = 0.0
    for step in sorted {
      length += step.length
      if length >= half { return step.height }
    }
    return sorted[sorted.count - 1].height
  }

  /// The distance of each column of two batches.
  ///
  /// - Returns: One distance a column, in the unit of the column.
  public static func columnDistances<Scalar: BatchScalar, Other: BatchScalar>(
    between samples: Batch<Scalar>, and reference: Batch<Other>
  ) throws(MetricError) -> [Double] {
    try MetricError.check(samples, reference, rows: 1)
    return (0..<samples.dimension).map { column in
      distance(sorted: samples.sortedColumn(column), reference.sortedColumn(column))
    }
  }
}

/// The jumps of a distribution function.
private enum WeightedJumps {
  static func jumps(
    _ values: [Double], _ weights: [Double], sign: Double
  ) -> [(place: Double, height: Double)] {
    precondition(values.count == weights.count, "One weight a number is needed.")
    let total = weights.reduce(0, +)
    precondition(total > 0 && weights.allSatisfy { $0 >= 0 }, "Weights are 0 or more, not all 0.")
    return zip(values, weights).map { ($0, sign * $1 / total) }
  }
}

extension Batch {
  func sortedColumn(_ column: Int) -> [Double] {
    withUnsafeBufferPointer { elements in
      (0..<count).map { Double(elements[$0 * dimension + column]) }
    }.sorted()
  }
}
