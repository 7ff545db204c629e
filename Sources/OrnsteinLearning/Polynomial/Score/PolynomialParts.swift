import OrnsteinDiffusion

/// Whether the parts of a piecewise polynomial score fit each other.
enum PolynomialParts {
  static func check(
    moments: DataMoments, baseVariance: Double,
    levels: [(addedVariance: Double, cells: [PolynomialCell])]
  ) throws(PolynomialError) {
    let n = moments.dimension
    guard n >= 1, (moments.mean + moments.covariance).allSatisfy(\.isFinite) else {
      throw .parts(reason: "the moments are not finite.")
    }
    guard baseVariance >= 0, baseVariance.isFinite else {
      throw .parts(reason: "the base variance is \(baseVariance): it must be 0 or more.")
    }
    guard let last = levels.last else { throw .parts(reason: "there is no level.") }
    guard levels.allSatisfy({ $0.addedVariance >= 0 && $0.addedVariance.isFinite }),
      zip(levels, levels.dropFirst()).allSatisfy({ $0.addedVariance > $1.addedVariance }),
      baseVariance + last.addedVariance > 0
    else {
      throw .parts(
        reason: "the added variances must decrease, none below 0, the last with noise.")
    }
    for (number, level) in levels.enumerated() {
      guard !level.cells.isEmpty else { throw .parts(reason: "level \(number) has no cell.") }
      for (index, cell) in level.cells.enumerated() {
        if let reason = flaw(of: cell, dimension: n) {
          throw .parts(reason: "cell \(index) of level \(number) \(reason).")
        }
      }
    }
  }

  private static func flaw(of cell: PolynomialCell, dimension n: Int) -> String? {
    guard cell.centre.count == n, cell.origin.count == n, cell.axes.count.isMultiple(of: n),
      cell.axes.count <= n * n
    else { return "is not of dimension \(n)" }
    guard (0...255).contains(cell.degree) else { return "has degree \(cell.degree)" }
    guard let functions = HermiteBasis.count(dimension: cell.rank, degree: cell.degree),
      functions <= cell.coefficients.count, cell.coefficients.count == functions * n
    else { return "has \(cell.coefficients.count) coefficients, which do not fit its degree" }
    guard (cell.centre + cell.origin + cell.axes + cell.coefficients).allSatisfy(\.isFinite) else {
      return "holds a number that is not finite"
    }
    guard cell.pointRadius >= 0, cell.meanRadius >= 0 else { return "has a negative radius" }
    return nil
  }
}
