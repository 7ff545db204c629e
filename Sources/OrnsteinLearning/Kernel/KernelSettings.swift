/// How the bandwidth of a kernel law is chosen.
public struct KernelSettings: Sendable, Hashable, Codable {
  /// On which rows a bandwidth is judged.
  public enum Selection: Sendable, Hashable, Codable {
    /// Each row by the law of all others.
    case leaveOneOut
    /// A share of the rows, chosen at random, by the law of the rest.
    case heldOut(share: Double)
  }

  /// The bandwidth, or `nil` to choose it by likelihood.
  public var bandwidth: Double?
  /// On which rows a bandwidth is judged.
  public var selection: Selection
  /// At most so many rows, chosen at random, judge a bandwidth.
  public var mostQueries: Int
  /// How closely the logarithm of the bandwidth is found.
  public var tolerance: Double

  /// Settings by their parts.
  public init(
    bandwidth: Double? = nil, selection: Selection = .leaveOneOut, mostQueries: Int = 4096,
    tolerance: Double = 1e-3
  ) {
    self.bandwidth = bandwidth
    self.selection = selection
    self.mostQueries = mostQueries
    self.tolerance = tolerance
  }

  func validate() throws(KernelError) {
    if let bandwidth, !(bandwidth >= 1e-100 && bandwidth <= 1e100) {
      throw .setting(name: "bandwidth", value: bandwidth, range: "between 1e-100 and 1e100")
    }
    if case .heldOut(let share) = selection, !(share > 0 && share < 1) {
      throw .setting(name: "held-out share", value: share, range: "between 0 and 1")
    }
    guard mostQueries >= 2 else {
      throw .setting(name: "mostQueries", value: Double(mostQueries), range: "2 or more")
    }
    guard tolerance >= 1e-8, tolerance <= 1 else {
      throw .setting(name: "tolerance", value: tolerance, range: "between 1e-8 and 1")
    }
  }
}

/// A bandwidth that was tried.
public struct KernelEvent: Sendable, Hashable, Codable {
  /// How many bandwidths have been tried, this one too.
  public var evaluation: Int
  /// The bandwidth.
  public var bandwidth: Double
  /// The mean log-density of the rows that judge it, in nats.
  public var meanLogDensity: Double
}
