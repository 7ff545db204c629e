import RealModule

/// The closed curves of a normal law, from the eigenvalues of its covariance.
struct NormalCurves {
  /// The eigenvalues c_i; 0 for a flat direction.
  let variances: [Double]
  /// |mean|^2.
  let squaredMean: Double

  /// J = sum 1 / v, M = sum c sigma^2 / v, |H|^2 = sum 1 / v^2 with v = alpha^2 c + sigma^2.
  func curves(at times: [Double]) -> LawCurves {
    let points = times.map { time in
      let end = StepEnd(time)
      var point = LawPoint()
      for variance in variances {
        let total = end.squaredSignal * variance + end.variance
        point.fisher += 1 / total
        point.meanSquareError += variance * end.variance / total
        point.squaredHessian += 1 / (total * total)
        point.entropy += (1 + .log(2 * .pi * total)) / 2
      }
      return point
    }
    return LawCurves(
      points, times: times, dimension: variances.count,
      secondMoment: squaredMean + variances.reduce(0, +)
    ) { end in
      variances.reduce(0) {
        $0 + (1 + .log(2 * .pi * (end.squaredSignal * $1 + end.variance))) / 2
      }
    }
  }
}
