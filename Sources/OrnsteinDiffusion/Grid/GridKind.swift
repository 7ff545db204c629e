/// How the steps of a grid are spread, always in canonical time, so that a kind means the same
/// signal-to-noise ratios for every process.
public enum GridKind: String, Sendable, Codable, CaseIterable {
  /// Equal steps of time t.
  case uniform
  /// Times in a fixed ratio.
  case geometric
  /// Equal steps of log(alpha / sigma).
  case logSNR = "log-snr"
  /// Equal steps of (sigma / alpha)^{1 / rho}.
  case karras
  /// Steps kappa min(1, t): equal above time 1, shrinking in a fixed ratio below.
  case exponential

  /// A kind by the name that it has on the command line.
  ///
  /// - Throws: ``GridError/unknownKind(_:)``.
  public init(name: String) throws(GridError) {
    guard let kind = GridKind(rawValue: name) else { throw .unknownKind(name) }
    self = kind
  }

  /// What the grid does, in one line.
  public var summary: String {
    switch self {
    case .uniform: "equal steps of canonical time"
    case .geometric: "canonical times in a fixed ratio"
    case .logSNR: "equal steps of log(alpha / sigma)"
    case .karras: "equal steps of (sigma / alpha)^(1/rho), rho = 7"
    case .exponential: "steps kappa min(1, t) of canonical time"
    }
  }

  /// Where the grid comes from.
  public var source: String {
    switch self {
    case .uniform: "arXiv 2209.11215"
    case .geometric: "arXiv 2011.13456, appendix C"
    case .logSNR: "arXiv 2206.00927, section 3.4"
    case .karras: "arXiv 2206.00364, equation 5"
    case .exponential: "arXiv 2211.01916, section 3; 2308.03686"
    }
  }
}
