import RealModule

extension LawCurves {
  /// Curves from values at some times: integrals and second derivatives by cubic interpolation of the
  /// bounded functions sigma^2 J, u M and sigma^2 I of log(alpha / sigma).
  ///
  /// - Parameters:
  ///   - times: Ascending canonical times, at least two.
  ///   - normality: KL(p_t | G_t) at the last time.
  ///   - totalVariances: The eigenvalues of the covariance of the data, for the normality at the
  ///     others: it grows with u by half of the integral of sum c_i / (1 + u c_i) - M.
  init(
    times: [Double], fisher: [Double], relativeFisher: [Double], meanSquareError: [Double],
    normality last: Double, totalVariances: [Double]
  ) {
    self.init(count: times.count)
    let ends = times.map(StepEnd.init)
    let places = ends.map { -$0.logSNR }
    func integral(_ values: (Int) -> Double) -> [Double] {
      HermiteCurve(nodes: places, values: times.indices.map(values)).integrals
    }
    self.fisher = fisher
    self.relativeFisher = relativeFisher
    self.meanSquareError = meanSquareError
    fisherIntegral = integral { fisher[$0] * ends[$0].variance }
    relativeIntegral = integral { relativeFisher[$0] * ends[$0].variance }
    errorIntegral = integral { 2 * meanSquareError[$0] * ends[$0].signalToNoise }
    // d(e^{-2t} J)/dt = -2 e^{-2t} E|H|^2, by differences of what falls with t.
    let falling = HermiteCurve(
      nodes: times, values: times.indices.map { fisher[$0] * ends[$0].squaredSignal })
    squaredHessian = times.indices.map {
      max(0, -falling.derivatives[$0] / (2 * ends[$0].squaredSignal))
    }
    let top = times.count - 1
    func information(_ end: StepEnd) -> Double {
      totalVariances.reduce(0) { $0 + .log(onePlus: end.signalToNoise * $1) }
    }
    normality = times.indices.map {
      last + (information(ends[$0]) - information(ends[top])) / 2
        - (errorIntegral[top] - errorIntegral[$0]) / 2
    }
  }

  /// The curves at other times between the first and the last, by the same interpolation.
  func interpolated(from times: [Double], to wanted: [Double]) -> LawCurves {
    let ends = times.map(StepEnd.init)
    let places = ends.map { -$0.logSNR }
    func curve(_ values: (Int) -> Double) -> HermiteCurve {
      HermiteCurve(nodes: places, values: times.indices.map(values))
    }
    let curves = (
      fisher: curve { fisher[$0] * ends[$0].variance },
      relative: curve { relativeFisher[$0] * ends[$0].variance },
      error: curve { 2 * meanSquareError[$0] * ends[$0].signalToNoise },
      hessian: curve { squaredHessian[$0] * ends[$0].variance * ends[$0].variance },
      normality: curve { normality[$0] }
    )
    var result = LawCurves(count: wanted.count)
    var origin = (0.0, 0.0, 0.0)
    for (index, time) in wanted.enumerated() {
      let end = StepEnd(time)
      let fisher = curves.fisher.value(at: -end.logSNR)
      let relative = curves.relative.value(at: -end.logSNR)
      let error = curves.error.value(at: -end.logSNR)
      if index == 0 { origin = (fisher.integral, relative.integral, error.integral) }
      result.fisher[index] = fisher.value / end.variance
      result.relativeFisher[index] = relative.value / end.variance
      result.meanSquareError[index] = error.value / (2 * end.signalToNoise)
      result.squaredHessian[index] =
        max(0, curves.hessian.value(at: -end.logSNR).value) / (end.variance * end.variance)
      result.normality[index] = curves.normality.value(at: -end.logSNR).value
      result.fisherIntegral[index] = fisher.integral - origin.0
      result.relativeIntegral[index] = relative.integral - origin.1
      result.errorIntegral[index] = error.integral - origin.2
    }
    return result
  }
}
