import RealModule

/// How far a law q is from a law p, from log(p / q) at points drawn from q.
///
/// Every mean is over points of q, with E_q[p / q] = 1 used to lower its variance:
///
///     TV = E (1 - r)_+,  KL(q || p) = E[r - 1 - log r],  KL(p || q) = E[r log r - r + 1],  r = p / q,
///
/// all terms 0 or more. Errors are standard errors of means.
public struct LogRatioSample: Sendable {
  /// log(p / q) at points of q.
  public let logRatios: [Double]

  /// A sample of at least two ratios; -infinity where p has no mass.
  public init(_ logRatios: [Double]) {
    precondition(logRatios.count >= 2, "Standard errors need two ratios.")
    self.logRatios = logRatios
  }

  /// The total variation distance.
  public var totalVariation: Quantity { mean { max(0, -Double.expMinusOne($0)) } }

  /// KL(p || q), from the reference to the law that was drawn from.
  public var divergenceFromReference: Quantity {
    mean { $0 == -.infinity ? 1 : $0 * .exp($0) - .expMinusOne($0) }
  }

  /// KL(q || p), from the law that was drawn from to the reference; infinite where p has no mass.
  public var divergenceToReference: Quantity { mean { .expMinusOne($0) - $0 } }

  /// E_q[p / q], 1 unless q misses mass of p or the map that made q is not one to one.
  public var overlap: Quantity { mean { .exp($0) } }

  /// Whether the overlap is above 1 by more than chance, one in a million, allows: the map that made q
  /// folds, and its densities are too small.
  public var folds: Bool { overlap.value > 1 + 5 * overlap.standardError + 1e-6 }

  private func mean(_ term: (Double) -> Double) -> Quantity {
    let count = Double(logRatios.count)
    let terms = logRatios.map(term)
    let mean = terms.reduce(0, +) / count
    let square = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return .estimate(mean, standardError: (square / (count - 1) / count).squareRoot())
  }
}
