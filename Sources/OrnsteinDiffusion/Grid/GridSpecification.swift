import RealModule

/// A grid by its kind and ends: what a plan records.
///
/// Horizon and stop are times of the process; left out, they are the process's own. The steps are
/// spread in canonical time (``GridKind``) and mapped to times of the process.
public struct GridSpecification: Sendable, Hashable {
  /// The largest number of steps.
  public static let maximumSteps = 10_000_000

  /// How the steps are spread.
  public var kind: GridKind
  /// The number of steps, the last one to the clean level included.
  public var steps: Int
  /// The time from which one samples, or `nil` for that of the process.
  public var horizon: Double?
  /// The time at which one stops, or `nil` for ``ForwardProcess/defaultStop``.
  public var stop: Double?
  /// The exponent rho of a Karras or a quadratic grid, or `nil` for ``GridKind/defaultExponent``.
  public var exponent: Double?
  /// The exponent of the first noise of ``LiSchedule``, or `nil` for 2.
  public var c0: Double?
  /// The rate of growth of ``LiSchedule``, or `nil` for 4.
  public var c1: Double?
  /// The canonical time below which the steps of an exponential-then-constant grid are equal, or
  /// `nil` for 0.01.
  public var floor: Double?
  /// Whether a last step leads from the stop to the level without noise, as the final sigma = 0 of
  /// EDM.
  ///
  /// It counts as one of the steps.
  public var endsClean: Bool
  /// The times of a custom grid, from the horizon to the stop, times of the process.
  public var times: [Double]?

  /// A grid by its kind and ends.
  public init(
    _ kind: GridKind, steps: Int, horizon: Double? = nil, stop: Double? = nil,
    exponent: Double? = nil, c0: Double? = nil, c1: Double? = nil, floor: Double? = nil,
    endsClean: Bool = false
  ) {
    self.kind = kind
    self.steps = steps
    self.horizon = horizon
    self.stop = stop
    self.exponent = exponent
    self.c0 = c0
    self.c1 = c1
    self.floor = floor
    self.endsClean = endsClean
    times = nil
  }

  /// A grid of given times of the process, from the horizon to the stop, strictly decreasing.
  ///
  /// They are checked when the grid is made.
  public init(times: [Double], endsClean: Bool = false) {
    self.init(.custom, steps: times.count - (endsClean ? 0 : 1), endsClean: endsClean)
    self.times = times
  }

  /// A grid of given canonical times, mapped to times of a process.
  public init(
    canonicalTimes: [Double], for process: any ForwardProcess, endsClean: Bool = false
  ) {
    self.init(
      times: canonicalTimes.map { process.time(ofCanonicalTime: $0) }, endsClean: endsClean)
  }

  /// A grid of given levels log(alpha / sigma), mapped to times of a process.
  public init(logSNRs: [Double], for process: any ForwardProcess, endsClean: Bool = false) {
    self.init(times: logSNRs.map { process.time(ofLogSNR: $0) }, endsClean: endsClean)
  }

  /// The grid of a process.
  ///
  /// - Throws: ``GridError`` for a count, an end or an option that cannot be; a grid that ends clean
  ///   needs a process that has a time without noise (others: ``levels(for:)``).
  public func make(for process: any ForwardProcess) throws(GridError) -> TimeGrid {
    var times = try noisyTimes(for: process)
    if endsClean {
      let clean = process.timeRange.lowerBound
      guard process.level(at: clean).sigma == 0 else { throw .noCleanTime }
      times.append(clean)
    }
    return try TimeGrid(times: times)
  }

  /// The noise levels of the grid of a process, from the horizon to the stop or the clean level.
  ///
  /// The clean level of a process without a time of no noise is that of its lowest time with the
  /// noise removed.
  ///
  /// - Throws: ``GridError`` as ``make(for:)``.
  public func levels(for process: any ForwardProcess) throws(GridError) -> [NoiseLevel] {
    var levels = try noisyTimes(for: process).map { process.level(at: $0) }
    if endsClean {
      let lowest = process.level(at: process.timeRange.lowerBound)
      levels.append(NoiseLevel(time: lowest.time, alpha: lowest.alpha, sigma: 0))
    }
    return levels
  }

  /// The steps between levels with noise.
  private var noisySteps: Int { steps - (endsClean ? 1 : 0) }

  /// The times from the horizon to the stop.
  private func noisyTimes(for process: any ForwardProcess) throws(GridError) -> [Double] {
    try checkOptions()
    let times =
      switch kind {
      case .custom: try customTimes(for: process)
      case .li: try chainTimes(for: process)
      case .optimal: throw GridError.needsModel(kind: kind.rawValue)
      default: try spreadTimes(for: process)
      }
    if endsClean, let stop = times.last, process.level(at: stop).sigma == 0 {
      throw .alreadyClean(stop: stop)
    }
    return times
  }

  private func checkOptions() throws(GridError) {
    guard (1...Self.maximumSteps).contains(steps) else { throw .invalidSteps(steps) }
    if let exponent {
      guard kind.defaultExponent != nil else { throw .exponentNotUsed(kind: kind.rawValue) }
      guard exponent >= 1, exponent.isFinite else { throw .invalidExponent(exponent) }
    }
    if let floor, !(floor > 0 && floor <= 1) {
      throw .invalidOption(option: "floor", value: floor, requirement: "must lie in (0, 1]")
    }
    let ownEnds = kind == .li || kind == .custom
    let used = [
      ("c0", c0 != nil, kind == .li), ("c1", c1 != nil, kind == .li),
      ("floor", floor != nil, kind == .exponentialThenConstant),
      ("horizon", horizon != nil, !ownEnds), ("stop time", stop != nil, !ownEnds),
      ("list of times", times != nil, kind == .custom),
    ]
    for (option, isGiven, isKnown) in used where isGiven && !isKnown {
      throw .optionNotUsed(kind: kind.rawValue, option: option)
    }
  }

  private func customTimes(for process: any ForwardProcess) throws(GridError) -> [Double] {
    guard let times else { throw .timesMissing }
    guard times.count == noisySteps + 1 else {
      throw .wrongCount(times: times.count, steps: steps)
    }
    if times.count > 1 { _ = try TimeGrid(times: times) }
    for time in times {
      guard process.timeRange.contains(time) else {
        throw .outsideProcess(option: "time", time: time, range: process.timeRange)
      }
    }
    return times
  }

  private func chainTimes(for process: any ForwardProcess) throws(GridError) -> [Double] {
    let schedule = try LiSchedule(
      count: noisySteps + 1, c0: c0 ?? LiSchedule.usual.c0,
      c1: c1 ?? LiSchedule.usual.c1)
    let times = schedule.canonicalTimes.reversed().map { process.time(ofCanonicalTime: $0) }
    for time in [times[0], times[times.count - 1]] {
      guard process.timeRange.contains(time) else {
        throw .outsideProcess(
          option: "end of the \(kind.rawValue) grid", time: time, range: process.timeRange)
      }
    }
    return try strictlyDecreasing(times)
  }

  private func spreadTimes(for process: any ForwardProcess) throws(GridError) -> [Double] {
    let range = process.timeRange
    let (horizon, stop) = (horizon ?? process.horizon, stop ?? process.defaultStop)
    guard range.contains(horizon) else {
      throw .outsideProcess(option: "horizon", time: horizon, range: range)
    }
    guard range.contains(stop) else {
      throw .outsideProcess(option: "stop time", time: stop, range: range)
    }
    guard stop < horizon else { throw .emptyInterval(horizon: horizon, stop: stop) }
    let low = process.level(at: stop).canonicalTime
    let high = process.level(at: horizon).canonicalTime
    guard low > 0 || kind.reachesCleanData else {
      throw .needsNoiseAtStop(kind: kind.rawValue)
    }
    guard noisySteps > 0 else { return [horizon] }
    let interior = GridPoints.ascending(self, steps: noisySteps, from: low, to: high)
      .dropFirst().dropLast()
    return try strictlyDecreasing(
      [horizon] + interior.reversed().map { process.time(ofCanonicalTime: $0) } + [stop])
  }

  private func strictlyDecreasing(_ times: [Double]) throws(GridError) -> [Double] {
    guard times.allSatisfy(\.isFinite), zip(times, times.dropFirst()).allSatisfy({ $0 > $1 })
    else { throw .tooFine(kind: kind.rawValue, steps: steps) }
    return times
  }
}

extension GridSpecification: Codable {
  private enum Key: String, CodingKey {
    case kind, steps, horizon, stop, exponent, c0, c1, floor, endsClean, times
  }

  /// Reads a specification; whatever an older one does not hold has its usual value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    kind = try container.decode(GridKind.self, forKey: .kind)
    steps = try container.decode(Int.self, forKey: .steps)
    horizon = try container.decodeIfPresent(Double.self, forKey: .horizon)
    stop = try container.decodeIfPresent(Double.self, forKey: .stop)
    exponent = try container.decodeIfPresent(Double.self, forKey: .exponent)
    c0 = try container.decodeIfPresent(Double.self, forKey: .c0)
    c1 = try container.decodeIfPresent(Double.self, forKey: .c1)
    floor = try container.decodeIfPresent(Double.self, forKey: .floor)
    endsClean = try container.decodeIfPresent(Bool.self, forKey: .endsClean) ?? false
    times = try container.decodeIfPresent([Double].self, forKey: .times)
  }

  /// Writes what is given.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(steps, forKey: .steps)
    try container.encodeIfPresent(horizon, forKey: .horizon)
    try container.encodeIfPresent(stop, forKey: .stop)
    try container.encodeIfPresent(exponent, forKey: .exponent)
    try container.encodeIfPresent(c0, forKey: .c0)
    try container.encodeIfPresent(c1, forKey: .c1)
    try container.encodeIfPresent(floor, forKey: .floor)
    if endsClean { try container.encode(endsClean, forKey: .endsClean) }
    try container.encodeIfPresent(times, forKey: .times)
  }
}
