import OrnsteinDiffusion
import OrnsteinNumerics
import RealModule

/// A lower bound on the total variation distance of an unknown law q, of which there are samples, from an
/// exact law p, as sharp as many features together make it.
///
/// TV(q, p) is the largest q(A) - p(A) over all sets A. From four fifths of the samples the ratio q / p
/// is estimated as a sum of orthonormal features of p (`WitnessFeatures`), each coefficient shrunk by a
/// threshold that cross-validation chooses; A is where it is above a cut, 1 where the estimate is good. On the last fifth q(A) is counted,
/// and p(A) on many exact draws. As those have no part in the choice of A, the mean of the difference,
/// averaged over the five fifths, is at most TV(q, p), whatever the features: it is an unbiased estimate
/// of what the chosen sets see. It is close to the distance itself where the features resolve q / p, and
/// its mean is 0 for exact samples; so it needs no correction, and its value may come out below 0.
///
/// - Source: Sugiyama, Suzuki, Kanamori, Density Ratio Estimation in Machine Learning, 2012, chapter 6;
///   Kim, Ramdas, Singh, Wasserman, Annals of Statistics 49 (2021) 411.
public struct TotalVariationWitness: Sendable, Hashable, Codable {
  /// The estimated q(A) - p(A), at most the distance but for chance.
  public var value: Double
  /// Its standard error.
  public var standardError: Double
  /// With probability 0.95 the distance is at least this.
  public var lowerBound: Double
  /// The mean of the value for exact samples of the same size, measured; 0 in theory.
  public var floor: Double
  /// Its standard deviation for exact samples of the same size.
  public var floorStandardDeviation: Double
  /// How probable so large a value is for exact samples, by the mean, variance and skewness of counts.
  public var pValue: Double
  /// The number of features.
  public var features: Int
  /// How many samples were taken.
  public var rows: Int
  /// How many exact draws measured p(A).
  public var draws: Int

  /// The fewest samples from which a set can be chosen.
  public static let fewestRows = 100

  private static let folds = 5
  private static let groups = 10
  /// Cuts of the estimated ratio less 1: 0 is best for the true ratio, more for one too smooth.
  ///
  /// To them comes half of the estimate's mean on the samples, for laws that hardly overlap.
  private static let cuts = [-0.5, 0, 1, 4, 16]
  private static var cutCount: Int { cuts.count + 1 }
  private static let thresholds = [0, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5]

  /// Looks for a set that tells samples from a law.
  ///
  /// - Parameters:
  ///   - samples: Finite points, ``fewestRows`` or more.
  ///   - law: The law, which must have a density or at least be spread out: a set that exact draws never
  ///     reach tells anything from it.
  ///   - axes: The law of each coordinate, or those that ``ReferenceLaw/projection(along:)`` makes.
  ///   - key: The randomness of exact draws.
  ///   - threads: How many threads work; does not change the result.
  /// - Throws: ``MetricError`` if there are too few samples or they are not finite.
  public init(
    of samples: Batch<Double>, from law: ReferenceLaw, axes: [ProjectedLaw]? = nil,
    key: NoiseKey, threads: Int = 1
  ) throws(MetricError) {
    try MetricError.check(samples, dimension: law.dimension, rows: Self.fewestRows)
    // Folds by chance, whatever the order of the samples.
    let samples = samples.shuffled(key: key)
    let n = samples.count
    let repetitions = min(max(400_000 / n, 4), 16)
    func block(_ index: Int) -> Batch<Double> {
      law.draw(rows: 0..<n, key: ReferenceLaw.key(key, repetition: 7000 + index), threads: threads)
    }
    let axes = axes ?? law.axisLaws(key: key, threads: threads)
    let features = WitnessFeatures(
      of: law, axes: axes,
      draws: law.draw(
        rows: 0..<20_000, key: ReferenceLaw.key(key, repetition: 6999), threads: threads),
      threads: threads)
    let pass = FeaturePass(features: features, threads: threads)

    // The first pass: means of features.
    let found = pass.groupSums(of: samples, groups: Self.groups)
    var known: [[[Double]]] = []
    var gram = [Double](repeating: 0, count: features.count * features.count)
    var gramRows = 0
    for index in 0..<repetitions {
      let draws = block(index)
      known.append(pass.groupSums(of: draws, groups: Self.groups))
      if gramRows < 40_000 {
        let part = draws[0..<min(n, 40_000 - gramRows)]
        for (place, number) in pass.gram(of: part).enumerated() { gram[place] += number }
        gramRows += part.count
      }
    }
    let white = Self.whiten(
      known, gram, rows: n, gramRows: gramRows, indicators: features.indicators)

    // The second pass: where the estimated ratios are above 1.
    let functions = ([found] + known).flatMap { sums in
      Self.functions(of: sums, rows: n, white)
    }
    let own = pass.positives(of: samples, classes: Self.folds, functions)
    let blocks = (0..<repetitions).map {
      pass.positives(of: block($0), classes: Self.folds, functions)
    }
    let total = (0..<functions.count * Self.cutCount).map { column in
      blocks.reduce(0) { $0 + $1.reduce(0) { $0 + $1[column] } }
    }
    let drawn = repetitions * n
    let width = Self.folds * Self.cutCount
    let result = Self.gain(own, column: 0, rows: n, positives: Array(total[0..<width]), drawn)
    let floors = (0..<repetitions).map { index in
      let first = (index + 1) * width
      let others = (0..<width).map { place in
        total[first + place] - blocks[index].reduce(0) { $0 + $1[first + place] }
      }
      return Self.gain(blocks[index], column: first, rows: n, positives: others, drawn - n).value
    }
    let comparison = Comparison(value: result.value, standardError: 0, floors: floors)
    value = result.value
    standardError = result.error
    lowerBound = max(0, result.value - 1.6448536269514722 * result.error)
    floor = comparison.floor
    floorStandardDeviation = comparison.floorStandardDeviation
    // Counts are whole: half of one is taken off.
    pValue = Significance.skewedTail(
      (result.value - 0.5 / Double(n)) / result.errorOfExact, skewness: result.skewnessOfExact)
    self.features = features.count
    rows = n
    draws = drawn
  }

  private static func whiten(
    _ known: [[[Double]]], _ gram: [Double], rows: Int, gramRows: Int, indicators: Range<Int>
  ) -> WhitenedFeatures {
    let count = known[0][0].count
    var mean = [Double](repeating: 0, count: count)
    for block in known { for group in block { for i in 0..<count { mean[i] += group[i] } } }
    for i in 0..<count { mean[i] /= Double(rows * known.count) }
    // The covariance is about the mean of its own rows (the first feature is 1): about any other mean
    // it need not be positive.
    var covariance = gram
    for i in 0..<count {
      for j in 0..<count {
        covariance[i * count + j] =
          gram[i * count + j] / Double(gramRows)
          - gram[i] / Double(gramRows) * (gram[j] / Double(gramRows))
      }
    }
    return WhitenedFeatures(mean: mean, covariance: covariance, indicators: indicators)
  }

  /// For each fold the estimated ratio less 1, from the rows of the other folds.
  private static func functions(
    of sums: [[Double]], rows n: Int, _ white: WhitenedFeatures
  ) -> [WitnessFunction] {
    // Of n rows, group g has those with row % groups == g.
    let sizes = (0..<groups).map { Double((n - $0 + groups - 1) / groups) }
    let means = sums.indices.map { group in
      white.coefficients(ofMean: sums[group].map { $0 / sizes[group] })
    }
    func mean(without left: Set<Int>) -> (coefficients: [Double], rows: Double) {
      var total = [Double](repeating: 0, count: white.count)
      var rows = 0.0
      for group in 0..<groups where !left.contains(group) {
        for index in total.indices { total[index] += sizes[group] * means[group][index] }
        rows += sizes[group]
      }
      return (total.map { $0 / rows }, rows)
    }
    return (0..<folds).map { fold in
      let held: Set<Int> = [fold, fold + folds]
      // Chooses the threshold by the squared error of the ratio, |theta|^2 / 2 - theta . m.
      var losses = [Double](repeating: 0, count: thresholds.count)
      for group in 0..<groups where !held.contains(group) {
        let (inner, rows) = mean(without: held.union([group]))
        for (place, threshold) in thresholds.enumerated() {
          let theta = shrunk(inner, rows: rows, threshold: threshold)
          for index in theta.indices {
            losses[place] += theta[index] * (theta[index] / 2 - means[group][index])
          }
        }
      }
      let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
      let (all, rows) = mean(without: held)
      let theta = shrunk(all, rows: rows, threshold: thresholds[best])
      let (weights, offset) = white.weights(of: theta)
      let middle = theta.reduce(0) { $0 + $1 * $1 } / 2
      return WitnessFunction(weights: weights, offset: offset, cuts: (cuts + [middle]).sorted())
    }
  }

  /// Each coefficient times 1 - t^2 / (n theta^2), or 0 where that is negative; the largest is kept.
  private static func shrunk(
    _ coefficients: [Double], rows: Double, threshold: Double
  ) -> [Double] {
    let limit = threshold * threshold / rows
    let shrunk = coefficients.map { $0 * $0 > limit ? $0 * (1 - limit / ($0 * $0)) : 0 }
    guard !shrunk.contains(where: { $0 != 0 }),
      let largest = coefficients.indices.max(by: { abs(coefficients[$0]) < abs(coefficients[$1]) })
    else { return shrunk }
    var kept = shrunk
    kept[largest] = coefficients[largest]
    return kept
  }

  /// The mean over folds of q(A) - p(A) with its standard error, and that of exact samples with its
  /// skewness.
  ///
  /// For exact samples, p(A) of a set that few draws reach is taken as if one more did, or all but one.
  private static func gain(
    _ counts: [[Int]], column: Int, rows n: Int, positives: [Int], _ drawn: Int
  ) -> (value: Double, error: Double, errorOfExact: Double, skewnessOfExact: Double) {
    var (value, variance, exact, cube) = (0.0, 0.0, 0.0, 0.0)
    for fold in 0..<folds {
      let size = Double((n - fold + folds - 1) / folds)
      let share = size / Double(n)
      // The other folds choose the cut.
      let first = fold * cutCount
      let others = (0..<folds).filter { $0 != fold }
      let gains = (0..<cutCount).map { cut in
        others.reduce(0.0) { $0 + Double(counts[$1][column + first + cut]) }
          / (Double(n) - size) - Double(positives[first + cut]) / Double(drawn)
      }
      let best = gains.indices.max { gains[$0] < gains[$1] } ?? 0
      let q = Double(counts[fold][column + first + best]) / size
      let p = Double(positives[first + best]) / Double(drawn)
      value += share * (q - p)
      variance += share * (q * (1 - q) / Double(n) + p * (1 - p) / Double(drawn))
      let chance = Double(positives[first + best] + 1) / Double(drawn + 2)
      let spread = share * chance * (1 - chance)
      exact += spread * (1 / Double(n) + 1 / Double(drawn))
      cube += spread * (1 - 2 * chance) / (Double(n) * Double(n))
    }
    let deviation = exact.squareRoot()
    return (
      value, variance.squareRoot(), deviation, cube / (deviation * deviation * deviation)
    )
  }
}

extension ReferenceLaw {
  /// The law of each coordinate, from exact draws where there is no closed form.
  func axisLaws(key: NoiseKey, threads: Int) -> [ProjectedLaw] {
    var draws: Batch<Double>?
    return (0..<dimension).map { axis in
      var direction = [Double](repeating: 0, count: dimension)
      direction[axis] = 1
      return law(along: direction, draws: &draws, key: key, threads: threads)
    }
  }

  /// How many exact draws stand for a law without closed form.
  static let drawnRows = 200_000

  /// The law along a direction, closed or from draws that are made when the first law needs them.
  func law(
    along direction: [Double], draws: inout Batch<Double>?, key: NoiseKey, threads: Int
  ) -> ProjectedLaw {
    if let law = projection(along: direction) { return law }
    let rows = min(Self.drawnRows, max(20_000, 20_000_000 / dimension))
    let points =
      draws
      ?? draw(rows: 0..<rows, key: Self.key(key, repetition: 9000), threads: threads)
    draws = points
    return ProjectedLaw(sample: points.projected(on: direction))
  }
}

extension Batch<Double> {
  /// The rows in an order of chance.
  fileprivate func shuffled(key: NoiseKey) -> Batch<Double> {
    let order = PooledSamples.order(of: count, key: key, step: 77)
    return withUnsafeBufferPointer { elements in
      Batch(unsafeUninitializedCount: count, dimension: dimension) { output in
        for (place, row) in order.enumerated() {
          for j in 0..<dimension {
            output[place * dimension + j] = elements[row * dimension + j]
          }
        }
      }
    }
  }

  /// The product of each row with a direction.
  package func projected(on direction: [Double]) -> [Double] {
    let used = direction.indices.filter { direction[$0] != 0 }
    return withUnsafeBufferPointer { elements in
      (0..<count).map { row in
        var sum = 0.0
        for coordinate in used {
          sum += elements[row * dimension + coordinate] * direction[coordinate]
        }
        return sum
      }
    }
  }
}
