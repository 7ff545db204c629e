/// Sums over the rows of a group, for each interval between levels: squared changes of three
/// martingales, each with a control variate of known mean, and one control for all.
struct PathSums: Sendable {
  /// The numbers that are kept of one interval and martingale.
  static let width = 8
  /// The martingales.
  static let kinds = 3

  /// The number of intervals: below the first level, between neighbours, beyond the last.
  let intervals: Int
  /// The number of rows.
  var rows = 0
  private var sums: [Double]

  init(levels: Int) {
    intervals = levels + 1
    sums = [Double](repeating: 0, count: intervals * Self.kinds * Self.width)
  }

  /// Adds a row; the controls are given less their means.
  mutating func add(_ y: Double, _ first: Double, _ second: Double, kind: Int, interval: Int) {
    let at = (interval * Self.kinds + kind) * Self.width
    sums[at] += y
    sums[at + 1] += first
    sums[at + 2] += second
    sums[at + 3] += y * first
    sums[at + 4] += y * second
    sums[at + 5] += first * first
    sums[at + 6] += first * second
    sums[at + 7] += second * second
  }

  static func += (left: inout PathSums, right: PathSums) {
    left.rows += right.rows
    for index in left.sums.indices { left.sums[index] += right.sums[index] }
  }

  /// The factors of both controls that leave the least variance.
  func factors(kind: Int, interval: Int) -> (Double, Double) {
    let at = (interval * Self.kinds + kind) * Self.width
    let n = Double(rows)
    func covariance(_ product: Int, _ a: Int, _ b: Int) -> Double {
      sums[at + product] / n - sums[at + a] / n * (sums[at + b] / n)
    }
    let (y1, y2) = (covariance(3, 0, 1), covariance(4, 0, 2))
    let (v1, v12, v2) = (covariance(5, 1, 1), covariance(6, 1, 2), covariance(7, 2, 2))
    let determinant = v1 * v2 - v12 * v12
    if determinant > 1e-9 * v1 * v2 {
      return ((y1 * v2 - y2 * v12) / determinant, (y2 * v1 - y1 * v12) / determinant)
    }
    if v1 > 0 { return (y1 / v1, 0) }
    return v2 > 0 ? (0, y2 / v2) : (0, 0)
  }

  /// The mean less what the controls explain of it.
  func mean(kind: Int, interval: Int, factors: (Double, Double)) -> Double {
    let at = (interval * Self.kinds + kind) * Self.width
    let explained = factors.0 * sums[at + 1] + factors.1 * sums[at + 2]
    return (sums[at] - explained) / Double(rows)
  }
}
