import RealModule

/// What the law of the data says about itself at some times of the canonical process.
///
/// Integrals run from the first time to each. They are kept apart from what they are integrals of,
/// because closed forms know them better than sums over the times do.
struct LawCurves: Sendable {
  /// J = E|score|^2.
  var fisher: [Double]
  /// I = E|score + x|^2.
  var relativeFisher: [Double]
  /// M = E|X_0 - E[X_0 | X_t]|^2.
  var meanSquareError: [Double]
  /// E|Hessian of log p_t|_F^2.
  var squaredHessian: [Double]
  /// The integral of J dt.
  var fisherIntegral: [Double]
  /// The integral of I dt.
  var relativeIntegral: [Double]
  /// The integral of M du.
  var errorIntegral: [Double]
  /// KL(p_t | G_t) with G_t the normal law of the same moments; NaN where it is unknown.
  var normality: [Double]

  init(count: Int) {
    let zeros = [Double](repeating: 0, count: count)
    fisher = zeros
    relativeFisher = zeros
    meanSquareError = zeros
    squaredHessian = zeros
    fisherIntegral = zeros
    relativeIntegral = zeros
    errorIntegral = zeros
    normality = zeros
  }

  /// The curves of independent laws side by side.
  static func += (left: inout LawCurves, right: LawCurves) {
    for path in Self.paths {
      for index in left[keyPath: path].indices {
        left[keyPath: path][index] += right[keyPath: path][index]
      }
    }
  }

  /// The curves of so many independent copies of the law.
  func times(_ copies: Int) -> LawCurves {
    var result = self
    for path in Self.paths {
      for index in result[keyPath: path].indices { result[keyPath: path][index] *= Double(copies) }
    }
    return result
  }

  /// Accounts for a second moment that is larger by a number, as that of shifted data: only what is
  /// relative to N(0, I) sees it.
  mutating func addSecondMoment(_ excess: Double, times: [Double]) {
    guard let first = times.first else { return }
    for (index, time) in times.enumerated() {
      relativeFisher[index] += excess * .exp(-2 * time)
      relativeIntegral[index] +=
        excess * .exp(-2 * time) * .expMinusOne(2 * (time - first)) / 2
    }
  }

  private static var paths: [WritableKeyPath<LawCurves, [Double]>] {
    [
      \.fisher, \.relativeFisher, \.meanSquareError, \.squaredHessian, \.fisherIntegral,
      \.relativeIntegral, \.errorIntegral, \.normality,
    ]
  }
}

/// The law of a part of the data at one time, as closed forms and quadrature find it.
struct LawPoint {
  /// E|score|^2.
  var fisher = 0.0
  /// E|X_0 - E[X_0 | X_t]|^2.
  var meanSquareError = 0.0
  /// E|Hessian|_F^2.
  var squaredHessian = 0.0
  /// The differential entropy of p_t.
  var entropy = 0.0
}

extension LawCurves {
  /// The curves of a law from its points, by identities of de Bruijn and of information and error.
  ///
  ///     dh/dt = J - d,  dI(X_0; Y_u)/du = M / 2,  I = J - d + alpha^2 (M_2 - d).
  ///
  /// - Parameters:
  ///   - points: One a time.
  ///   - times: Ascending canonical times.
  ///   - dimension: d.
  ///   - secondMoment: M_2.
  ///   - normalEntropy: The entropy of the normal law with the moments of p_t.
  init(
    _ points: [LawPoint], times: [Double], dimension: Int, secondMoment: Double,
    normalEntropy: (StepEnd) -> Double
  ) {
    self.init(count: times.count)
    guard !times.isEmpty else { return }
    let (d, first) = (Double(dimension), StepEnd(times[0]))
    for (index, point) in points.enumerated() {
      let end = StepEnd(times[index])
      let elapsed = end.time - first.time
      let gained = point.entropy - points[0].entropy
      fisher[index] = point.fisher
      relativeFisher[index] = point.fisher - d
      meanSquareError[index] = point.meanSquareError
      squaredHessian[index] = point.squaredHessian
      fisherIntegral[index] = gained + d * elapsed
      relativeIntegral[index] = gained
      // Mutual information is h(p_t) - d log(2 pi e sigma^2) / 2.
      errorIntegral[index] = d * (.log(end.variance) - .log(first.variance)) - 2 * gained
      normality[index] = max(0, normalEntropy(end) - point.entropy)
    }
    addSecondMoment(secondMoment - d, times: times)
  }
}
