import OrnsteinNumerics

/// The implicit score-matching loss ‖s‖^2 + 2 div s of polynomials in cells, whose mean is E‖s - s*‖^2 less
/// a constant of the data (Hyvärinen, JMLR 6, 2005).
///
/// The jumps at borders would be missing from the divergence, so within tau / 2 of one the scores of both cells
/// are blended linearly, and the slope of the blend counts.
struct ImplicitLoss {
  private let centres: [[Double]]
  private let levels: [PolynomialLevel]
  private let variance: Double

  init(cells: [PolynomialCell], variance: Double) {
    centres = cells.map(\.centre)
    levels = cells.map { PolynomialLevel(addedVariance: 0, variance: variance, cells: [$0]) }
    self.variance = variance
  }

  /// The loss of each of some rows.
  func values(of data: Batch<Double>, _ rows: [Int]) -> [Double] {
    let workspace = Workspace()
    return rows.map { loss(at: data.point($0), workspace) }
  }

  private func loss(at point: [Double], _ workspace: Workspace) -> Double {
    let n = point.count
    let squares = centres.map { centre in
      zip(point, centre).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    let nearest = squares.indices.min { squares[$0] < squares[$1] } ?? 0
    var (score, divergence) = evaluate(nearest, point, workspace)
    let second = squares.indices.filter { $0 != nearest }.min { squares[$0] < squares[$1] }
    if let second {
      let normal = zip(centres[nearest], centres[second]).map { $0 - $1 }
      let length = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let distance = (squares[second] - squares[nearest]) / (2 * length)
      let width = variance.squareRoot() / 2
      if length > 0, distance < width {
        let weight = (1 + distance / width) / 2
        let other = evaluate(second, point, workspace)
        divergence = weight * divergence + (1 - weight) * other.divergence
        for j in 0..<n {
          let jump = score[j] - other.score[j]
          divergence += normal[j] / length * jump / (2 * width)
          score[j] = other.score[j] + weight * jump
        }
      }
    }
    return score.reduce(0) { $0 + $1 * $1 } + 2 * divergence
  }

  private func evaluate(
    _ cell: Int, _ point: [Double], _ workspace: Workspace
  ) -> (score: [Double], divergence: Double) {
    let n = point.count
    var axes = [Double](repeating: 0, count: n * n)
    for j in 0..<n { axes[j * n + j] = 1 }
    var mean = [Double](repeating: 0, count: n)
    var jacobian = axes
    levels[cell].evaluate(
      point, rows: 1, into: &mean, directions: axes, directionCount: n, derivatives: &jacobian,
      workspace: workspace)
    var divergence = 0.0
    for j in 0..<n { divergence += (jacobian[j * n + j] - 1) / variance }
    return (zip(mean, point).map { ($0 - $1) / variance }, divergence)
  }
}
