import OrnsteinNumerics
import RealModule

/// Everything that decides which points are drawn through phase space: a value to record and repeat.
///
/// Times are those of the process, from `horizon` to `stop`, equal steps of t^{1 / exponent}; or the
/// list in `times`.
public struct PhaseSpacePlan: Sendable, Hashable, Codable {
  /// M of ``CriticallyDampedLangevin``.
  public var mass: Double
  /// beta.
  public var rate: Double
  /// gamma.
  public var initialSpread: Double
  /// The number of steps.
  public var steps: Int
  /// The time from which one samples.
  public var horizon: Double
  /// The time at which one stops.
  ///
  /// No score is evaluated there, so it may be 0.
  public var stop: Double
  /// 1 for equal steps, 2 for quadratic ones.
  public var exponent: Double
  /// The times, in place of steps, horizon, stop and exponent.
  public var times: [Double]?
  /// The rule of a step.
  public var method: PhaseSpaceMethod
  /// The law at the horizon.
  public var initialLaw: InitialLaw
  /// The seed of all noise.
  public var seed: UInt64

  /// A plan by its parts.
  public init(
    mass: Double = 0.25, rate: Double = 4, initialSpread: Double = 0.04, steps: Int = 100,
    horizon: Double = 1, stop: Double = 0, exponent: Double = 1, times: [Double]? = nil,
    method: PhaseSpaceMethod = .frozenScore, initialLaw: InitialLaw = .process, seed: UInt64 = 0
  ) {
    self.mass = mass
    self.rate = rate
    self.initialSpread = initialSpread
    self.steps = steps
    self.horizon = horizon
    self.stop = stop
    self.exponent = exponent
    self.times = times
    self.method = method
    self.initialLaw = initialLaw
    self.seed = seed
  }

  /// The forward process.
  ///
  /// - Throws: ``ProcessError``.
  public func process() throws(ProcessError) -> CriticallyDampedLangevin {
    try CriticallyDampedLangevin(mass: mass, rate: rate, initialSpread: initialSpread)
  }

  /// The times from the horizon to the stop.
  ///
  /// - Throws: ``GridError``.
  public func grid() throws(GridError) -> TimeGrid {
    if let times { return try TimeGrid(times: times) }
    guard (1...GridSpecification.maximumSteps).contains(steps) else { throw .invalidSteps(steps) }
    guard exponent >= 1, exponent.isFinite else { throw .invalidExponent(exponent) }
    let range = 0...Double.greatestFiniteMagnitude
    guard range.contains(horizon) else {
      throw .outsideProcess(option: "horizon", time: horizon, range: range)
    }
    guard range.contains(stop) else {
      throw .outsideProcess(option: "stop time", time: stop, range: range)
    }
    guard stop < horizon else { throw .emptyInterval(horizon: horizon, stop: stop) }
    let (low, high) = (Double.pow(stop, 1 / exponent), Double.pow(horizon, 1 / exponent))
    let interior = (1..<steps).map {
      Double.pow(high + (low - high) * (Double($0) / Double(steps)), exponent)
    }
    do {
      return try TimeGrid(times: [horizon] + interior + [stop])
    } catch {
      throw .tooFine(kind: "phase-space", steps: steps)
    }
  }

  /// The sampler that this plan makes of a model.
  ///
  /// - Parameters:
  ///   - model: The velocity score of the noised data.
  ///   - moments: The moments of the data for a moment-matched start, if the model does not know
  ///     them or others are wanted.
  /// - Throws: ``ProcessError``, ``GridError`` or ``SamplingError``.
  public func makeSampler<Scalar: BatchScalar>(
    for model: any PhaseSpaceModel<Scalar>, moments: DataMoments? = nil
  ) throws -> PhaseSpaceSampler<Scalar> {
    var start: DataMoments?
    if initialLaw == .momentMatched {
      start = moments ?? (model as? any MomentsModel)?.moments
      guard start != nil else { throw SamplingError.momentsMissing }
    }
    return try PhaseSpaceSampler(
      model: model, process: try process(), grid: try grid(), method: method, moments: start,
      seed: seed)
  }
}
