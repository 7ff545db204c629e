import OrnsteinNumerics
import RealModule

/// The Kullback-Leibler divergence KL(q | p) of samples of an unknown law q from an exact law p, by
/// distances to neighbours.
///
/// The cross term E_q log p is a mean over the samples of the exact log-density; the entropy of q is that
/// of Kozachenko and Leonenko from the distance rho_k to the k-th neighbour,
///
///     h = psi(n) - psi(k) + log V_d + (d / n) sum_i log rho_k(i).
///
/// Its bias, which grows with the dimension, is nearly that of exact draws of the same size, for which
/// the divergence is 0: so the mean over some of those is subtracted.
///
/// - Source: Kozachenko, Leonenko, Problems of Information Transmission 23 (1987) 95; Wang, Kulkarni,
///   Verdu, IEEE Transactions on Information Theory 55 (2009) 2392.
public struct NeighbourDivergence: Sendable, Hashable, Codable {
  /// The estimate in nats with its floor taken off, so that it has the mean 0 for exact samples.
  public var value: Double
  /// Its standard error.
  public var standardError: Double
  /// What the estimate is, before it is taken off, for exact draws of the same size.
  public var floor: Double
  /// The standard deviation of the estimate among exact draws.
  public var floorStandardDeviation: Double
  /// How probable so large an estimate is for exact draws, by its normal limit.
  public var pValue: Double
  /// The neighbour whose distance is taken.
  public var neighbour: Int
  /// How many rows are taken.
  public var rows: Int

  /// The largest dimension in which distances to neighbours say something about densities.
  public static let largestDimension = 8
  /// The most rows that are taken.
  public static let rowLimit = 30_000

  /// The divergence of samples from a law.
  ///
  /// - Parameters:
  ///   - samples: Finite points, at least 20; of more than ``rowLimit`` the first are taken.
  ///   - law: The law.
  ///   - neighbour: k.
  ///   - repetitions: How many exact samples make the floor, 2 or more.
  ///   - key: The randomness of the exact samples.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``MetricError/noEstimate(measure:reason:)`` where the divergence cannot be estimated.
  public init(
    of samples: Batch<Double>, from law: ReferenceLaw, neighbour: Int = 6, repetitions: Int = 8,
    key: NoiseKey, threads: Int = 1
  ) throws(MetricError) {
    precondition(repetitions >= 2, "A floor needs two repetitions.")
    let measure = "KL divergence"
    guard law.hasDensity else {
      throw .noEstimate(measure: measure, reason: "the target has no density without noise")
    }
    guard law.dimension <= Self.largestDimension else {
      throw .noEstimate(
        measure: measure,
        reason: "distances to neighbours say little in \(law.dimension) dimensions; the most is "
          + "\(Self.largestDimension)")
    }
    try MetricError.check(samples, dimension: law.dimension, rows: 20)
    let count = min(samples.count, Self.rowLimit)
    let found = try Self.terms(of: samples[0..<count], law, neighbour, threads)
    var floors: [Double] = []
    for repetition in 0..<repetitions {
      let draws = law.draw(
        rows: 0..<count, key: ReferenceLaw.key(key, repetition: 5000 + repetition), threads: threads
      )
      floors.append(try Self.mean(Self.terms(of: draws, law, neighbour, threads)))
    }
    let n = Double(count)
    let constant =
      Self.digamma(Double(neighbour)) - Self.digamma(n) - Self.logBallVolume(law.dimension)
    let mean = Self.mean(found)
    let spread = found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    let comparison = Comparison(value: mean, standardError: 0, floors: floors)
    let deviation = max(comparison.floorStandardDeviation, (spread / n).squareRoot())
    value = mean - comparison.floor
    standardError = deviation * (1 + 1 / Double(repetitions)).squareRoot()
    floor = constant + comparison.floor
    floorStandardDeviation = comparison.floorStandardDeviation
    pValue = Significance.normalTail(value / standardError)
    self.neighbour = neighbour
    rows = count
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// -(d log rho_k + log p) of each row.
  private static func terms(
    of rows: Batch<Double>, _ law: ReferenceLaw, _ neighbour: Int, _ threads: Int
  ) throws(MetricError) -> [Double] {
    let logDensity = law.logDensity(of: rows, threads: threads)
    let outside = logDensity.count { $0 == -.infinity }
    guard outside == 0 else {
      throw .noEstimate(
        measure: "KL divergence",
        reason: "\(outside) samples lie where the target has no density, so it is infinite")
    }
    let squares = NeighbourTree(rows).squaredDistances(toNeighbour: neighbour, threads: threads)
    let copies = squares.count { $0 == 0 }
    guard copies == 0 else {
      throw .noEstimate(
        measure: "KL divergence",
        reason:
          "\(copies) samples have \(neighbour) copies of themselves, so that their law has no "
          + "density")
    }
    let half = Double(rows.dimension) / 2
    return zip(squares, logDensity).map { -half * .log($0) - $1 }
  }

  /// log of the volume of the unit ball.
  private static func logBallVolume(_ dimension: Int) -> Double {
    let half = Double(dimension) / 2
    return half * .log(.pi) - .logGamma(half + 1)
  }

  /// psi(x) by recurrence to x >= 10, then its asymptotic series.
  private static func digamma(_ x: Double) -> Double {
    var (x, sum) = (x, 0.0)
    while x < 10 {
      sum -= 1 / x
      x += 1
    }
    let square = 1 / (x * x)
    return sum + .log(x) - 1 / (2 * x)
      - square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
  }
}
