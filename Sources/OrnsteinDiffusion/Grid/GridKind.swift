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
  /// Equal steps of t^{1 / rho}, rho = 2: from 0, t_k is proportional to k^2.
  case quadratic
  /// Equal steps of the time of ``VariancePreserving`` with the linear rate 0.1 to 20.
  case linearBeta = "linear-beta"
  /// Equal steps of the time of ``VariancePreserving`` with the cosine schedule of offset 0.008.
  case cosine
  /// Steps kappa min(1, t), t the lower end: equal above time 1, shrinking in a fixed ratio below.
  case exponential
  /// Steps kappa min(1, max(t, floor)), t the upper end: equal, then shrinking in a fixed ratio,
  /// then equal again.
  case exponentialThenConstant = "exponential-then-constant"
  /// Half of the steps equal above time 1, half in a fixed ratio below.
  case benton
  /// The levels of the chain of ``LiSchedule``, which has its own ends.
  case li
  /// The times of least divergence of the paths, planned for a model and a predictor: `OptimalGrid` in
  /// OrnsteinTheory makes a ``custom`` grid of it.
  case optimal
  /// The times that the specification lists.
  case custom

  /// The kinds that make their times from a number of steps: all but ``optimal`` and ``custom``.
  public static var named: [GridKind] { allCases.filter { $0 != .custom && $0 != .optimal } }

  /// The kinds that have a name on the command line: ``named`` and ``optimal``.
  public static var catalogue: [GridKind] { named + [.optimal] }

  /// Names of other libraries and papers for the same grid.
  public var aliases: [String] {
    switch self {
    case .karras: ["edm", "polynomial"]
    case .logSNR: ["logsnr", "lu", "polyexponential"]
    case .linearBeta: ["linspace", "time-uniform"]
    case .exponential: ["chen-lee-lu"]
    case .exponentialThenConstant: ["conforti"]
    default: []
    }
  }

  /// A kind by the name that it has on the command line, or by an alias; case does not matter, and
  /// `_` is read as `-`.
  ///
  /// - Throws: ``GridError/unknownKind(_:)``.
  public init(name: String) throws(GridError) {
    let wanted = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
    let kind = Self.catalogue.first { $0.rawValue == wanted || $0.aliases.contains(wanted) }
    guard let kind else { throw .unknownKind(name) }
    self = kind
  }

  /// Whether a grid of this kind may stop at a level without noise.
  public var reachesCleanData: Bool {
    switch self {
    case .uniform, .karras, .quadratic, .linearBeta, .cosine, .exponentialThenConstant, .custom:
      true
    case .geometric, .logSNR, .exponential, .benton, .li, .optimal: false
    }
  }

  /// The exponent rho unless a specification gives another, or `nil` for a kind without.
  public var defaultExponent: Double? {
    switch self {
    case .karras: 7
    case .quadratic: 2
    default: nil
    }
  }
}
