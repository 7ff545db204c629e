import OrnsteinNumerics

/// The Wasserstein-1 distance of samples on the line, for every cut of a pool at once.
///
/// On the line it is the area between the distribution functions, sum |F - G| dz over the pooled
/// order, exact for samples of different sizes. Costs a sort, then one pass a cut.
///
/// - Source: Vallender, Theory of Probability and its Applications 18 (1974) 784.
public struct Wasserstein: Sendable {
  /// The distance for each cut of the pool, the given one first.
  public let distances: [Double]
  /// The distance with each group of rows left out.
  let withoutGroup: [Double]

  /// The distances of one number a row.
  ///
  /// - Parameters:
  ///   - values: One finite number for each row of the pool.
  ///   - samples: The pool.
  public init(of values: [Float], in samples: PooledSamples) {
    precondition(values.count == samples.rows.count, "One number a row is needed.")
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let sorted = order.map { Double(values[$0]) }
    distances = samples.cuts.map { cut in
      Self.distance(order, sorted, samples.firstCount, samples.secondCount) { row in
        cut[row] ? .first : .second
      }
    }
    withoutGroup = (0..<samples.groupCount).map { group in
      var counts = (first: 0, second: 0)
      for row in values.indices where samples.groups[row] != group {
        if samples.cuts[0][row] { counts.first += 1 } else { counts.second += 1 }
      }
      return Self.distance(order, sorted, counts.first, counts.second) { row in
        samples.groups[row] == group ? .neither : samples.cuts[0][row] ? .first : .second
      }
    }
  }

  /// The distance of two samples of numbers.
  ///
  /// - Parameters:
  ///   - first: One number or more.
  ///   - second: One number or more.
  public static func distance(_ first: [Double], _ second: [Double]) -> Double {
    precondition(!first.isEmpty && !second.isEmpty, "A sample is empty.")
    let values = first + second
    let order = values.indices.sorted { values[$0] < values[$1] }
    return distance(order, order.map { values[$0] }, first.count, second.count) { row in
      row < first.count ? .first : .second
    }
  }

  private enum Side { case first, second, neither }

  @inline(__always)
  private static func distance(
    _ order: [Int], _ sorted: [Double], _ firstCount: Int, _ secondCount: Int,
    side: (Int) -> Side
  ) -> Double {
    let (first, second) = (1 / Double(firstCount), 1 / Double(secondCount))
    var (area, seen, previous) = (0.0, (first: 0, second: 0), sorted[0])
    for (place, row) in order.enumerated() {
      let gap = Double(seen.first) * first - Double(seen.second) * second
      area += abs(gap) * (sorted[place] - previous)
      previous = sorted[place]
      switch side(row) {
      case .first: seen.first += 1
      case .second: seen.second += 1
      case .neither: break
      }
    }
    return area
  }

  /// The distance with its standard error and noise floor.
  public var comparison: Comparison {
    Comparison(
      value: distances[0], standardError: Self.jackknife(withoutGroup),
      floors: Array(distances.dropFirst()))
  }

  /// The standard error from the values with each of g groups left out:
  /// sqrt((g - 1) / g sum (v_k - mean)^2).
  static func jackknife(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    return ((count - 1) / count * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
  }
}
