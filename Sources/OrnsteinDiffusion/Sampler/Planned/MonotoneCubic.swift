/// Piecewise cubic interpolation that rises where its data do.
///
/// - Source: Fritsch, Butland, SIAM J. Sci. Stat. Comput. 5 (1984), 300.
struct MonotoneCubic {
  private let x: [Double]
  private let y: [Double]
  private let slopes: [Double]

  /// The curve through at least three points of ascending x.
  init(_ x: [Double], _ y: [Double]) {
    self.x = x
    self.y = y
    let steps = zip(x.dropFirst(), x).map { $0 - $1 }
    let rises = steps.indices.map { (y[$0 + 1] - y[$0]) / steps[$0] }
    let last = x.count - 1
    guard last > 1 else {
      slopes = Array(repeating: rises.first ?? 0, count: x.count)
      return
    }
    var slopes = [Double](repeating: 0, count: x.count)
    for index in 1..<last where rises[index - 1] * rises[index] > 0 {
      let (before, after) = (steps[index - 1], steps[index])
      let (first, second) = (2 * after + before, after + 2 * before)
      slopes[index] =
        (first + second) / (first / rises[index - 1] + second / rises[index])
    }
    slopes[0] = Self.end(steps[0], steps[1], rises[0], rises[1])
    slopes[last] = Self.end(steps[last - 1], steps[last - 2], rises[last - 1], rises[last - 2])
    self.slopes = slopes
  }

  /// The slope at an end by three points, limited so that the curve keeps its shape.
  private static func end(
    _ step: Double, _ next: Double, _ rise: Double, _ nextRise: Double
  ) -> Double {
    let slope = ((2 * step + next) * rise - step * nextRise) / (step + next)
    if slope * rise <= 0 { return 0 }
    if rise * nextRise <= 0, abs(slope) > 3 * abs(rise) { return 3 * rise }
    return slope
  }

  /// The curve at ascending places between the first and the last point.
  func values(at places: [Double]) -> [Double] {
    var index = 0
    return places.map { place in
      while index < x.count - 2, x[index + 1] < place { index += 1 }
      let step = x[index + 1] - x[index]
      let t = (place - x[index]) / step
      let (a, b) = (step * slopes[index], step * slopes[index + 1])
      let rise = y[index + 1] - y[index]
      return y[index] + t * (a + t * (3 * rise - 2 * a - b + t * (a + b - 2 * rise)))
    }
  }
}
