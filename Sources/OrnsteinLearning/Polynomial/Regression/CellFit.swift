import OrnsteinNumerics

/// The fit of one cell: degree by two-fold cross-validation, coefficients by all rows.
struct CellFit: Sendable {
  /// The degree chosen.
  let degree: Int
  /// beta, n numbers a polynomial.
  let coefficients: [Double]
  /// The estimated mean square error of f: the variance of the fit, and bias that other degrees do not
  /// have.
  let squaredError: Double

  /// Fits; `nil` if the equations have no solution.
  ///
  /// The risk of each degree is that of the fit to one half on the other, both ways. Half the mean square
  /// difference of the two fits is the variance of one of them; the fit to all rows has half of it.
  init?(halves: (NormalEquations, NormalEquations), basis: HermiteBasis, ridge: Double) {
    let (first, second) = halves
    let all = first + second
    let n = all.outputs
    guard all.weight > 0 else {
      (degree, squaredError) = (0, 0)
      coefficients = [Double](repeating: 0, count: n)
      return
    }
    guard let fit = RidgeRegression(all, ridge: ridge) else { return nil }
    guard first.weight > 0, second.weight > 0, let fitA = RidgeRegression(first, ridge: ridge),
      let fitB = RidgeRegression(second, ridge: ridge)
    else {
      (degree, squaredError) = (0, 0)
      coefficients = fit.coefficients(first: 1)
      return
    }
    var (best, least, leastBias) = (0, Double.infinity, Double.infinity)
    var risks: [(bias: Double, variance: Double)] = []
    for degree in 0...basis.degree {
      let count = basis.count(degree: degree)
      let (a, b) = (fitA.coefficients(first: count), fitB.coefficients(first: count))
      let risk =
        (second.weight * second.risk(of: a) + first.weight * first.risk(of: b)) / all.weight
      let difference = all.square(of: zip(a, b).map { $0 - $1 }) / all.weight
      guard risk.isFinite, difference.isFinite else { break }
      risks.append((risk - difference / 2, difference / 4))
      leastBias = min(leastBias, risk - difference / 2)
      if risk < least { (best, least) = (degree, risk) }
    }
    guard risks.indices.contains(best) else { return nil }
    degree = best
    coefficients = fit.coefficients(first: basis.count(degree: best))
    guard coefficients.allSatisfy(\.isFinite) else { return nil }
    squaredError = risks[best].variance + max(0, risks[best].bias - leastBias)
  }
}
