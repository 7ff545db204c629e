import OrnsteinDiffusion
import OrnsteinNumerics
import OrnsteinTables
import RealModule

/// The probability that some cells are missing and others are not, given the values of some cells and a
/// component: that of normal numbers to be above or below thresholds.
///
/// One number after the other is drawn where it must be, and its probability given those before it is
/// multiplied: in the mean the probability, exact where the numbers are independent.
///
/// - Source: Geweke (1991); Hajivassiliou, McFadden, Econometrica 66 (1998) 863.
struct GapProbability {
  private let thresholds: [Double]
  /// The places of the markers among the missing coordinates of the regression.
  private let places: [Int]
  /// For each component the lower factor of the covariance of the markers.
  private let factors: [[Double]]

  /// Whether nothing needs to be drawn.
  let isExact: Bool
  var count: Int { thresholds.count }

  init(of regression: MixtureRegression, _ markers: [GapMarker]) {
    thresholds = markers.map(\.threshold)
    let places = markers.compactMap { regression.missing.firstIndex(of: $0.coordinate) }
    self.places = places
    let (m, missing) = (markers.count, regression.missing.count)
    var isExact = true
    factors = (0..<regression.componentCount).map { component in
      let rows = regression.covariance(ofComponent: component).rows(dimension: missing)
      let matrix = places.flatMap { i in places.map { rows[i][$0] } }
      if let factor = try? Cholesky(of: matrix, dimension: m) {
        if (0..<m).contains(where: { i in (0..<i).contains { matrix[i * m + $0] != 0 } }) {
          isExact = false
        }
        return factor.lower
      }
      var lower = [Double](repeating: 0, count: m * m)
      for i in 0..<m { lower[i * m + i] = max(matrix[i * m + i], 1e-12).squareRoot() }
      return lower
    }
    self.isExact = isExact
  }

  /// The means of the markers, from those of all missing coordinates.
  func means(_ mean: [Double]) -> [Double] { places.map { mean[$0] } }

  /// The log-probability, and the numbers that were drawn on the way.
  func logProbability(
    _ component: Int, _ means: [Double], _ isMissing: [Bool], uniform: (Int) -> Double
  ) -> (logProbability: Double, numbers: [Double]) {
    var (sum, numbers) = (0.0, means)
    var steps = [Double](repeating: 0, count: count)
    for marker in 0..<count {
      let (bound, deviation) = place(marker, component, means, steps)
      let share = Self.share(beyond: bound, isAbove: isMissing[marker])
      sum += .log(share)
      let quantile = NormalDistribution.quantile(uniform(marker) * share)
      let least = -37.0
      steps[marker] = max(quantile, least) * (isMissing[marker] ? -1 : 1)
      numbers[marker] = thresholds[marker] + deviation * (steps[marker] - bound)
    }
    return (sum, numbers)
  }

  /// The log-density with which ``logProbability(_:_:_:uniform:)`` draws numbers.
  func logDensity(
    _ component: Int, _ means: [Double], _ isMissing: [Bool], of numbers: [Double]
  ) -> Double {
    var sum = 0.0
    var steps = [Double](repeating: 0, count: count)
    for marker in 0..<count {
      let (bound, deviation) = place(marker, component, means, steps)
      let step = bound + (numbers[marker] - thresholds[marker]) / deviation
      steps[marker] = step
      sum -= step * step / 2 + .log(2 * .pi) / 2 + .log(deviation)
      sum -= .log(Self.share(beyond: bound, isAbove: isMissing[marker]))
    }
    return sum
  }

  /// The threshold of a marker in deviations from its mean, given those before it.
  private func place(
    _ marker: Int, _ component: Int, _ means: [Double], _ steps: [Double]
  ) -> (bound: Double, deviation: Double) {
    let m = count
    var mean = means[marker]
    for before in 0..<marker { mean += factors[component][marker * m + before] * steps[before] }
    let deviation = factors[component][marker * m + marker]
    return ((thresholds[marker] - mean) / deviation, deviation)
  }

  private static func share(beyond bound: Double, isAbove: Bool) -> Double {
    max(NormalDistribution.cumulative(isAbove ? -bound : bound), .leastNormalMagnitude)
  }
}
