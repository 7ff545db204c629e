/// What each part of a plan costs, in one metric.
///
/// The parts are those of the theory: beginning with a normal law in place of that of the noised data
/// (initialization), following a learned score (score), taking steps (discretization), and ending with
/// some noise left (early stopping). The distance from the data is at most their sum; for the
/// divergence, which knows no triangle inequality, the sum of the first three bounds the divergence
/// from the law at the stop, and for deterministic samplers only the whole is measured.
public struct ErrorBudget: Sendable, Hashable, Codable {
  /// What the samples are compared with.
  public enum Reference: String, Sendable, Codable, CaseIterable {
    /// The data itself.
    case data
    /// The data with the noise that is left at the stop.
    case stop = "law at the stop"
  }

  /// How errors are measured.
  public var metric: ErrorMetric
  /// What the whole error, or the sum of the parts, is the distance from.
  public var reference: Reference
  /// What it costs to begin with a normal law.
  public var initialization: Quantity
  /// What it costs to follow a learned score.
  public var score: Quantity
  /// What the steps cost.
  public var discretization: Quantity
  /// What it costs to stop early.
  public var earlyStopping: Quantity
  /// The whole error measured at once, where that is possible: sharper than the sum of the parts.
  public var whole: Quantity?

  /// A budget by its parts.
  public init(
    metric: ErrorMetric, reference: Reference = .data, initialization: Quantity, score: Quantity,
    discretization: Quantity, earlyStopping: Quantity, whole: Quantity? = nil
  ) {
    self.metric = metric
    self.reference = reference
    self.initialization = initialization
    self.score = score
    self.discretization = discretization
    self.earlyStopping = earlyStopping
    self.whole = whole
  }

  /// A part of an error.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// Beginning with a normal law.
    case initialization
    /// Following a learned score.
    case score
    /// Taking steps.
    case discretization
    /// Stopping early.
    case earlyStopping = "early stopping"
  }

  /// One of the parts.
  public subscript(part: Part) -> Quantity {
    switch part {
    case .initialization: initialization
    case .score: score
    case .discretization: discretization
    case .earlyStopping: earlyStopping
    }
  }

  /// The sum of the parts: unknown if one of them is.
  public var sum: Quantity { initialization + score + discretization + earlyStopping }

  /// The whole error if measured, the sum of the parts otherwise.
  public var total: Quantity { whole ?? sum }

  /// The whole error, or the sum of the parts that are known.
  public var known: Quantity {
    if let whole, whole.isKnown { return whole }
    return Part.allCases.map { self[$0] }.filter(\.isKnown).reduce(.exact(0), +)
  }

  /// The parts about which nothing is known.
  public var unknownParts: [Part] {
    if let whole, whole.isKnown { return [] }
    return Part.allCases.filter { !self[$0].isKnown }
  }

  /// The largest known part.
  public var largestPart: Part {
    Part.allCases.filter { self[$0].isKnown }.max { self[$0].value < self[$1].value }
      ?? .discretization
  }

  /// Whether what is known is at most `error`, three standard errors included.
  public func meets(_ error: Double) -> Bool {
    known.value + 3 * known.standardError <= error
  }
}
